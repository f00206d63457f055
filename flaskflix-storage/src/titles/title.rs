//! Titles out of files.

use flaskflix_core::{
    catalog::{Delivery, Rendition, Title},
    id::{AssetKey, TitleId},
};

use super::{Beside, FilmFolder, is_mp4, readable_name};

/// The title of a file in the root. `None`: it is subtitles of another one.
pub(crate) fn file_title(id: &TitleId, beside: &Beside) -> Option<Title> {
    // A title id is always a key: both are one name without separators or control characters.
    let asset = AssetKey::parse(id.as_str()).ok()?;
    if beside.claims(&asset) {
        return None;
    }
    let stem = id.as_str().rsplit_once('.').map_or(id.as_str(), |(stem, _)| stem);
    Some(Title::new(
        id.clone(),
        readable_name(stem),
        if is_mp4(&asset) {
            Delivery::Packaged {
                subtitles: beside.of(&asset),
                renditions: vec![Rendition { asset }],
            }
        } else {
            Delivery::File { asset }
        },
    ))
}

/// The title of a folder: its film, or else the finished HLS stream that is there.
pub(crate) fn folder_title(
    id: &TitleId,
    film: FilmFolder,
    finished: impl FnOnce() -> Option<Delivery>,
) -> Option<Title> {
    let (renditions, subtitles) = film.into_parts();
    let delivery = if renditions.is_empty() {
        finished()?
    } else {
        Delivery::Packaged {
            renditions,
            subtitles,
        }
    };
    Some(Title::new(id.clone(), readable_name(id.as_str()), delivery))
}

/// What the multivariant playlist of a finished stream is called.
pub(crate) const FINISHED_PLAYLIST: &str = "master.m3u8";
