//! Key frames of a video track: the candidates for cuts, and what the I-frame playlist lists
//! ([RFC 8216bis](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis) section 4.4.3.6).
//!
//! Nothing of it is kept but two numbers per stream: a key frame is named by its place among the track's sync
//! samples, which the index finds without a search, and which of them are listed is decided by looking at neighbours.

use super::{
    bandwidth::{BitRate, SegmentCost, bit_rate},
    segment::SegmentLayout,
    timeline::Placement,
};
use crate::{
    mp4::{Sample, Track},
    playlist::target_secs,
};

/// A sample that decoding may start at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyFrame {
    /// Its place among the track's sync samples, from 1: its name in URLs.
    pub(super) number: u32,
    /// Its place among the track's samples.
    pub(super) sample: u32,
    /// When it is presented on the title's timeline, in microseconds.
    pub(super) micros: i64,
    /// Size of the segment that holds it alone, headers included, in the clear.
    pub(super) bytes: u64,
}

impl KeyFrame {
    /// The key frames of a track, in the order of presentation. One that is presented before an earlier one is none:
    /// nobody could cut or seek there.
    pub(super) fn all(track: &Track, placement: Placement) -> Vec<Self> {
        let mut frames: Vec<Self> = Vec::new();
        // One walk over the columns: a search for each of thousands of key frames costs several times as much.
        let (mut samples, mut next) = (track.samples.unplaced_samples(0..track.samples.len()), 0);
        for (sample, number) in track.samples.sync_samples().zip(1..) {
            let passed = usize::try_from(sample.saturating_sub(next)).unwrap_or(usize::MAX);
            let found = samples
                .nth(passed)
                .map(|sample| Self::new(number, &sample, track, placement));
            next = sample.saturating_add(1);
            let follows = |found: &Self| frames.last().is_none_or(|last| last.micros < found.micros);
            frames.extend(found.filter(follows));
        }
        frames
    }

    fn new(number: u32, sample: &Sample, track: &Track, placement: Placement) -> Self {
        Self {
            number,
            sample: sample.index,
            micros: placement.time_of(sample, track).as_micros(),
            bytes: SegmentLayout::of(std::iter::once(*sample), placement).total_bytes(),
        }
    }
}

/// The I-frame playlist of a stream, as far as it is planned: which key frames stand in it, and its bit rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyFramePlan {
    /// Time is divided into stretches of so many microseconds; the first key frame of each is listed.
    interval_micros: i64,
    /// When the film ends, in microseconds.
    end_micros: i64,
    pub(super) bit_rate: BitRate,
    pub(super) target_secs: u64,
    /// How many there are.
    pub(super) entries: u32,
}

/// An entry of the I-frame playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) number: u32,
    bytes: u64,
    /// Until the next one, or until the film ends.
    pub(super) micros: u64,
}

impl KeyFramePlan {
    /// Plans the playlist of these key frames; `None` when there is none. `sent` tells how many bytes go out for so many of a segment.
    pub(super) fn new(
        frames: &[KeyFrame],
        interval_micros: i64,
        end_micros: i64,
        sent: impl Fn(u64) -> u64,
    ) -> Option<Self> {
        let mut plan = Self {
            interval_micros,
            end_micros,
            bit_rate: BitRate::default(),
            target_secs: 1,
            entries: 0,
        };
        let cost = |entry: &Listed| SegmentCost {
            bytes: sent(entry.bytes),
            micros: entry.micros,
        };
        let costs: Vec<SegmentCost> = plan.listed(frames).iter().map(cost).collect();
        plan.target_secs = target_secs(costs.iter().map(|cost| cost.micros).max()?);
        plan.entries = u32::try_from(costs.len()).unwrap_or(u32::MAX);
        plan.bit_rate = bit_rate(&costs, plan.target_secs.saturating_mul(1_000_000));
        Some(plan)
    }

    /// The entries of the playlist: the first key frame of every stretch. The first one counts from zero, so that
    /// they sum to what the film lasts.
    pub(super) fn listed(&self, frames: &[KeyFrame]) -> Vec<Listed> {
        let mut heads = frames
            .chunk_by(|a, b| self.stretch(a.micros) == self.stretch(b.micros))
            .filter_map(|stretch| stretch.first())
            .peekable();
        let (mut start, mut listed) = (0, Vec::new());
        while let Some(head) = heads.next() {
            let end = heads.peek().map_or(self.end_micros, |next| next.micros);
            listed.push(Listed {
                number: head.number,
                bytes: head.bytes,
                micros: u64::try_from(end.saturating_sub(start)).unwrap_or(0),
            });
            start = end;
        }
        listed
    }

    /// The key frame of this number, as the one sample of a segment: it lasts until the next one that is listed, so that a
    /// player that shows key frames only has no gap in its buffer.
    pub(super) fn sample(&self, number: u32, track: &Track, placement: Placement) -> Option<Sample> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        let mut sync = track.samples.sync_samples();
        let mut sample = track.samples.sample(sync.nth(place)?)?;
        let time = placement.time_of(&sample, track);
        let stretch = self.stretch(time.as_micros());
        let next = sync
            .filter_map(|next| track.samples.sample(next))
            .map(|next| placement.time_of(&next, track))
            .find(|next| self.stretch(next.as_micros()) > stretch);
        let end = next.unwrap_or_else(|| super::ladder::end_of(track, placement));
        let duration = u32::try_from(end.ticks().saturating_sub(time.ticks())).unwrap_or(0);
        sample.duration = duration.max(sample.duration);
        Some(sample)
    }

    const fn stretch(&self, micros: i64) -> i64 {
        micros.div_euclid(self.interval_micros)
    }
}
