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
    let count = fields.u32()?;
    let first = walk.children_after(stsd, ENTRIES_AT).next().transpose()?;
    let Some(entry) = first.filter(|_| count > 0) else {
        return Err(stsd.fault(BoxFault::BadField {
            field: "entry_count",
            value: u64::from(count),
        }));
    };
    let mut entries = fields.rest();
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
