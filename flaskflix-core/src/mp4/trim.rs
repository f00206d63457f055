//! Which samples an edit list presents.
//!
//! A sample is left out when nothing that is presented needs it: at the end a run of samples, in decode order, that are all
//! presented behind the end; at the start the samples before the last one from which decoding can start in time.

use std::num::NonZeroU32;

use super::{Mp4Error, SampleTable, edit_list::Shift, fragment::Columns, movie::Film};

/// The samples of a track that its edit list presents, and the list's effect on those.
///
/// `sound`: every sample is presented by itself, but decoders need some in front.
pub(super) fn presented(
    mut samples: SampleTable,
    mut shift: Shift,
    sound: bool,
    timescale: NonZeroU32,
    film: &Film<'_>,
) -> Result<(SampleTable, Shift), Mp4Error> {
    if let Some(end) = shift.end {
        let len = len_until(&samples, end);
        // A track lasts some time, whatever its edit list says.
        if samples.decode_time(len) > 0 {
            samples.truncate(len);
        }
    }
    let lead_in = if sound {
        timescale.get() / LEAD_IN_PER_SECOND
    } else {
        0
    };
    let first = first_for(&samples, shift.start.saturating_sub(u64::from(lead_in)));
    let before = samples.decode_time(first);
    if before > 0 && before < samples.duration() {
        // Decode times start at zero again.
        let mut columns = Columns::default();
        for sample in samples.samples(first..samples.len()) {
            columns.push(sample.into());
        }
        samples = columns.table(film)?;
        shift.shift = shift
            .shift
            .saturating_add(i64::try_from(before).unwrap_or(i64::MAX));
        shift.end = shift.end.map(|end| end.saturating_sub(before));
    }
    Ok((samples, shift))
}

/// A tenth of a second of sound in front of the start is kept: the delay of every encoder of AAC and Opus, which decoders
/// need to give the first true frame as it was meant.
const LEAD_IN_PER_SECOND: u32 = 10;

/// Number of samples up to the last one that is presented before `end`, at least 1.
fn len_until(samples: &SampleTable, end: u64) -> u32 {
    let (least, most) = samples.composition_offsets();
    // Before the one all are presented before the end, from the other on all are behind it.
    let surely = samples.sample_at(end.saturating_sub(u64::from(most.unsigned_abs())));
    let behind = samples.sample_at(end.saturating_add(u64::from(least.unsigned_abs())));
    let end = i64::try_from(end).unwrap_or(i64::MAX);
    samples
        .samples(surely..behind.saturating_add(1))
        .filter(|sample| sample.composition_time() < end)
        .last()
        .map_or(surely, |last| last.index.saturating_add(1))
        .max(1)
}

/// The last sync sample that is presented at or before `start`; the first sample when there is none.
fn first_for(samples: &SampleTable, start: u64) -> u32 {
    let (least, most) = samples.composition_offsets();
    // Up to the one all are presented by then, behind the other none is.
    let surely = samples.sample_at(start.saturating_sub(u64::from(most.unsigned_abs())));
    let behind = samples.sample_at(start.saturating_add(u64::from(least.unsigned_abs())));
    let start = i64::try_from(start).unwrap_or(i64::MAX);
    let surely = samples.sync_at_or_before(surely).unwrap_or(0);
    samples
        .samples(surely..behind.saturating_add(1))
        .filter(|sample| sample.sync && sample.composition_time() <= start)
        .last()
        .map_or(0, |last| last.index)
}
