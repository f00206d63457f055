//! One title, from master URL and source files to a report.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    error::CheckError,
    fetch,
    judge::judge,
    playlist::{Media, Multivariant},
    probe::{self, Track},
    report::TitleReport,
    segments::{self, Segment},
};

/// Checks one title: every rendition of the master playlist against the files it was made from.
///
/// A check that cannot be made (no answer, no playlist, no `ffprobe`) is a failure of the title.
#[must_use]
pub fn check(title: &str, master_url: &str, sources: &[PathBuf]) -> TitleReport {
    download(master_url)
        .and_then(|(master, renditions)| {
            let tracks = sources
                .iter()
                .map(|file| probe::source(file))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(judge(title, &master, &renditions, &tracks))
        })
        .unwrap_or_else(|error| TitleReport::broken(title, error.to_string()))
}

/// One media playlist with all that it names.
#[derive(Debug)]
pub struct Rendition {
    /// As the multivariant playlist names it.
    pub uri: String,
    /// What it says.
    pub media: Media,
    /// What was downloaded.
    pub segments: Vec<Segment>,
    /// What `ffprobe` read, playing it through.
    pub tracks: Vec<Track>,
}

fn download(master_url: &str) -> Result<(Multivariant, Vec<Rendition>), CheckError> {
    let master = Multivariant::parse(&text(master_url)?).map_err(|reason| CheckError::Playlist {
        url: master_url.to_owned(),
        reason,
    })?;
    let mut seen = BTreeSet::new();
    let variants = master.variants.iter().map(|variant| &variant.uri);
    let renditions = variants
        .chain(master.audio.iter().map(|audio| &audio.uri))
        .filter(|uri| seen.insert(uri.as_str()))
        .map(|uri| {
            let url = fetch::resolve(master_url, uri);
            let media = Media::parse(&text(&url)?).map_err(|reason| CheckError::Playlist {
                url: url.clone(),
                reason,
            })?;
            Ok(Rendition {
                uri: uri.clone(),
                segments: segments::download(&url, &media)?,
                tracks: probe::playlist(uri, &url)?,
                media,
            })
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    Ok((master, renditions))
}

fn text(url: &str) -> Result<String, CheckError> {
    String::from_utf8(fetch::get(url)?).map_err(|_| CheckError::Playlist {
        url: url.to_owned(),
        reason: "it is not UTF-8".to_owned(),
    })
}
