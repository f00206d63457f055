//! What a backup holds.

use std::{error::Error, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    files::{self, FileRecord},
    snapshot::Counts,
};

/// The file `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of the format.
    pub(super) format: u32,
    /// The version of the program that made it.
    pub(super) program: String,
    /// When: UTC.
    pub(super) made_at: String,
    /// The database that it was made of: `sqlite` or `postgres`. It can be restored into either.
    pub(super) engine: String,
    /// The files of the backup itself.
    pub(super) files: Vec<FileRecord>,
    /// How many rows each table has.
    pub(super) rows: Counts,
    /// The files of the media folder, or the objects of the store, which are not in the backup.
    pub(super) media: Vec<FileRecord>,
}

impl Manifest {
    /// Reads it, and looks whether the backup is whole: every file there, and as it was written.
    ///
    /// # Errors
    /// Names the file that is not.
    pub(super) fn verified(folder: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!("{} is no whole backup: it has no {MANIFEST}", folder.display())
            }
            _ => format!("{} cannot be read: {error}", path.display()),
        })?;
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if manifest.format != FORMAT {
            let found = manifest.format;
            return Err(format!(
                "the backup has format {found}, this program knows {FORMAT}: use a newer one"
            )
            .into());
        }
        for record in &manifest.files {
            if !record.is_inside() {
                return Err(
                    format!("the manifest names {}, which is outside the backup", record.path).into(),
                );
            }
            let found = files::record(folder, &record.path, &mut |_| {})
                .map_err(|error| format!("{} of the backup: {error}", record.path))?;
            if found != *record {
                return Err(format!("{} of the backup was changed since it was made", record.path).into());
            }
        }
        Ok(manifest)
    }
}

/// Its name.
pub(super) const MANIFEST: &str = "manifest.json";
/// The tables.
pub(super) const DATABASE: &str = "database.jsonl";
/// The version that this program writes and reads.
pub(super) const FORMAT: u32 = 1;
