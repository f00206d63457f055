//! Reading folders: visible names, what they are, what they are called.

use std::{io, os::fd::OwnedFd};

use flaskflix_core::{
    catalog::{Rendition, SubtitleFile},
    id::AssetKey,
};
use rustix::fs::{Dir, FileType, OFlags};

use super::{identity::Status, root::Root, sidecars::MAX_SUBTITLES};

/// What a name is, symbolic links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A FIFO, a device, a link that leads nowhere or out of the root.
    Other,
}

impl From<FileType> for Kind {
    fn from(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            _ => Self::Other,
        }
    }
}

/// The visible names in an open folder, with the type that the folder tells. In no order; names that are not
/// UTF-8 are left out.
pub(super) fn visible_names(
    folder: OwnedFd,
) -> io::Result<impl Iterator<Item = io::Result<(String, FileType)>>> {
    let entries = Dir::new(folder)?;
    Ok(entries.filter_map(|entry| match entry {
        Ok(entry) => {
            let name = entry.file_name().to_str().ok()?;
            (!is_hidden(name)).then(|| Ok((name.to_owned(), entry.file_type())))
        }
        Err(errno) => Some(Err(errno.into())),
    }))
}

/// What `path` is, given the type that its folder tells for it.
pub(super) fn kind_of(root: &Root, path: &str, told: FileType) -> Kind {
    match told {
        FileType::Symlink | FileType::Unknown => root
            .lookup_waiting(path, OFlags::PATH)
            .and_then(Status::of)
            .map_or(Kind::Other, |status| status.file_type.into()),
        plain => plain.into(),
    }
}

/// The MP4 files that lie directly in the open folder `path`, sorted by name, and the subtitles in the order of the
/// viewer's menu, of which the first [`MAX_SUBTITLES`] count.
///
/// # Errors
/// When the folder cannot be read, or holds more than [`MAX_RENDITIONS`].
pub(super) fn film_folder(
    root: &Root,
    path: &str,
    folder: OwnedFd,
) -> io::Result<(Vec<Rendition>, Vec<SubtitleFile>)> {
    let (mut assets, mut subtitles) = (Vec::new(), Vec::new());
    for entry in visible_names(folder)? {
        let (name, told) = entry?;
        // A name with a backslash or a control character is no key: it cannot be asked for.
        let Ok(asset) = AssetKey::parse(&format!("{path}/{name}")) else {
            continue;
        };
        let text = SubtitleFile::in_folder(&asset);
        if !(is_mp4(&asset) || text.is_some()) || kind_of(root, asset.as_str(), told) != Kind::File {
            continue;
        }
        if let Some(text) = text {
            subtitles.push(text);
            continue;
        }
        if assets.len() == MAX_RENDITIONS {
            return Err(io::Error::other(TooManyRenditions));
        }
        assets.push(asset);
    }
    assets.sort_unstable();
    SubtitleFile::sort(&mut subtitles);
    subtitles.truncate(MAX_SUBTITLES);
    let renditions = assets.into_iter().map(|asset| Rendition { asset }).collect();
    Ok((renditions, subtitles))
}

/// Names with a leading dot are not titles: editors, file managers and uploads leave such files behind.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Whether the name says that the file is of the MP4 family.
pub(super) fn is_mp4(asset: &AssetKey) -> bool {
    asset.extension().is_some_and(|extension| {
        ["mp4", "m4v", "mov", "m4a"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// A name for people: `The_Third.Man` becomes `The Third Man`.
pub(super) fn readable_name(stem: &str) -> String {
    let words: Vec<_> = stem
        .split(['_', '.', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        stem.to_owned()
    } else {
        words.join(" ")
    }
}

/// Most MP4 files of one folder: a film has a handful of renditions, and every one of them is indexed when
/// somebody presses play.
pub(super) const MAX_RENDITIONS: usize = 64;

/// The folder is not the renditions of one film.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "a folder holds more than {MAX_RENDITIONS} MP4 files; it is one title with a file for each rendition"
)]
struct TooManyRenditions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_readable() {
        for (stem, want) in [
            ("The_Third.Man", "The Third Man"),
            ("a  b__c", "a b c"),
            ("_intro_", "intro"),
            ("Amélie", "Amélie"),
            ("___", "___"),
        ] {
            assert_eq!(readable_name(stem), want);
        }
    }

    #[test]
    fn extension_decides_in_any_case() {
        for (name, want) in [
            ("a.mp4", true),
            ("a.MOV", true),
            ("a.b.m4v", true),
            ("mp4", false),
            ("a.mp4.part", false),
        ] {
            assert_eq!(is_mp4(&AssetKey::parse(name).unwrap()), want, "{name}");
        }
    }
}
