//! The files of one film, in a folder of its own.

use flaskflix_core::{
    catalog::{Rendition, SubtitleFile},
    id::AssetKey,
};

use super::{MAX_SUBTITLES, is_mp4};

/// The MP4 files that lie directly in a folder, and the subtitles.
#[derive(Debug, Default)]
pub(crate) struct FilmFolder {
    assets: Vec<AssetKey>,
    subtitles: Vec<SubtitleFile>,
}

impl FilmFolder {
    /// Whether a file of this name belongs to a film.
    pub(crate) fn wants(asset: &AssetKey) -> bool {
        is_mp4(asset) || SubtitleFile::in_folder(asset).is_some()
    }

    /// Takes a file in.
    ///
    /// # Errors
    /// When the folder holds more than [`MAX_RENDITIONS`].
    pub(crate) fn add(&mut self, asset: AssetKey) -> Result<(), TooManyRenditions> {
        if let Some(text) = SubtitleFile::in_folder(&asset) {
            self.subtitles.push(text);
        } else if self.assets.len() == MAX_RENDITIONS {
            return Err(TooManyRenditions);
        } else if is_mp4(&asset) {
            self.assets.push(asset);
        }
        Ok(())
    }

    /// The MP4 files, sorted by name, and the subtitles in the order of the viewer's menu, of which the first
    /// [`MAX_SUBTITLES`] count.
    pub(crate) fn into_parts(mut self) -> (Vec<Rendition>, Vec<SubtitleFile>) {
        self.assets.sort_unstable();
        SubtitleFile::sort(&mut self.subtitles);
        self.subtitles.truncate(MAX_SUBTITLES);
        let renditions = self.assets.into_iter().map(|asset| Rendition { asset });
        (renditions.collect(), self.subtitles)
    }
}

/// Most MP4 files of one folder: a film has a handful of renditions, and every one of them is indexed when
/// somebody presses play.
const MAX_RENDITIONS: usize = 64;

/// The folder is not the renditions of one film.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "a folder holds more than {MAX_RENDITIONS} MP4 files; it is one title with a file for each rendition"
)]
pub(crate) struct TooManyRenditions;
