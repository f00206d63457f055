//! Reading folders: visible names, and what they are.

use std::{io, os::fd::OwnedFd};

use flaskflix_core::id::AssetKey;
use rustix::fs::{Dir, FileType, OFlags};

use super::{identity::Status, root::Root};
use crate::titles::{FilmFolder, is_hidden};

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

/// The film's files that lie directly in the open folder `path`.
///
/// # Errors
/// When the folder cannot be read, or holds too many.
pub(super) fn film_folder(root: &Root, path: &str, folder: OwnedFd) -> io::Result<FilmFolder> {
    let mut film = FilmFolder::default();
    for entry in visible_names(folder)? {
        let (name, told) = entry?;
        // A name with a backslash or a control character is no key: it cannot be asked for.
        let Ok(asset) = AssetKey::parse(&format!("{path}/{name}")) else {
            continue;
        };
        if FilmFolder::wants(&asset) && kind_of(root, asset.as_str(), told) == Kind::File {
            film.add(asset).map_err(io::Error::other)?;
        }
    }
    Ok(film)
}
