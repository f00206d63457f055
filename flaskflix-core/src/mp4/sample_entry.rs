//! Sample entries: the `stsd` box (ISO 14496-12 section 8.5.2).

use bytes::Bytes;

use super::{
    BoxFault, Codec, FourCc, Media, Mp4Error, Unsupported, audio_entry, video_entry,
    walk::{BoxView, Walk},
};

/// What the sample entries say about a track.
#[derive(Debug)]
pub(super) struct Description {
    /// The entries, byte for byte.
    pub(super) entries: Bytes,
    pub(super) media: Media,
    pub(super) codec: Codec,
}

/// Reads the sample entry of a track with this handler.
pub(super) fn parse(
    stsd: &BoxView,
    dinf: Option<&BoxView>,
    handler: FourCc,
    walk: &Walk,
) -> Result<Description, Mp4Error> {
    let mut fields = stsd.fields();
    let (version, _) = fields.version_and_flags()?;
    let claimed = fields.u32()?;
    let mut entries = fields.rest();
    // A size of 0 reaches to the end of the file, which only a top-level box can.
    if entries.starts_with(&[0; 4]) {
        return Err(bad_field(stsd, "size of an entry", 0));
    }
    let first = walk.children_after(stsd, ENTRIES_AT).next().transpose()?;
    let Some(entry) = first.filter(|_| claimed > 0) else {
        return Err(bad_field(stsd, "entry_count", claimed));
    };
    let count = distinct(stsd, claimed, walk)?;
    let (media, mut codec) = match &handler.0 {
        b"vide" => video_entry::parse(&entry, walk)?,
        b"soun" => audio_entry::parse(&entry, version, walk)?,
        _ => (
            Media::Other(handler),
            Codec::refused(entry.fourcc, Unsupported::NotAudioVisual),
        ),
    };
    if count > 1 {
        codec = Codec::refused(entry.fourcc, Unsupported::SeveralSampleEntries { entries: count });
    } else {
        // Whatever follows the entry is not one.
        entries.truncate(entry.bytes_from(stsd.offset.saturating_add(ENTRIES_AT as u64)));
    }
    if lies_elsewhere(&entry, dinf, walk) {
        codec = Codec::refused(entry.fourcc, Unsupported::ExternalMedia);
    }
    Ok(Description {
        entries,
        media,
        codec,
    })
}

/// How many sample entries there are that differ from the first, and the first: concatenated films repeat it.
fn distinct(stsd: &BoxView, claimed: u32, walk: &Walk) -> Result<u32, Mp4Error> {
    let (mut found, mut others, mut first) = (0_u32, 0_u32, None);
    for entry in walk.children_after(stsd, ENTRIES_AT) {
        if found == claimed {
            break;
        }
        let entry = entry?;
        found = found.saturating_add(1);
        let first = first.get_or_insert_with(|| entry.clone());
        if (first.fourcc, &first.payload) != (entry.fourcc, &entry.payload) {
            others = others.saturating_add(1);
        }
    }
    if found < claimed {
        return Err(stsd.fault(BoxFault::TableOverrun {
            claimed: u64::from(claimed),
            room: u64::from(found),
        }));
    }
    Ok(others.saturating_add(1))
}

fn bad_field(stsd: &BoxView, field: &'static str, value: u32) -> Mp4Error {
    stsd.fault(BoxFault::BadField {
        field,
        value: u64::from(value),
    })
}

/// Whether the entry's data reference (ISO 14496-12 section 8.7.2) names another file.
///
/// An entry that is not marked as self-contained and yet names nothing is a muxer's slip.
fn lies_elsewhere(entry: &BoxView, dinf: Option<&BoxView>, walk: &Walk) -> bool {
    let reference = || {
        let [dref] = walk.pick(dinf?, [FourCc(*b"dref")]).ok()?;
        let mut fields = entry.fields();
        fields.skip(6).ok()?;
        let index = usize::from(fields.u16().ok()?).checked_sub(1)?;
        walk.children_after(&dref?, ENTRIES_AT).nth(index)?.ok()
    };
    reference().is_some_and(|reference| {
        let mut fields = reference.fields();
        let self_contained = fields.version_and_flags().map_or(1, |(_, flags)| flags & 1);
        self_contained == 0 && fields.rest().iter().any(|byte| *byte != 0)
    })
}

/// Version, flags and the number of entries come first.
const ENTRIES_AT: usize = 8;
