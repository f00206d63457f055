//! Blocks of films near at hand: memory and a local disk over the films, for folders and stores that are far away.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use flaskflix_core::source::ByteSource;
use flaskflix_storage::tiers::{TierOptions, TieredSource};

use crate::indexes;

/// What is kept, and where.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args)]
pub(crate) struct CacheArgs {
    /// Keep up to this much of what is read in memory, such as 512MiB or 4GiB [default: none; the page cache of a local disk is as good].
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    cache_memory: Option<u64>,
    /// Keep what is read in this folder of a local disk, checksummed, beyond a restart; it is made when it is not there.
    #[arg(long, value_name = "DIR", requires = "cache_disk_size")]
    cache_disk: Option<PathBuf>,
    /// The most that is kept there, such as 100GiB.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, requires = "cache_disk")]
    cache_disk_size: Option<u64>,
}

/// The source with the tiers that were asked for; itself when there are none.
///
/// # Errors
/// When the folder cannot be used, lies where it would be served, or is another process's.
pub(crate) fn over(
    source: Arc<dyn ByteSource>,
    args: &CacheArgs,
    root: Option<&Path>,
) -> Result<Arc<dyn ByteSource>, CacheDirError> {
    if args.cache_memory.is_none() && args.cache_disk.is_none() {
        return Ok(source);
    }
    let mut options = TierOptions::default().memory_bytes(args.cache_memory.unwrap_or(0));
    let folder = args.cache_disk.as_deref();
    let fault = |cause| CacheDirError {
        folder: folder.map(Path::to_owned).unwrap_or_default(),
        cause,
    };
    if let Some(folder) = folder {
        root.map_or(Ok(()), |root| indexes::refuse_served(root, folder))
            .map_err(fault)?;
        options = options.disk(folder, args.cache_disk_size.unwrap_or(0));
    }
    Ok(Arc::new(TieredSource::new(source, &options).map_err(fault)?))
}

/// The folder for blocks cannot be used.
#[derive(Debug)]
pub(crate) struct CacheDirError {
    folder: PathBuf,
    cause: io::Error,
}

impl std::fmt::Display for CacheDirError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot keep blocks of films in {}", self.folder.display())
    }
}

impl std::error::Error for CacheDirError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Reads `500000`, `512KiB`, `64MiB`, `100GiB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits) {
        Some("" | "B") => 1,
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        Some("GiB") => 1 << 30,
        Some("TiB") => 1 << 40,
        _ => return Err("not a size: write 512MiB or 100GiB".into()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .ok_or_else(|| "not a size: write 512MiB or 100GiB".into())
}

#[cfg(test)]
mod tests {
    use flaskflix_storage::memory::MemorySource;

    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("500000", 500_000),
            ("512KiB", 512 << 10),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MiB", "1MB", "1 MiB", "-1", "1.5GiB", "99999999999GiB"] {
            assert!(parse_size(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_folder_is_not_among_the_films_and_not_another_process_s() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("films");
        std::fs::create_dir(&root).unwrap();
        let with = |folder: PathBuf| CacheArgs {
            cache_disk: Some(folder),
            cache_disk_size: Some(1 << 20),
            ..CacheArgs::default()
        };
        let open = |args: &CacheArgs| over(Arc::new(MemorySource::new()), args, Some(&root));
        assert!(open(&with(root.join("blocks"))).is_err());
        let beside = with(dir.path().join("blocks"));
        let first = open(&beside).unwrap();
        assert_eq!(
            open(&beside).unwrap_err().cause.kind(),
            io::ErrorKind::ResourceBusy
        );
        drop(first);
        open(&beside).unwrap();
    }
}
