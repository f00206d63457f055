//! Files of subtitles that lie beside films.

use std::collections::{HashMap, HashSet};

use flaskflix_core::{catalog::SubtitleFile, id::AssetKey};

use super::{MAX_SUBTITLES, is_mp4};

/// Which files of subtitles of one folder belong to which film.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// By the film's key without its extension; in the order of the viewer's menu.
    by_stem: HashMap<String, Vec<SubtitleFile>>,
    claimed: HashSet<AssetKey>,
}

impl Beside {
    /// The subtitles of a film.
    pub(crate) fn of(&self, film: &AssetKey) -> Vec<SubtitleFile> {
        let found = stem(film).and_then(|stem| self.by_stem.get(stem));
        found.cloned().unwrap_or_default()
    }

    /// Whether a file is the subtitles of some film of the folder.
    pub(crate) fn claims(&self, file: &AssetKey) -> bool {
        self.claimed.contains(file)
    }

    /// Whether a file of this name is a film, or may be the subtitles of one.
    pub(crate) fn wants(key: &AssetKey) -> bool {
        is_mp4(key) || SubtitleFile::in_folder(key).is_some()
    }

    /// Finds out among the files of one folder, whose keys start with `prefix`.
    pub(crate) fn among(keys: impl IntoIterator<Item = AssetKey>, prefix: &str) -> Self {
        let (mut films, mut files) = (HashMap::new(), Vec::new());
        for key in keys {
            if is_mp4(&key) {
                films.extend(stem(&key).map(|stem| (stem.to_owned(), key.clone())));
            } else if SubtitleFile::in_folder(&key).is_some() {
                files.push(key);
            }
        }
        let mut beside = Self::default();
        for file in files {
            // `film.en.srt` belongs to `film.en.mp4` when there is one, else to `film.mp4`.
            let mut stem = stem(&file);
            while let Some(longest) = stem {
                let found = films
                    .get(longest)
                    .and_then(|film| SubtitleFile::beside(film, &file));
                if let Some(found) = found {
                    beside.by_stem.entry(longest.to_owned()).or_default().push(found);
                    beside.claimed.insert(file.clone());
                    break;
                }
                stem = longest
                    .rsplit_once('.')
                    .map(|(shorter, _)| shorter)
                    .filter(|shorter| shorter.len() > prefix.len());
            }
        }
        for files in beside.by_stem.values_mut() {
            SubtitleFile::sort(files);
            files.truncate(MAX_SUBTITLES);
        }
        beside
    }
}

/// A key without its extension.
fn stem(key: &AssetKey) -> Option<&str> {
    key.as_str().strip_suffix(key.extension()?)?.strip_suffix('.')
}
