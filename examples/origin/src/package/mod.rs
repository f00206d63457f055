//! `flaskflix-origin package`: a film as static files, the same bytes that would be served.
//!
//! Nothing here knows how a film is packaged: the service that would serve it is asked for its playlists, and then for everything
//! that they name.
//!
//! | file | what it holds |
//! |---|---|
//! | `site` | the service, asked without a network |
//! | `links` | what playlists and manifests name |
//! | `crawl` | from the first playlist to the list of all files |
//! | `destination` | the folder to make: all of it or nothing |
//! | `progress` | how far it is, on a terminal and in a log |

mod crawl;
mod destination;
mod links;
mod progress;
mod site;

use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use tokio::select;

use self::{
    crawl::{Crawled, crawl},
    destination::{Destination, Unfinished},
    progress::Progress,
    site::Site,
};
use crate::{args::PackageArgs, film::Film, inspect, signals::Stop, wording::size};

/// Writes a film.
///
/// # Errors
/// When there is no film or it cannot be served, when OUT cannot be made, when the disk is full or fails; [`Interrupted`] after
/// SIGTERM or Ctrl-C. Nothing is left behind then.
pub(crate) async fn run(args: &PackageArgs) -> Result<(), Box<dyn Error>> {
    let stop = Stop::listen()?;
    let destination = Destination::choose(&args.out, args.force)?;
    let film = Film::find(&args.film).await?;
    select! {
        // The work first: a signal that comes with its end is too late.
        biased;
        written = write(&film, &destination) => written,
        () = stop.first() => Err(Interrupted.into()),
    }
}

/// A signal ended the work.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted, nothing was written")
    }
}

impl Error for Interrupted {}

async fn write(film: &Film, destination: &Destination) -> Result<(), Box<dyn Error>> {
    let report = inspect::look(film).await;
    if let Some(reason) = report.reason {
        return Err(format!("the film cannot be packaged: {reason}").into());
    }
    for warning in &report.warnings {
        writeln!(io::stderr(), "warning: {warning}")?;
    }
    let site = Site::of(film)?;
    let Crawled { files, tag } = crawl(&site).await?;
    let bytes = files.iter().map(|file| file.bytes).fold(0, u64::saturating_add);
    destination.refuse_when_short_of(bytes)?;
    let unfinished = destination.begin()?;
    let mut progress = Progress::new(files.len(), bytes);
    for file in &files {
        copy(&site, &file.path, &unfinished, &mut progress)
            .await
            .map_err(|error| destination.explain(error))?;
        // Lets a signal through.
        tokio::task::yield_now().await;
    }
    if site.head(crawl::FIRST).await?.tag != tag {
        return Err("the film was changed while it was read: start again".into());
    }
    destination.finish(unfinished)?;
    progress.finish();
    let (count, out) = (files.len(), destination.path().display());
    writeln!(io::stdout(), "wrote {count} files, {}, to {out}", size(bytes))?;
    Ok(())
}

/// Writes one file.
async fn copy(
    site: &Site,
    path: &str,
    folder: &Unfinished,
    progress: &mut Progress,
) -> Result<(), Box<dyn Error>> {
    let place = folder.path().join(path);
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = File::create_new(&place)?;
    let mut body = site.get(path).await?;
    while let Some(chunk) = body.chunk().await? {
        file.write_all(&chunk)?;
        progress.add(chunk.len());
    }
    progress.file_done();
    Ok(())
}

/// Whether a path is a plain name below a folder: what a playlist says is not trusted with the file system.
fn is_plain(path: &str) -> bool {
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    path.split('/').all(fine) && Path::new(path).is_relative()
}
