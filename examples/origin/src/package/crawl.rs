//! From the first playlist to the list of all files.

use std::{collections::BTreeSet, error::Error};

use super::{links, site::Site};

/// Every film has it, and it names all streams.
pub(super) const FIRST: &str = "master.m3u8";

/// What else there may be beside it.
const BESIDE: [&str; 3] = ["manifest.mpd", "chapters.json", "chapters.vtt"];

/// What there may be beside the playlist of a stream.
const BESIDE_STREAM: &str = "subtitles.vtt";

/// All files of a film.
#[derive(Debug)]
pub(super) struct Crawled {
    /// Sorted: playlists come among their media.
    pub(super) files: Vec<NamedFile>,
    /// The entity tag of the first playlist: changes with everything that is served.
    pub(super) tag: Option<String>,
}

/// One file of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedFile {
    /// Below the title.
    pub(super) path: String,
    pub(super) bytes: u64,
}

/// Finds every file that a player could ask for.
pub(super) async fn crawl(site: &Site) -> Result<Crawled, Box<dyn Error>> {
    let mut found = BTreeSet::new();
    let mut to_read = vec![FIRST.to_owned()];
    to_read.extend(BESIDE.map(str::to_owned));
    while let Some(path) = to_read.pop() {
        if found.contains(&path) {
            continue;
        }
        let Some(text) = site.text(&path).await? else {
            if may_be_missing(&path) {
                continue;
            }
            return Err(format!("{path} is named and is not there").into());
        };
        for link in links_of(&path, &text) {
            let linked = links::resolve(&path, link)
                .ok_or_else(|| format!("{path} names {link:?}, which is no file of this film"))?;
            if is_playlist(&linked) {
                to_read.extend(links::resolve(&linked, BESIDE_STREAM));
                to_read.push(linked);
            } else {
                found.insert(linked);
            }
        }
        found.insert(path);
    }
    let mut files = Vec::with_capacity(found.len());
    for path in found {
        let bytes = site.head(&path).await?.bytes;
        files.push(NamedFile { path, bytes });
    }
    let tag = site.head(FIRST).await?.tag;
    Ok(Crawled { files, tag })
}

/// Whether nobody has named it: it was looked for because there may be one.
fn may_be_missing(path: &str) -> bool {
    BESIDE.contains(&path) || path.rsplit('/').next() == Some(BESIDE_STREAM)
}

fn links_of<'a>(path: &str, text: &'a str) -> Vec<&'a str> {
    if is_playlist(path) {
        links::of_playlist(text)
    } else if has_extension(path, "mpd") {
        links::of_manifest(text)
    } else {
        Vec::new()
    }
}

fn is_playlist(path: &str) -> bool {
    has_extension(path, "m3u8")
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}
