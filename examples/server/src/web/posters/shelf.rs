//! The folder of posters: files named after what they hold.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use bytes::Bytes;
use flaskflix_core::{
    id::AssetKey,
    mp4::{CoverFinder, CoverStep, Limits},
    source::{ByteSource as _, read_to_bytes},
};
use flaskflix_storage::sql::SqlError;
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::image::{Format, Image, ImageError};
use crate::{app::App, database::Statement, web::Problem};

/// The name of a stored poster: its SHA-256 and the extension of its format. Nothing of it comes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PosterName {
    digest: String,
    format: Format,
}

impl PosterName {
    fn of(file: &[u8], format: Format) -> Self {
        let mut digest = String::new();
        for byte in Sha256::digest(file) {
            // Writing to a string does not fail.
            let _ = write!(digest, "{byte:02x}");
        }
        Self { digest, format }
    }

    /// Reads a name as [`file_name`](Self::file_name) writes it, and no other.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (digest, extension) = name.split_once('.')?;
        let is_digest = digest.len() == 64
            && digest
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        Some(Self {
            digest: digest.to_owned(),
            format: Format::of_extension(extension)?,
        })
        .filter(|_| is_digest)
    }

    /// Reads the address of a stored poster.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        Self::parse(url.strip_prefix(UPLOADED)?)
    }

    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    fn file_name(&self) -> String {
        format!("{}.{}", self.digest, self.format.extension())
    }

    /// Its address, as it stands in the movie's row.
    pub(crate) fn url(&self) -> String {
        format!("{UPLOADED}{}", self.file_name())
    }
}

/// Stores an image, unless it is stored already, and returns its name. Durable when it returns.
pub(crate) async fn store(folder: &Path, file: Bytes) -> Result<PosterName, StoreError> {
    let image = Image::parse(&file)?;
    let name = PosterName::of(&file, image.format);
    let (folder, path) = (folder.to_owned(), folder.join(name.file_name()));
    let written = spawn_blocking(move || write(&folder, &path, &file)).await;
    written.map_err(io::Error::other)??;
    Ok(name)
}

/// Beside the place and renamed, so that nobody ever reads half of it.
fn write(folder: &Path, path: &Path, file: &[u8]) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let beside = folder.join(format!(".{:016x}", rand::random::<u64>()));
    let mut out = std::fs::File::create_new(&beside)?;
    let written = out.write_all(file).and_then(|()| out.sync_all());
    let placed = written.and_then(|()| std::fs::rename(&beside, path));
    if placed.is_err() {
        // What is left over is not served; the first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
    }
    placed?;
    std::fs::File::open(folder)?.sync_all()
}

/// Reads a stored poster.
pub(super) async fn read(folder: &Path, name: &PosterName) -> Result<Vec<u8>, Problem> {
    let path = folder.join(name.file_name());
    let read = spawn_blocking(move || std::fs::read(path)).await;
    match read.map_err(io::Error::other).and_then(|read| read) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Problem::not_found()),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Removes a movie's stored poster when no other movie has it. That the file was gone already is no failure.
pub(crate) async fn forget(app: &App, url: Option<&str>) -> Result<(), Problem> {
    let Some((url, name)) = url.and_then(|url| Some((url, PosterName::of_url(url)?))) else {
        return Ok(());
    };
    let movies = Statement::new("SELECT count(*) FROM movies WHERE poster = $1").bind(url);
    let users = app.database().count(movies).await.map_err(SqlError::from)?;
    if users == 0 {
        remove(app.posters_folder(), &name).await;
    }
    Ok(())
}

async fn remove(folder: &Path, name: &PosterName) {
    let path = folder.join(name.file_name());
    let removed = spawn_blocking(move || std::fs::remove_file(path)).await;
    if let Ok(Err(error)) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a poster that nobody uses is left over");
    }
}

/// The cover inside a film, when it has one that can be a poster. What is wrong with the file is told elsewhere.
pub(crate) async fn cover(app: &App, asset: &AssetKey) -> Option<Bytes> {
    let object = app.files().open(asset).await.ok()?;
    let limits = Limits {
        max_cover_bytes: app.settings().max_upload,
        ..Limits::default()
    };
    let mut finder = CoverFinder::new(object.info().len, &limits);
    loop {
        match finder.step().ok()? {
            CoverStep::Read(range) => finder.supply(read_to_bytes(&object, range).await.ok()?),
            CoverStep::Done(cover) => {
                return cover
                    .map(|cover| cover.bytes)
                    .filter(|bytes| Image::parse(bytes).is_ok());
            }
        }
    }
}

/// Why an image was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The image is at fault.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The folder of posters is.
    #[error("the poster cannot be stored")]
    Io(#[from] io::Error),
}

const UPLOADED: &str = "/posters/uploaded/";

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x90\0\0\x02\x58";

    #[test]
    fn only_names_of_ours_are_names() {
        let digest = "0123456789abcdef".repeat(4);
        let name = PosterName::parse(&format!("{digest}.png")).unwrap();
        assert_eq!(PosterName::of_url(&name.url()), Some(name));
        for bad in [
            "x.png".to_owned(),
            format!("{digest}.svg"),
            format!("{digest}.png.html"),
            format!("{}.png", digest.to_uppercase()),
            format!("../{digest}.png"),
            format!("{digest}/../x.png"),
            digest,
        ] {
            assert_eq!(PosterName::parse(&bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn the_same_image_is_stored_once_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(folder.path(), Bytes::from_static(PNG)).await.unwrap();
        let second = store(folder.path(), Bytes::from_static(PNG)).await.unwrap();
        assert_eq!(first, second);
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, [first.file_name()]);
        assert_eq!(read(folder.path(), &first).await.unwrap(), PNG);
        remove(folder.path(), &first).await;
        assert!(read(folder.path(), &first).await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_image_is_not_stored() {
        let folder = tempfile::tempdir().unwrap();
        let refused = store(folder.path(), Bytes::from_static(b"<svg/>")).await;
        assert!(matches!(refused, Err(StoreError::Image(ImageError::NotAnImage))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
