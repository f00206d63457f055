//! The synthetic `moov` box: as the file's own, with all samples in its tables.

use std::num::NonZeroU32;

use bytes::Bytes;

use super::{
    film::FragmentedFilm,
    start::{Edits, TrackStart, fine_timescale},
    track::FragmentedTrack,
};
use crate::mp4::{
    BoxWriter, FourCc, FragmentSummary, Mp4Error,
    walk::{BoxView, Walk},
};

/// The payload of the box. `cut_off`: the file ends inside a box.
pub(super) fn synthetic(film: &FragmentedFilm, cut_off: bool, walk: &Walk) -> Result<Bytes, Mp4Error> {
    let starts: Vec<TrackStart> = film.tracks.iter().map(start).collect();
    let timescale = fine_timescale(film.timescale, &starts);
    let edits: Vec<Edits> = starts
        .iter()
        .map(|start| start.edits(film.timescale, timescale))
        .collect();
    let tables = film
        .tracks
        .iter()
        .map(|track| track.columns.table_bytes())
        .sum::<u64>();
    let room = film
        .moov
        .payload
        .len()
        .saturating_add(usize::try_from(tables).unwrap_or(0));
    let mut w = BoxWriter::with_capacity(room);
    let mut tracks = film.tracks.iter().zip(&edits);
    let mut next = tracks.next();
    for child in walk.children(&film.moov) {
        let child = child?;
        match &child.fourcc.0 {
            b"mvhd" => write_header(&mut w, &child, timescale, duration(film, &edits, timescale)),
            b"mvex" => {}
            b"trak" => match next {
                // Tracks were gathered in this order; one that could not be read was not.
                Some((track, edits)) if track.beginning.place == child.offset => {
                    write_track(&mut w, &child, track, *edits, walk)?;
                    next = tracks.next();
                }
                _ => copy(&mut w, &child),
            },
            _ => copy(&mut w, &child),
        }
    }
    let lost = film
        .tracks
        .iter()
        .map(|track| track.lost)
        .fold(0, u32::saturating_add);
    FragmentSummary {
        count: film.fragments,
        samples_cut_off: lost,
        cut_off: cut_off || lost > 0,
    }
    .write(&mut w);
    Ok(w.finish())
}

fn start(track: &FragmentedTrack) -> TrackStart {
    let edits = &track.beginning.edits;
    TrackStart {
        timescale: track.beginning.timescale,
        decode_time: track.start,
        delay: edits.as_ref().map_or(0, |edits| edits.delay()),
        media_time: edits.as_ref().map_or(0, |edits| edits.media_time()),
    }
}

/// Duration of the longest track in ticks of the film.
fn duration(film: &FragmentedFilm, edits: &[Edits], timescale: NonZeroU32) -> u64 {
    let ends = film.tracks.iter().zip(edits).map(|(track, edits)| {
        let media = track.columns.duration().saturating_sub(edits.media_time);
        let ticks = u128::from(media) * u128::from(timescale.get());
        let ticks = ticks.div_ceil(u128::from(track.beginning.timescale.get()));
        edits
            .delay
            .saturating_add(u64::try_from(ticks).unwrap_or(u64::MAX))
    });
    ends.max().unwrap_or(0)
}

/// Writes an `mvhd` box with this timescale and duration (ISO 14496-12 section 8.2.2).
fn write_header(w: &mut BoxWriter, mvhd: &BoxView, timescale: NonZeroU32, duration: u64) {
    let version = mvhd.payload.first().copied().unwrap_or(0);
    // Version and flags, two times, timescale, duration.
    let fields = if version == 0 { 20 } else { 32 };
    w.full(mvhd.fourcc, 1, 0);
    w.zeros(16);
    w.u32(timescale.get());
    w.u64(duration);
    w.bytes(mvhd.payload.get(fields..).unwrap_or_default());
    w.end();
}

/// Writes a `trak` box: as it was, but for its edit list and its tables.
fn write_track(
    w: &mut BoxWriter,
    trak: &BoxView,
    track: &FragmentedTrack,
    edits: Edits,
    walk: &Walk,
) -> Result<(), Mp4Error> {
    w.start(trak.fourcc);
    for child in walk.children(trak) {
        let child = child?;
        match &child.fourcc.0 {
            b"edts" => {}
            b"mdia" => write_within(w, &child, walk, *b"minf", |w, minf| {
                write_within(w, minf, walk, *b"stbl", |w, stbl| {
                    write_tables(w, stbl, track, walk)
                })
            })?,
            _ => copy(w, &child),
        }
    }
    write_edits(w, edits);
    w.end();
    Ok(())
}

/// Writes a box as it is, but for the boxes of one type in it.
fn write_within(
    w: &mut BoxWriter,
    parent: &BoxView,
    walk: &Walk,
    but: [u8; 4],
    mut write: impl FnMut(&mut BoxWriter, &BoxView) -> Result<(), Mp4Error>,
) -> Result<(), Mp4Error> {
    w.start(parent.fourcc);
    for child in walk.children(parent) {
        let child = child?;
        if child.fourcc.0 == but {
            write(w, &child)?;
        } else {
            copy(w, &child);
        }
    }
    w.end();
    Ok(())
}

/// Writes an `stbl` box: its sample entries, and the tables of all samples.
fn write_tables(
    w: &mut BoxWriter,
    stbl: &BoxView,
    track: &FragmentedTrack,
    walk: &Walk,
) -> Result<(), Mp4Error> {
    let [stsd] = walk.pick(stbl, [FourCc(*b"stsd")])?;
    w.start(stbl.fourcc);
    if let Some(stsd) = stsd {
        copy(w, &stsd);
    }
    track.columns.write(w);
    w.end();
    Ok(())
}

/// Writes an edit list that goes on to the end of the media, whatever the file's own said: muxers write how long the samples
/// in the `moov` box are, or nothing.
fn write_edits(w: &mut BoxWriter, edits: Edits) {
    if edits == Edits::default() {
        return;
    }
    w.start(FourCc(*b"edts"));
    w.full(FourCc(*b"elst"), 1, 0);
    w.u32(1_u32.saturating_add(u32::from(edits.delay > 0)));
    if edits.delay > 0 {
        w.u64(edits.delay);
        w.i64(-1);
        w.u32(NORMAL_SPEED);
    }
    w.u64(0);
    w.u64(edits.media_time);
    w.u32(NORMAL_SPEED);
    w.end();
    w.end();
}

/// 16.16 fixed point.
const NORMAL_SPEED: u32 = 0x0001_0000;

fn copy(w: &mut BoxWriter, of: &BoxView) {
    w.start(of.fourcc);
    w.bytes(&of.payload);
    w.end();
}
