//! Films near at hand: blocks of them in memory and on a local disk, as the settings say.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use flaskflix_core::source::ByteSource;
use flaskflix_storage::tiers::{TierOptions, TieredSource};

use crate::{Settings, app::StartError};

/// The source with the tiers that were asked for; itself when there are none.
///
/// # Errors
/// When the folder cannot be used, lies among the films, or is another server's.
pub(crate) fn over(
    source: Arc<dyn ByteSource>,
    settings: &Settings,
) -> Result<Arc<dyn ByteSource>, StartError> {
    if settings.cache_memory == 0 && settings.cache_disk.is_none() {
        return Ok(source);
    }
    let mut options = TierOptions::default().memory_bytes(settings.cache_memory);
    let mut doing = "keep films in memory".to_owned();
    if let Some(folder) = &settings.cache_disk {
        doing = format!("keep films in {}", folder.display());
        let media = settings.media_url.is_none().then(|| settings.media());
        let folder = apart(folder, media.as_deref()).map_err(|cause| StartError::new(&*doing, cause))?;
        options = options.disk(folder, settings.cache_disk_size);
    }
    let tiered = TieredSource::new(source, &options).map_err(|cause| StartError::new(doing, cause))?;
    Ok(Arc::new(tiered))
}

/// Makes the folder, and refuses one that lies among the films: its files would be films to an administrator of the pages.
fn apart(folder: &Path, media: Option<&Path>) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    std::fs::create_dir_all(folder)?;
    // Symbolic links followed: what counts is where the folders are.
    let folder = folder.canonicalize()?;
    if let Some(media) = media
        && folder.starts_with(media.canonicalize()?)
    {
        return Err("it lies in the media folder".into());
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use flaskflix_storage::memory::MemorySource;

    use super::*;

    #[test]
    fn the_folder_is_not_among_the_films_and_not_another_server_s() {
        let dir = tempfile::tempdir().unwrap();
        let media = dir.path().join("media");
        std::fs::create_dir(&media).unwrap();
        let mut settings = Settings {
            media: Some(media.clone()),
            ..Settings::default()
        };
        let open = |settings: &Settings| over(Arc::new(MemorySource::new()), settings);
        settings.cache_disk = Some(media.join("blocks"));
        assert!(open(&settings).is_err());
        settings.cache_disk = Some(dir.path().join("blocks"));
        let first = open(&settings).unwrap();
        assert!(open(&settings).is_err());
        drop(first);
        open(&settings).unwrap();
    }
}
