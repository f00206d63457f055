//! `flaskflix-server backup`.

use std::{
    error::Error,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use flaskflix_core::{
    ErrorChain,
    time::{Clock as _, SystemClock},
};

use super::{
    bar::bar,
    files::{self, FileRecord, Hashing},
    films::Films,
    manifest::{DATABASE, FORMAT, MANIFEST, Manifest},
    snapshot,
};
use crate::{data_folder::DataFolder, database::Database, settings::Settings};

/// What to save, and where.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder to make; it must not be there
    dir: PathBuf,
    /// What to note of the films, which are not copied
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = MediaDetail::Hashes)]
    media: MediaDetail,
}

/// What is noted, or compared, of the films: of the media folder, or of the store of `media_url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MediaDetail {
    /// Path, size and SHA-256 of every file: reads all of it
    Hashes,
    /// Path and size
    Sizes,
    /// Nothing
    None,
}

type Failure = Box<dyn Error + Send + Sync>;

/// Makes a backup, also while the server runs. The folder has its name when it is whole, and not before.
///
/// # Errors
/// What is in the way; then there is no such folder.
pub(crate) async fn save(args: &BackupArgs, settings: &Settings) -> Result<(), Failure> {
    let target = &args.dir;
    // A link that points nowhere is something, too.
    if target.symlink_metadata().is_ok() {
        return Err(format!("{} is there already: name a new folder", target.display()).into());
    }
    let partial = partial(target)?;
    files::create_folder(&partial)
        .map_err(|error| format!("the folder {} cannot be made: {error}", partial.display()))?;
    let saved = fill(&partial, args, settings).await;
    let placed = saved.and_then(|manifest| place(&partial, target).map(|()| manifest));
    if placed.is_err() {
        // What is left over is no backup; the first error is the one to tell.
        let _ = fs::remove_dir_all(&partial);
    }
    let manifest = placed?;
    let rows: u64 = manifest.rows.values().sum();
    let media: u64 = manifest.media.iter().map(|record| record.bytes).sum();
    writeln!(
        io::stdout(),
        "{}: {rows} rows of {}, {} files; noted {} media files of {media} bytes",
        target.display(),
        settings.database_place(),
        manifest.files.len(),
        manifest.media.len(),
    )?;
    Ok(())
}

/// Beside the target, so that it can be renamed.
fn partial(target: &Path) -> Result<PathBuf, Failure> {
    let name = target.file_name().ok_or("the backup needs a name of its own")?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{:08x}.partial", rand::random::<u32>()));
    Ok(target.with_file_name(hidden))
}

async fn fill(folder: &Path, args: &BackupArgs, settings: &Settings) -> Result<Manifest, Failure> {
    let data = DataFolder::open(&settings.data)?;
    let mut records = Vec::new();
    files::create_folder(&folder.join(KEYS))?;
    for key in [data.key_file(), data.content_key_file()] {
        if let Some(name) = key
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|_| key.exists())
        {
            records.push(files::copy(&key, folder, &format!("{KEYS}/{name}"))?);
        }
    }
    files::create_folder(&folder.join(POSTERS))?;
    let posters = settings.posters();
    // Before the snapshot: a poster of it may be removed meanwhile.
    copy_posters(&posters, folder, &mut records)?;
    let database = Database::open(settings, &data).await?;
    let out = BufWriter::new(files::create(&folder.join(DATABASE))?);
    let mut out = Hashing::new(out);
    let rows = snapshot::write(&database, &mut out).await;
    let engine = database.engine().to_owned();
    database.close().await;
    let rows = rows?;
    let (record, out) = out.finish(DATABASE);
    out.into_inner()?.sync_all()?;
    records.push(record);
    // And behind it: a poster of it may be new.
    copy_posters(&posters, folder, &mut records)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: SystemClock.now_millis().to_string(),
        engine,
        files: records,
        rows,
        media: note_media(settings, args.media).await?,
    };
    let mut file = files::create(&folder.join(MANIFEST))?;
    file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    file.sync_all()?;
    Ok(manifest)
}

/// Those that are not copied yet: a name tells what is in the file.
fn copy_posters(posters: &Path, folder: &Path, records: &mut Vec<FileRecord>) -> Result<(), Failure> {
    if !posters.is_dir() {
        return Ok(());
    }
    for FileRecord { path: name, .. } in files::below(posters)? {
        let path = format!("{POSTERS}/{name}");
        // A name with a dot in front is being written.
        let is_known = records.iter().any(|record| record.path == path);
        if is_known || name.starts_with('.') || name.contains('/') {
            continue;
        }
        match files::copy(&posters.join(&name), folder, &path) {
            Ok(record) => records.push(record),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("the poster {name} cannot be copied: {error}").into()),
        }
    }
    Ok(())
}

async fn note_media(settings: &Settings, detail: MediaDetail) -> Result<Vec<FileRecord>, Failure> {
    if detail == MediaDetail::None {
        return Ok(Vec::new());
    }
    let films = Films::of(settings)?;
    let found = films.sizes().await?;
    if detail == MediaDetail::Sizes {
        return Ok(found);
    }
    let bar = bar("hashing media", found.iter().map(|record| record.bytes).sum());
    let mut noted = Vec::new();
    for file in found {
        let record = films.record(&file.path, &mut |bytes| bar.inc(bytes)).await;
        let cannot_read = |error| format!("the media file {} cannot be read: {}", file.path, text(&error));
        noted.push(record.map_err(cannot_read)?);
    }
    bar.finish_and_clear();
    Ok(noted)
}

/// An error with its causes, for a line of text.
pub(super) fn text(error: &io::Error) -> String {
    ErrorChain(error).to_string()
}

fn place(partial: &Path, target: &Path) -> Result<(), Failure> {
    for folder in [partial.join(KEYS), partial.join(POSTERS), partial.to_owned()] {
        File::open(folder)?.sync_all()?;
    }
    // Onto a folder that has come meanwhile a rename fails, unless it is empty.
    fs::rename(partial, target)?;
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// The folder of keys in a backup.
pub(super) const KEYS: &str = "keys";
/// The folder of posters in a backup.
pub(super) const POSTERS: &str = "posters";
