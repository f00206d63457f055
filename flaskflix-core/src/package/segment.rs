//! Media segments: `styp`, `moof` and the head of `mdat` (ISO 14496-12 sections 8.16.2, 8.8 and 8.1.1), then the
//! source's own bytes.

use bytes::Bytes;

use super::{stream::SegmentStart, timeline::Placement};
use crate::{
    mp4::{BoxWriter, FourCc, Outline, Sample},
    object::Piece,
    range::ByteRange,
};

/// `sample_depends_on = 2` (no other), sync.
const SYNC_FLAGS: u32 = 0x0200_0000;
/// `sample_depends_on = 1` (others), `sample_is_non_sync_sample`.
const NON_SYNC_FLAGS: u32 = 0x0101_0000;
/// The one track of a segment and of its init segment.
pub(super) const TRACK_ID: u32 = 1;

/// How the samples of one segment are written, and how large that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentLayout {
    samples: u32,
    payload_bytes: u64,
    /// The duration of all samples, when it is the same.
    same_duration: Option<u32>,
    /// Whether all samples are sync samples.
    all_sync: bool,
    /// Whether any composition offset is written.
    composition: bool,
    pub(super) start: SegmentStart,
}

impl SegmentLayout {
    /// Looks at the samples of a segment.
    pub(super) fn of(samples: impl Iterator<Item = Sample>, placement: Placement) -> Self {
        let mut layout = Self {
            samples: 0,
            payload_bytes: 0,
            same_duration: None,
            all_sync: true,
            composition: placement.composition_shift != 0,
            start: SegmentStart::Closed,
        };
        let (mut varies, mut first_shown) = (false, None);
        for sample in samples {
            let shown = sample.composition_time();
            layout.start = layout.start.max(match first_shown {
                None if !sample.sync => SegmentStart::Unmarked,
                Some(first) if shown < first => SegmentStart::Open,
                _ => SegmentStart::Closed,
            });
            first_shown = first_shown.or(Some(shown));
            varies |= layout
                .same_duration
                .is_some_and(|duration| duration != sample.duration);
            layout.same_duration = Some(sample.duration);
            layout.all_sync &= sample.sync;
            layout.composition |= sample.composition_offset != 0;
            layout.samples = layout.samples.saturating_add(1);
            layout.payload_bytes = layout.payload_bytes.saturating_add(u64::from(sample.size));
        }
        layout.same_duration = layout.same_duration.filter(|_| !varies);
        layout
    }

    /// The same without looking at samples, by their outline.
    pub(super) fn of_outline(outline: &Outline, placement: Placement) -> Self {
        let marked = match outline.starts_with_sync {
            true => SegmentStart::Closed,
            false => SegmentStart::Unmarked,
        };
        let open = match outline.presents_earlier {
            true => SegmentStart::Open,
            false => SegmentStart::Closed,
        };
        Self {
            samples: outline.samples,
            payload_bytes: outline.bytes,
            same_duration: outline.same_duration,
            all_sync: outline.sync_samples == outline.samples,
            composition: placement.composition_shift != 0 || outline.has_offsets,
            start: marked.max(open),
        }
    }

    /// Size of the whole segment in bytes, headers and media.
    pub(super) fn total_bytes(self) -> u64 {
        self.header_bytes().saturating_add(self.payload_bytes)
    }

    /// Size of what comes before the media, in bytes.
    pub(super) fn header_bytes(self) -> u64 {
        STYP_BYTES
            .saturating_add(self.moof_bytes())
            .saturating_add(self.mdat_header_bytes())
    }

    fn moof_bytes(self) -> u64 {
        let tfhd = 16_u64 + 4 * u64::from(self.same_duration.is_some()) + 4 * u64::from(self.all_sync);
        let per_sample = 4
            + 4 * u64::from(self.same_duration.is_none())
            + 4 * u64::from(!self.all_sync)
            + 4 * u64::from(self.composition);
        let trun = 20_u64.saturating_add(per_sample.saturating_mul(u64::from(self.samples)));
        // moof + mfhd + traf + tfhd + tfdt + trun
        (8_u64 + 16 + 8 + 20).saturating_add(tfhd).saturating_add(trun)
    }

    fn mdat_header_bytes(self) -> u64 {
        if u32::try_from(self.payload_bytes.saturating_add(8)).is_ok() {
            8
        } else {
            16
        }
    }
}

/// The samples of a segment that are written: those without a byte are part of the time of the one before.
///
/// Some recorders list a frame that they dropped as a sample of no bytes; readers of fragments refuse such a sample. `samples` are
/// those of the segment, which ends before `end`, and the ones behind it: where the next segment starts with dropped frames, they too
/// are time of this one's last sample, or the decode times would have a hole.
pub(super) fn written(samples: impl Iterator<Item = Sample>, end: u32) -> impl Iterator<Item = Sample> {
    let mut samples = samples
        .skip_while(move |sample| sample.size == 0 && sample.index < end)
        .peekable();
    std::iter::from_fn(move || {
        let mut sample = samples.next_if(|sample| sample.index < end)?;
        while let Some(dropped) = samples.next_if(|next| next.size == 0) {
            sample.duration = sample.duration.saturating_add(dropped.duration);
        }
        Some(sample)
    })
}

const STYP_BYTES: u64 = 28;

/// Makes the pieces of a segment: its header, then the samples' bytes with neighbours joined.
///
/// `samples` are the segment's samples in decode order, `layout` is theirs, and `decode_time` is where the segment starts when it has none.
pub(super) fn pieces(
    number: u32,
    samples: &[Sample],
    decode_time: u64,
    layout: SegmentLayout,
    placement: Placement,
) -> Vec<Piece> {
    let start = samples.first().map_or(decode_time, |first| first.decode_time);
    let start = start.saturating_add(placement.decode_shift);
    let mut pieces = vec![Piece::Bytes(header(number, samples, start, layout, placement))];
    let mut run: Option<ByteRange> = None;
    for sample in samples {
        let Some(next) = ByteRange::from_len(sample.offset, u64::from(sample.size)) else {
            continue;
        };
        run = match run.filter(|run| run.end() == next.start()) {
            Some(joined) => ByteRange::new(joined.start(), next.end()),
            None => {
                pieces.extend(run.map(Piece::Source));
                Some(next)
            }
        };
    }
    pieces.extend(run.map(Piece::Source));
    pieces
}

fn header(number: u32, samples: &[Sample], start: u64, layout: SegmentLayout, placement: Placement) -> Bytes {
    let mut w = BoxWriter::with_capacity(usize::try_from(layout.header_bytes()).unwrap_or(0));
    w.start(FourCc(*b"styp"));
    w.bytes(b"msdh\0\0\0\0msdhiso6cmfs");
    w.end();
    w.start(FourCc(*b"moof"));
    w.full(FourCc(*b"mfhd"), 0, 0);
    w.u32(number);
    w.end();
    w.start(FourCc(*b"traf"));
    let duration_flag = if layout.same_duration.is_some() { 0x08 } else { 0 };
    let flags_flag = if layout.all_sync { 0x20 } else { 0 };
    w.full(FourCc(*b"tfhd"), 0, 0x02_0000 | duration_flag | flags_flag);
    w.u32(TRACK_ID);
    if let Some(duration) = layout.same_duration {
        w.u32(duration);
    }
    if layout.all_sync {
        w.u32(SYNC_FLAGS);
    }
    w.end();
    w.full(FourCc(*b"tfdt"), 1, 0);
    w.u64(start);
    w.end();
    trun(&mut w, samples, layout, placement);
    w.end();
    w.end();
    mdat_header(&mut w, layout);
    w.finish()
}

fn trun(w: &mut BoxWriter, samples: &[Sample], layout: SegmentLayout, placement: Placement) {
    let flag = |on: bool, bit: u32| if on { bit } else { 0 };
    let flags = 0x001
        | 0x200
        | flag(layout.same_duration.is_none(), 0x100)
        | flag(!layout.all_sync, 0x400)
        | flag(layout.composition, 0x800);
    w.full(FourCc(*b"trun"), 1, flags);
    w.u32(layout.samples);
    // From the start of the moof to the first byte of media.
    let data_offset = layout.moof_bytes().saturating_add(layout.mdat_header_bytes());
    w.u32(u32::try_from(data_offset).unwrap_or(u32::MAX));
    for sample in samples {
        if layout.same_duration.is_none() {
            w.u32(sample.duration);
        }
        w.u32(sample.size);
        if !layout.all_sync {
            w.u32(if sample.sync { SYNC_FLAGS } else { NON_SYNC_FLAGS });
        }
        if layout.composition {
            w.u32(
                sample
                    .composition_offset
                    .saturating_add_unsigned(placement.composition_shift)
                    .cast_unsigned(),
            );
        }
    }
    w.end();
}

/// The `mdat` header alone: its payload is the source's.
fn mdat_header(w: &mut BoxWriter, layout: SegmentLayout) {
    let total = layout.payload_bytes.saturating_add(layout.mdat_header_bytes());
    match u32::try_from(total) {
        Ok(size) => {
            w.u32(size);
            w.bytes(b"mdat");
        }
        Err(_) => {
            w.u32(1);
            w.bytes(b"mdat");
            w.u64(total);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        mp4::{Limits, index_bytes},
        testing::mp4::{TestCodec, TestMovie, TestSample, TestTrack},
    };

    fn sample() -> impl Strategy<Value = TestSample> {
        // Sizes and durations are mostly alike: their columns are told by runs.
        let size = prop_oneof![8 => 1..4_u32, 1 => 200..400_u32, 1 => Just(0)];
        (
            size,
            prop_oneof![5 => Just(2), 1 => 0..4_u32],
            -2..5_i32,
            any::<bool>(),
        )
    }

    proptest! {
        #[test]
        fn an_outline_tells_what_a_walk_over_the_samples_tells(
            mut samples in vec(sample(), 2..600),
            (empty, offsets, keys_only, run_lengths, chunk) in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 1..9_u32),
            shift in 0..2_u32,
            segment in 1..90_usize,
        ) {
            samples[0] = (1, 1, 0, true);
            for sample in &mut samples {
                sample.0 = sample.0.max(u32::from(!empty));
                sample.2 = if offsets { sample.2 } else { 0 };
                sample.3 |= keys_only;
            }
            let len = u32::try_from(samples.len()).unwrap();
            let has_empty = samples.iter().any(|sample| sample.0 == 0);
            let track = TestTrack {
                run_lengths,
                samples_per_chunk: chunk,
                ..TestTrack::new(TestCodec::H264, 1000, samples)
            };
            let film = TestMovie::new(vec![track]).build();
            let index = index_bytes(&film, &Limits::default()).unwrap();
            let table = &index.tracks()[0].samples;
            let placement = Placement { composition_shift: shift, ..Placement::default() };
            for start in (0..len).step_by(segment) {
                let range = start..len.min(start.saturating_add(u32::try_from(segment).unwrap()));
                let walked = SegmentLayout::of(written(table.samples(start..len), range.end), placement);
                let outline = table.outline(range);
                prop_assert_eq!(outline.is_none(), has_empty, "samples of no bytes are walked over");
                if let Some(outline) = outline {
                    prop_assert_eq!(SegmentLayout::of_outline(&outline, placement), walked);
                }
            }
        }
    }
}
