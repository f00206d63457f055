//! Where the server keeps what it reads of films: in memory, and in a folder when there is one.

use std::{
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use flaskflix_core::{
    mp4::Limits,
    package::{DirectIndex, IndexStore},
};
use flaskflix_storage::{
    cache::{IndexCache, StoredIndex},
    fs::IndexFolder,
};

/// The index store of a server whose films lie in `root`, when they lie in a folder.
///
/// # Errors
/// When the folder cannot be used, or lies where it would be served.
pub(crate) fn open(root: Option<&Path>, folder: Option<&Path>) -> Result<Arc<dyn IndexStore>, IndexDirError> {
    let limits = Limits::default();
    let mut reader: Arc<dyn IndexStore> = Arc::new(DirectIndex::new(limits.clone()));
    if let Some(folder) = folder {
        let fault = |cause| IndexDirError {
            folder: folder.to_owned(),
            cause,
        };
        root.map_or(Ok(()), |root| refuse_served(root, folder))
            .map_err(fault)?;
        let records = IndexFolder::open(folder).map_err(fault)?;
        reader = Arc::new(StoredIndex::new(Arc::new(records), reader, limits));
    }
    Ok(Arc::new(IndexCache::new(INDEX_CACHE_BYTES, reader)))
}

/// The folder for indexes cannot be used.
#[derive(Debug)]
pub(crate) struct IndexDirError {
    folder: PathBuf,
    cause: io::Error,
}

impl std::fmt::Display for IndexDirError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot keep indexes in {}", self.folder.display())
    }
}

impl std::error::Error for IndexDirError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Among the films only below a name that begins with a dot: such names are no titles.
pub(crate) fn refuse_served(root: &Path, folder: &Path) -> io::Result<()> {
    let (root, folder) = (root.canonicalize()?, as_it_will_be(folder)?);
    let hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    match folder.strip_prefix(&root) {
        Ok(below) if !below.components().next().is_some_and(hidden) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it lies among the films and would be served: take another folder, or a name that begins with a dot",
        )),
        _ => Ok(()),
    }
}

/// The real path of a folder that need not be there yet.
fn as_it_will_be(folder: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    let there = folder.ancestors().find(|above| above.exists());
    let (Some(there), true) = (
        there,
        !folder.components().any(|part| part == Component::ParentDir),
    ) else {
        return folder.canonicalize();
    };
    let missing = folder.strip_prefix(there).unwrap_or(Path::new(""));
    Ok(there.canonicalize()?.join(missing))
}

/// Room for the indexes of some thousand films.
const INDEX_CACHE_BYTES: u64 = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_among_the_films_must_be_hidden() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("films");
        std::fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink(&root, dir.path().join("link")).unwrap();
        for (folder, fine) in [
            ("indexes", true),
            ("films-indexes", true),
            ("films/.indexes", true),
            ("films/.indexes/below", true),
            ("films", false),
            ("films/indexes", false),
            ("films/indexes/.below", false),
            ("link/indexes", false),
            ("films/../films/indexes", false),
        ] {
            let judged = refuse_served(&root, &dir.path().join(folder));
            assert_eq!(judged.is_ok(), fine, "{folder}: {judged:?}");
        }
    }
}
