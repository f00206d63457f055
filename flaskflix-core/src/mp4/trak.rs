//! The `trak` box: gathers the boxes of one track (ISO 14496-12 section 8.3).

use std::num::NonZeroU32;

use super::{
    BoxFault, FourCc, InitTrack, Mp4Error, SampleTable, Track, TrackHeader, chapters,
    edit_list::{EditList, Shift},
    label,
    movie::{Film, timescale_and_duration},
    sample_entry::{self, Description},
    table::SampleTableBoxes,
    walk::{BoxView, Walk},
};

/// Reads a track with all of its samples, and what its edit list does to it. `None`: it is neither picture nor sound, and
/// broken; the film plays without it.
pub(super) fn parse(trak: &BoxView, film: &Film<'_>) -> Result<Option<(Track, Shift)>, Mp4Error> {
    let [tkhd, edts, mdia, udta, tref] = film.walk.pick(
        trak,
        [*b"tkhd", *b"edts", *b"mdia", *b"udta", *b"tref"].map(FourCc),
    )?;
    let id = tkhd
        .as_ref()
        .map(track_id)
        .transpose()?
        .ok_or_else(|| missing(b"tkhd"))?;
    let parse = || {
        let mdia = mdia.as_ref().ok_or_else(|| missing(b"mdia"))?;
        let boxes = MediaBoxes::gather(mdia, film.walk)?;
        let relevant = boxes.is_relevant();
        match track(id, &boxes, tkhd.as_ref(), edts.as_ref(), udta.as_ref(), film) {
            Err(_) if !relevant => Ok(None),
            result => result.map(|(track, shift)| {
                let chapters = chapters::references(tref.as_ref(), film.walk);
                Some((Track { chapters, ..track }, shift))
            }),
        }
    };
    parse().map_err(|error: Mp4Error| error.in_track(id))
}

/// What the `moov` box says of a track of a film in fragments.
#[derive(Debug)]
pub(super) struct Beginning {
    /// Where the payload of its `trak` box lies.
    pub(super) place: u64,
    pub(super) id: u32,
    pub(super) timescale: NonZeroU32,
    /// Whether it is picture or sound.
    pub(super) relevant: bool,
    pub(super) edits: Option<EditList>,
    /// The samples that the `moov` box lists.
    pub(super) samples: SampleTable,
}

/// Reads where a track of a film in fragments begins. `None`: it is neither picture nor sound, and broken.
pub(super) fn begin(trak: &BoxView, film: &Film<'_>) -> Result<Option<Beginning>, Mp4Error> {
    let [tkhd, edts, mdia] = film.walk.pick(trak, [*b"tkhd", *b"edts", *b"mdia"].map(FourCc))?;
    let id = tkhd
        .as_ref()
        .map(track_id)
        .transpose()?
        .ok_or_else(|| missing(b"tkhd"))?;
    let begin = || {
        let boxes = MediaBoxes::gather(&mdia.ok_or_else(|| missing(b"mdia"))?, film.walk)?;
        let relevant = boxes.is_relevant();
        let read = || {
            let (stsd, tables) = tables(&boxes.stbl, film.walk)?;
            stsd.ok_or_else(|| missing(b"stsd"))?;
            let (timescale, _) = media_header(&boxes.mdhd)?;
            Ok(Beginning {
                place: trak.offset,
                id,
                timescale,
                relevant,
                edits: edit_list(edts.as_ref(), id, film, timescale)?.map(|(_, list)| list),
                samples: SampleTable::parse(&tables, film)?,
            })
        };
        match read() {
            Err(_) if !relevant => Ok(None),
            result => result.map(Some),
        }
    };
    begin().map_err(|error: Mp4Error| error.in_track(id))
}

/// Reads what a track is, and nothing of its samples.
pub(super) fn describe(trak: &BoxView, walk: &Walk) -> Result<InitTrack, Mp4Error> {
    let [tkhd, mdia] = walk.pick(trak, [*b"tkhd", *b"mdia"].map(FourCc))?;
    let tkhd = tkhd.ok_or_else(|| missing(b"tkhd"))?;
    let describe = || {
        let boxes = MediaBoxes::gather(&mdia.ok_or_else(|| missing(b"mdia"))?, walk)?;
        let [stsd] = walk.pick(&boxes.stbl, [FourCc(*b"stsd")])?;
        let stsd = stsd.ok_or_else(|| missing(b"stsd"))?;
        let description = sample_entry::parse(&stsd, boxes.dinf.as_ref(), boxes.handler, walk)?;
        Ok(InitTrack {
            media: description.media,
            codec: description.codec,
            header: track_header(&tkhd)?.1,
        })
    };
    let id = track_id(&tkhd)?;
    describe().map_err(|error: Mp4Error| error.in_track(id))
}

/// The boxes inside `mdia`.
#[derive(Debug)]
struct MediaBoxes {
    handler: FourCc,
    hdlr: BoxView,
    mdhd: BoxView,
    elng: Option<BoxView>,
    dinf: Option<BoxView>,
    stbl: BoxView,
}

impl MediaBoxes {
    fn gather(mdia: &BoxView, walk: &Walk) -> Result<Self, Mp4Error> {
        let [mdhd, hdlr, elng, minf] =
            walk.pick(mdia, [*b"mdhd", *b"hdlr", *b"elng", *b"minf"].map(FourCc))?;
        let hdlr = hdlr.ok_or_else(|| missing(b"hdlr"))?;
        let mut fields = hdlr.fields();
        // Version and flags, then a field that QuickTime calls the component type.
        fields.skip(8)?;
        let handler = fields.fourcc()?;
        let minf = minf.ok_or_else(|| missing(b"minf"))?;
        let [dinf, stbl] = walk.pick(&minf, [*b"dinf", *b"stbl"].map(FourCc))?;
        Ok(Self {
            handler,
            hdlr,
            mdhd: mdhd.ok_or_else(|| missing(b"mdhd"))?,
            elng,
            dinf,
            stbl: stbl.ok_or_else(|| missing(b"stbl"))?,
        })
    }

    /// Whether the track is picture or sound.
    fn is_relevant(&self) -> bool {
        matches!(&self.handler.0, b"vide" | b"soun")
    }
}

fn track(
    id: u32,
    boxes: &MediaBoxes,
    tkhd: Option<&BoxView>,
    edts: Option<&BoxView>,
    udta: Option<&BoxView>,
    film: &Film<'_>,
) -> Result<(Track, Shift), Mp4Error> {
    let walk = film.walk;
    let (enabled, header) = track_header(tkhd.ok_or_else(|| missing(b"tkhd"))?)?;
    let (timescale, packed_language) = media_header(&boxes.mdhd)?;
    let (stsd, mut tables) = tables(&boxes.stbl, walk)?;
    let stsd = stsd.ok_or_else(|| missing(b"stsd"))?;
    let Description {
        entries,
        media,
        codec,
    } = sample_entry::parse(&stsd, boxes.dinf.as_ref(), boxes.handler, walk)?;
    // Some muxers list only the first frame of a sound track.
    tables.stss = tables.stss.filter(|_| !codec.is_all_sync(&media));
    let placed = SampleTable::parse(&tables, film)
        .and_then(|samples| Ok((edit_shift(edts, id, timescale, &samples, film)?, samples)));
    let (shift, samples) = match placed {
        // Nobody can package the track: its tables do not matter.
        Err(_) if codec.rfc6381.is_none() => (Shift::default(), SampleTable::default()),
        placed => placed?,
    };
    let track = Track {
        id,
        media,
        timescale,
        language: label::language(boxes.elng.as_ref(), packed_language),
        name: label::name(udta, &boxes.hdlr, walk),
        enabled,
        header,
        sample_entries: entries,
        codec,
        shift: shift.shift,
        edit_end: shift.end,
        chapters: Vec::new(),
        samples,
    };
    Ok((track, shift))
}

/// The sample entries and the tables of a track.
pub(super) fn tables(stbl: &BoxView, walk: &Walk) -> Result<(Option<BoxView>, SampleTableBoxes), Mp4Error> {
    let wanted = [
        *b"stsd", *b"stts", *b"ctts", *b"stss", *b"stsz", *b"stz2", *b"stsc", *b"stco", *b"co64",
    ];
    let [stsd, stts, ctts, stss, stsz, stz2, stsc, stco, co64] = walk.pick(stbl, wanted.map(FourCc))?;
    let tables = SampleTableBoxes {
        stts,
        ctts,
        stss,
        sizes: stsz.or(stz2),
        stsc,
        offsets: co64.or(stco),
    };
    Ok((stsd, tables))
}

/// The track's edit list, when it has one, and its box.
fn edit_list(
    edts: Option<&BoxView>,
    id: u32,
    film: &Film<'_>,
    timescale: NonZeroU32,
) -> Result<Option<(BoxView, EditList)>, Mp4Error> {
    let Some(edts) = edts else { return Ok(None) };
    let [elst] = film.walk.pick(edts, [FourCc(*b"elst")])?;
    let clocks = film.edit_clocks(timescale);
    elst.map(|elst| EditList::parse(&elst, id, clocks).map(|list| (elst, list)))
        .transpose()
}

/// The effect of the track's edit list, when it has one.
fn edit_shift(
    edts: Option<&BoxView>,
    id: u32,
    timescale: NonZeroU32,
    samples: &SampleTable,
    film: &Film<'_>,
) -> Result<Shift, Mp4Error> {
    let Some((elst, list)) = edit_list(edts, id, film, timescale)? else {
        return Ok(Shift::default());
    };
    if !samples.is_empty() && !list.starts_before(samples.latest_end()) {
        return Err(elst.fault(BoxFault::BadField {
            field: "media_time",
            value: list.media_time(),
        }));
    }
    if let Some(delay) = list.absurd_delay(film.timescale) {
        return Err(elst.fault(BoxFault::BadField {
            field: "segment_duration",
            value: delay,
        }));
    }
    Ok(list.shift(film.edit_clocks(timescale)))
}

/// The id in a `tkhd` box (ISO 14496-12 section 8.3.2).
fn track_id(tkhd: &BoxView) -> Result<u32, Mp4Error> {
    let mut fields = tkhd.fields();
    let (version, _) = fields.version_and_flags()?;
    fields.u32_or_u64(version)?;
    fields.u32_or_u64(version)?;
    fields.u32()
}

/// Whether the track is enabled, and its presentation.
fn track_header(tkhd: &BoxView) -> Result<(bool, TrackHeader), Mp4Error> {
    let mut fields = tkhd.fields();
    let (version, flags) = fields.version_and_flags()?;
    fields.u32_or_u64(version)?;
    fields.u32_or_u64(version)?;
    // The id, 32 reserved bits, the duration, 64 reserved bits.
    fields.skip(8)?;
    fields.u32_or_u64(version)?;
    fields.skip(8)?;
    let layer = fields.i16()?;
    let alternate_group = fields.i16()?;
    let volume = fields.u16()?;
    fields.skip(2)?;
    let header = TrackHeader {
        matrix: fields.array()?,
        width: fields.u32()?,
        height: fields.u32()?,
        volume,
        layer,
        alternate_group,
    };
    Ok((flags & 1 == 1, header))
}

/// Timescale and packed language of a `mdhd` box (ISO 14496-12 section 8.4.2).
fn media_header(mdhd: &BoxView) -> Result<(NonZeroU32, u16), Mp4Error> {
    let mut fields = mdhd.fields();
    let (version, _) = fields.version_and_flags()?;
    let (timescale, _) = timescale_and_duration(&mut fields, version)?;
    Ok((timescale, fields.u16()?))
}

const fn missing(fourcc: &[u8; 4]) -> Mp4Error {
    Mp4Error::in_box(FourCc(*fourcc), BoxFault::Missing)
}
