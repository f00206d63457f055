//! Chapters: the references of `QuickTime` (`tref/chap`), and the list of Nero (`udta/chpl`).

use super::{
    FourCc, Mp4Error,
    fields::Fields,
    walk::{BoxView, Walk},
};
use crate::text::decode_short;

/// A chapter of the list that a film carries in its `moov/udta/chpl` box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedChapter {
    /// When it starts, in units of 100 nanoseconds of the film's own time.
    pub start: u64,
    /// What it is called; may be empty.
    pub title: String,
}

/// The chapters in the `udta` of a film. None when there is no such list; as many as can be read of one that is broken.
pub(super) fn listed(moov: &BoxView, walk: &Walk) -> Vec<ListedChapter> {
    let found = || {
        let [udta] = walk.pick(moov, [FourCc(*b"udta")]).ok()?;
        let [chpl] = walk.pick(&udta?, [FourCc(*b"chpl")]).ok()?;
        chpl
    };
    let Some(chpl) = found() else {
        return Vec::new();
    };
    let mut chapters = Vec::new();
    let mut fields = chpl.fields();
    // The end of the box ends the list, whatever it claims to hold.
    let _ = read_list(&mut fields, &mut chapters);
    chapters
}

fn read_list(fields: &mut Fields, chapters: &mut Vec<ListedChapter>) -> Result<(), Mp4Error> {
    let (version, _) = fields.version_and_flags()?;
    if version > 0 {
        fields.skip(4)?;
    }
    for _ in 0..fields.u8()? {
        let start = fields.u64()?;
        let letters = usize::from(fields.u8()?);
        let title = decode_short(&fields.take(letters)?);
        chapters.push(ListedChapter { start, title });
    }
    Ok(())
}

/// The ids of the tracks that a track names as its chapters (ISO 14496-12 section 8.3.3, QTFF "Chapter Lists").
pub(super) fn references(tref: Option<&BoxView>, walk: &Walk) -> Vec<u32> {
    let chap = tref
        .and_then(|tref| walk.pick(tref, [FourCc(*b"chap")]).ok())
        .and_then(|[chap]| chap);
    let (ids, _) = chap
        .as_ref()
        .map_or(&[][..], |chap| &chap.payload)
        .as_chunks::<4>();
    ids.iter()
        .take(MAX_REFERENCES)
        .map(|id| u32::from_be_bytes(*id))
        .collect()
}

/// A track of chapters for each of the most languages that anybody makes.
const MAX_REFERENCES: usize = 32;
