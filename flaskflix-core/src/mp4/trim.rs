//! Which samples an edit list presents.
//!
//! A sample is left out when nothing that is presented needs it: at the end a run of samples, in decode order, that are all
//! presented behind the end; at the start the samples before the last one from which decoding can start in time.

use super::{Media, Mp4Error, SampleTable, Track, edit_list::Shift, fragment::Columns, movie::Film};
use crate::time::MediaTime;

/// The tracks of a film with those samples that their edit lists present, and what is needed for them.
///
/// A picture that starts between two key frames needs those from the one before on, and players show them, because
/// fragments have no edit lists. So the sound is kept from there on too: they go on together, and a player that waits for
/// picture and sound at its start has both.
pub(super) fn presented(tracks: Vec<(Track, Shift)>, film: &Film<'_>) -> Result<Vec<Track>, Mp4Error> {
    let mut picture_lead = MediaTime::ZERO;
    let mut kept = Vec::with_capacity(tracks.len());
    for (mut track, shift) in tracks {
        if matches!(track.media, Media::Video(_)) {
            trim(&mut track, shift, 0, film)?;
            picture_lead = picture_lead.max(lead(&track, shift));
        }
        kept.push((track, shift));
    }
    kept.into_iter()
        .map(|(mut track, shift)| {
            if matches!(track.media, Media::Audio(_)) {
                let own = u64::from(track.timescale.get() / LEAD_IN_PER_SECOND);
                let picture = picture_lead.rescale(track.timescale).ticks();
                trim(
                    &mut track,
                    shift,
                    own.max(u64::try_from(picture).unwrap_or(0)),
                    film,
                )?;
            }
            Ok(track)
        })
        .collect()
}

/// By how much the first sample of a trimmed track is presented before its edit list starts.
fn lead(track: &Track, shift: Shift) -> MediaTime {
    let start = i64::try_from(shift.start)
        .unwrap_or(i64::MAX)
        .saturating_add(shift.shift);
    let first = track.samples.sample(0);
    let first = first.map_or(start, |sample| {
        sample.composition_time().saturating_add(track.shift)
    });
    MediaTime::new(start.saturating_sub(first).max(0), track.timescale)
}

/// Leaves out what the edit list of a track does not present, but for `lead_in` ticks in front.
fn trim(track: &mut Track, shift: Shift, lead_in: u64, film: &Film<'_>) -> Result<(), Mp4Error> {
    if track.samples.is_empty() || track.codec.rfc6381.is_none() {
        return Ok(());
    }
    if let Some(end) = shift.end {
        let len = len_until(&track.samples, end);
        // A track lasts some time, whatever its edit list says.
        if track.samples.decode_time(len) > 0 {
            track.samples.truncate(len);
        }
    }
    let samples = &track.samples;
    let first = first_for(samples, shift.start.saturating_sub(lead_in));
    let before = samples.decode_time(first);
    if before > 0 && before < samples.duration() {
        // Decode times start at zero again.
        let mut columns = Columns::default();
        for sample in samples.samples(first..samples.len()) {
            columns.push(sample.into());
        }
        track.samples = columns.table(film).map_err(|error| error.in_track(track.id))?;
        track.shift = track
            .shift
            .saturating_add(i64::try_from(before).unwrap_or(i64::MAX));
        track.edit_end = track.edit_end.map(|end| end.saturating_sub(before));
    }
    Ok(())
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
