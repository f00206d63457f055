//! `flaskflix-server restore`.

use std::{
    error::Error,
    fs::{self, File},
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    bar::bar,
    films::Films,
    manifest::{DATABASE, Manifest},
    save::{KEYS, MediaDetail, POSTERS, text},
    snapshot,
};
use crate::{
    data_folder::{DataFolder, write_whole},
    database::Database,
    settings::Settings,
};

/// What to restore.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The folder of the backup
    dir: PathBuf,
    /// What to compare of the films, which are not in the backup
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = MediaDetail::Hashes)]
    media: MediaDetail,
    /// Check the backup and the films, and change nothing
    #[arg(long)]
    check: bool,
}

type Failure = Box<dyn Error + Send + Sync>;

/// Puts a backup into a data folder and a database that hold nothing yet, and says which films are missing or other ones.
///
/// # Errors
/// What is in the way; then nothing that was there has been changed. With `--check` a film that differs is an error.
pub(crate) async fn restore(args: &RestoreArgs, settings: &Settings) -> Result<(), Failure> {
    let manifest = Manifest::verified(&args.dir)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{}: whole, made {} by {} from {}",
        args.dir.display(),
        manifest.made_at,
        manifest.program,
        manifest.engine
    )?;
    if !args.check {
        fill(&args.dir, &manifest, settings).await?;
        let rows: u64 = manifest.rows.values().sum();
        writeln!(out, "restored {rows} rows into {}", settings.database_place())?;
    }
    let differing = compare_media(&manifest, args.media, settings, &mut out).await?;
    match differing {
        0 => Ok(()),
        _ if args.check => Err(format!("{differing} media files differ").into()),
        // The rest is restored: the films come by another way.
        _ => Ok(()),
    }
}

async fn fill(backup: &Path, manifest: &Manifest, settings: &Settings) -> Result<(), Failure> {
    let data = DataFolder::open(&settings.data)?;
    // No server of this folder may run meanwhile.
    let _lock = data.lock()?;
    let (keys, posters) = (settings.data.clone(), settings.posters());
    let mut new = Vec::new();
    for record in &manifest.files {
        let target = match record.path.split_once('/') {
            Some((KEYS, name)) => keys.join(name),
            Some((POSTERS, name)) => posters.join(name),
            _ => continue,
        };
        let wanted = fs::read(backup.join(&record.path))?;
        match fs::read(&target) {
            Ok(there) if there == wanted => {}
            Ok(_) => {
                let target = target.display();
                return Err(
                    format!("{target} is there and is another one: restore into a new data folder").into(),
                );
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => new.push((target, wanted)),
            Err(error) => return Err(format!("{} cannot be read: {error}", target.display()).into()),
        }
    }
    let database = Database::open(settings, &data).await?;
    let filled = fill_database(backup, manifest, &database, || {
        fs::create_dir_all(&posters)?;
        new.iter()
            .try_for_each(|(target, content)| write_whole(target, content, 0o600))
    })
    .await;
    database.close().await;
    filled
}

/// The files go before the rows: a run that is killed in between finds files that are as they should be, and an empty database, and can
/// be repeated.
async fn fill_database(
    backup: &Path,
    manifest: &Manifest,
    database: &Database,
    write_files: impl FnOnce() -> io::Result<()>,
) -> Result<(), Failure> {
    snapshot::expect_empty(database).await?;
    write_files()?;
    let mut text = BufReader::new(File::open(backup.join(DATABASE))?);
    snapshot::read(database, &mut text, &manifest.rows).await
}

/// Says of every media file that is missing or another one. Returns how many there are.
async fn compare_media(
    manifest: &Manifest,
    detail: MediaDetail,
    settings: &Settings,
    out: &mut impl io::Write,
) -> Result<u64, Failure> {
    if detail == MediaDetail::None || manifest.media.is_empty() {
        return Ok(0);
    }
    let films = Films::of(settings)?;
    let there = films.look().await?;
    let bar = bar(
        "comparing media",
        manifest.media.iter().map(|record| record.bytes).sum(),
    );
    let mut differing = 0_u64;
    for record in &manifest.media {
        let fault = match there.size(&record.path) {
            _ if !record.is_inside() => Some("is outside the media folder".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some("is missing".to_owned()),
            Err(error) => Some(format!("cannot be read: {}", text(&error))),
            Ok(size) if size != record.bytes => Some(format!("has {size} bytes, not {}", record.bytes)),
            Ok(_) if detail == MediaDetail::Sizes || record.sha256.is_none() => None,
            Ok(_) => match films.record(&record.path, &mut |bytes| bar.inc(bytes)).await {
                Ok(found) if found == *record => None,
                Ok(_) => Some("has other content".to_owned()),
                Err(error) => Some(format!("cannot be read: {}", text(&error))),
            },
        };
        if let Some(fault) = fault {
            bar.suspend(|| writeln!(out, "media: {} {fault}", record.path))?;
            differing = differing.saturating_add(1);
        }
    }
    bar.finish_and_clear();
    writeln!(
        out,
        "media: {} files compared with {films}, {differing} differ",
        manifest.media.len(),
    )?;
    Ok(differing)
}
