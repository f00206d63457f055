//! The `moov` box: the film's header and its tracks (ISO 14496-12 section 8.2).

use std::num::NonZeroU32;

use super::{
    BoxFault, FourCc, FragmentSummary, Index, Limits, Mp4Error, chapters,
    edit_list::EditClocks,
    trak, trim,
    walk::{BoxView, Walk},
};

/// What parsing a track needs to know about the film around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Film<'a> {
    pub(super) walk: &'a Walk,
    pub(super) limits: &'a Limits,
    /// Length of the file.
    pub(super) object_len: u64,
    /// Ticks per second of the film's own times.
    pub(super) timescale: NonZeroU32,
}

impl Film<'_> {
    /// The clocks of the edit list of a track with this timescale.
    pub(super) const fn edit_clocks(&self, track: NonZeroU32) -> EditClocks {
        EditClocks {
            film: self.timescale,
            track,
        }
    }
}

/// Indexes a `moov` box, which may be synthetic.
pub(super) fn index(
    moov: &BoxView,
    walk: &Walk,
    limits: &Limits,
    object_len: u64,
    brands: &[FourCc],
) -> Result<Index, Mp4Error> {
    let parts = parts(moov, walk, limits)?;
    let film = Film {
        walk,
        limits,
        object_len,
        timescale: parts.timescale,
    };
    let mut tracks = Vec::with_capacity(parts.traks.len());
    for trak in &parts.traks {
        tracks.extend(trak::parse(trak, &film)?);
    }
    let tracks = trim::presented(tracks, &film)?;
    if tracks.iter().all(|track| track.samples.is_empty()) {
        return Err(Mp4Error::NoSamples);
    }
    let index = Index::new(
        brands.to_vec(),
        parts.timescale,
        parts.duration,
        tracks,
        moov.payload.clone(),
    );
    Ok(index
        .with_fragments(parts.fragments)
        .with_chapters(chapters::listed(moov, walk)))
}

/// The boxes of a `moov` box.
#[derive(Debug)]
pub(super) struct Parts {
    /// Ticks per second of the film's own times.
    pub(super) timescale: NonZeroU32,
    /// Length of the film.
    pub(super) duration: u64,
    pub(super) traks: Vec<BoxView>,
    /// Which fragments a synthetic box was made of.
    fragments: Option<FragmentSummary>,
}

/// Gathers the boxes of a `moov` box.
pub(super) fn parts(moov: &BoxView, walk: &Walk, limits: &Limits) -> Result<Parts, Mp4Error> {
    let (mut mvhd, mut traks, mut fragments) = (None, Vec::new(), None);
    for child in walk.children(moov) {
        let child = child?;
        match &child.fourcc.0 {
            b"mvhd" => mvhd = mvhd.or(Some(child)),
            b"trak" => traks.push(child),
            b"cmov" => return Err(Mp4Error::CompressedMovie),
            name if *name == FragmentSummary::BOX.0 => fragments = FragmentSummary::parse(&child).ok(),
            _ => {}
        }
        if traks.len() as u64 > u64::from(limits.max_tracks) {
            return Err(moov.fault(BoxFault::OverLimit {
                limit_name: "max_tracks",
                limit: u64::from(limits.max_tracks),
                found: traks.len() as u64,
            }));
        }
    }
    let mvhd = mvhd.ok_or(Mp4Error::in_box(FourCc(*b"mvhd"), BoxFault::Missing))?;
    let (timescale, duration) = movie_header(&mvhd)?;
    Ok(Parts {
        timescale,
        duration,
        traks,
        fragments,
    })
}

/// Timescale and duration of the film.
fn movie_header(mvhd: &BoxView) -> Result<(NonZeroU32, u64), Mp4Error> {
    let mut fields = mvhd.fields();
    let (version, _) = fields.version_and_flags()?;
    timescale_and_duration(&mut fields, version)
}

/// The four times that `mvhd` and `mdhd` begin with: creation, modification, timescale, duration. The last two.
pub(super) fn timescale_and_duration(
    fields: &mut super::fields::Fields,
    version: u8,
) -> Result<(NonZeroU32, u64), Mp4Error> {
    fields.u32_or_u64(version)?;
    fields.u32_or_u64(version)?;
    let timescale = NonZeroU32::new(fields.u32()?).ok_or_else(|| {
        fields.fault(BoxFault::BadField {
            field: "timescale",
            value: 0,
        })
    })?;
    Ok((timescale, fields.u32_or_u64(version)?))
}
