//! What one quality is: measured at its playlist, its segments' sizes and its first bytes.

use std::{collections::HashMap, sync::Arc};

use flaskflix_core::{
    id::AssetKey,
    playlist::{ChildPath, DeclaredRate, ForeignMedia, Quality, StreamFacts},
    range::ByteRange,
    source::{ObjectInfo, SourceObject, read_to_bytes},
};

use super::folder::{Folders, own_place};
use crate::{
    route::Target,
    status::{Missing, Refusal},
};

/// A quality, and which version of which file told its codecs.
#[derive(Debug)]
pub(super) struct Surveyed {
    pub(super) quality: Quality,
    pub(super) looked_into: Option<(AssetKey, ObjectInfo)>,
}

/// Measures a quality whose playlist is open.
///
/// # Cost
/// Opens every segment file once, to know its size.
pub(super) async fn survey(
    folders: &Folders,
    height: u32,
    playlist: &AssetKey,
    object: &Arc<dyn SourceObject>,
) -> Result<Surveyed, Refusal> {
    let place = own_place(playlist)?;
    let foreign = folders.read(playlist, &place, object).await?;
    let media = foreign
        .media()
        .ok_or_else(|| bad(&place, "is no media playlist: a quality is one stream"))?;
    let sizes = sizes(folders, playlist, media).await?;
    let (facts, looked_into) = facts(folders, playlist, media).await?;
    let quality = Quality {
        height,
        rate: DeclaredRate::measured(media, &sizes),
        facts,
        independent: media.independent,
        url: Target::Variant { height, path: place }.path(),
    };
    Ok(Surveyed { quality, looked_into })
}

/// The sizes of all segments in bytes.
async fn sizes(folders: &Folders, playlist: &AssetKey, media: &ForeignMedia) -> Result<Vec<u64>, Refusal> {
    let mut known: HashMap<&ChildPath, u64> = HashMap::new();
    let mut sizes = Vec::with_capacity(media.segments.len());
    for segment in &media.segments {
        let size = match (segment.range, known.get(&segment.path)) {
            (Some(range), _) => range.len(),
            (None, Some(size)) => *size,
            (None, None) => {
                let size = open(folders, playlist, &segment.path).await?.info().len;
                known.insert(&segment.path, size);
                size
            }
        };
        sizes.push(size);
    }
    Ok(sizes)
}

/// What the first bytes say. Nothing, when they are encrypted.
async fn facts(
    folders: &Folders,
    playlist: &AssetKey,
    media: &ForeignMedia,
) -> Result<(StreamFacts, Option<(AssetKey, ObjectInfo)>), Refusal> {
    let Some(first) = media.segments.first().filter(|first| !first.encrypted) else {
        return Ok((StreamFacts::default(), None));
    };
    let (path, range, most) = match &first.map {
        Some((path, range)) => (path, *range, MAX_INIT_BYTES),
        None => (&first.path, first.range, START_BYTES),
    };
    let object = open(folders, playlist, path).await?;
    let info = object.info().clone();
    let start = range.map_or(0, |range| range.start());
    let end = range.map_or(info.len, |range| range.end());
    let bytes = match ByteRange::new(start, end.min(start.saturating_add(most)).min(info.len)) {
        Some(range) => read_to_bytes(&object, range)
            .await
            .map_err(|error| Refusal::from(&error))?,
        None => return Ok((StreamFacts::default(), None)),
    };
    let facts = if first.map.is_some() {
        StreamFacts::of_init(&bytes)
    } else {
        StreamFacts::of_segment(&bytes)
    };
    let asset = path.asset_beside(playlist).map_err(|_| Missing::Object)?;
    Ok((facts, Some((asset, info))))
}

/// A file that the playlist names. That it is missing is the playlist's fault, not the request's.
async fn open(
    folders: &Folders,
    playlist: &AssetKey,
    path: &ChildPath,
) -> Result<Arc<dyn SourceObject>, Refusal> {
    folders
        .open(playlist, path)
        .await
        .map_err(|refusal| match refusal {
            Refusal::Missing(_) => bad(path, "is missing"),
            refusal => refusal,
        })
}

fn bad(path: &ChildPath, what: &str) -> Refusal {
    Refusal::BadPlaylist {
        reason: format!("{path} {what}"),
    }
}

/// Enough of a transport stream for its tables, a parameter set and a frame of sound.
const START_BYTES: u64 = 256 << 10;
/// Initialisation sections have one or two kilobytes.
const MAX_INIT_BYTES: u64 = 1 << 20;
