//! One title, from master URL and source files to a report.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    error::CheckError,
    expectation::Expectation,
    fetch,
    judge::judge,
    opinion,
    playlist::{Media, Multivariant},
    probe::{self, Track},
    report::TitleReport,
    segments::{self, Segment},
};

/// Checks one title: every rendition of the master playlist against the files it was made from, or the title's refusal
/// when that is what is expected.
///
/// A check that cannot be made (no answer, no playlist, no `ffprobe`) is a failure of the title.
#[must_use]
pub fn check(title: &str, master_url: &str, sources: &[PathBuf], expected: &Expectation) -> TitleReport {
    let checked = match (fetch::get(master_url), &expected.refused) {
        (Err(CheckError::Refused { reason, .. }), Some(because)) if reason.contains(because) => {
            return TitleReport::refused(title, reason);
        }
        (Ok(_), Some(because)) => {
            return TitleReport::broken(title, format!("it is served and should be refused: {because}"));
        }
        (Err(error), _) => Err(error),
        (Ok(master), None) => served(title, master_url, master, sources, expected),
    };
    checked.unwrap_or_else(|error| TitleReport::broken(title, error.to_string()))
}

fn served(
    title: &str,
    master_url: &str,
    master: Vec<u8>,
    sources: &[PathBuf],
    expected: &Expectation,
) -> Result<TitleReport, CheckError> {
    let (master, renditions) = download(master_url, master)?;
    let tracks = if expected.only_served {
        renditions
            .iter()
            .map(|rendition| rendition.tracks.clone())
            .collect()
    } else {
        sources
            .iter()
            .map(|file| probe::source(file))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut report = judge(title, &master, &renditions, &tracks, expected);
    if !expected.only_served {
        report.failures.extend(opinion::ladder(master_url));
    }
    Ok(report)
}

/// One media playlist with all that it names.
#[derive(Debug)]
pub struct Rendition {
    /// As the multivariant playlist names it.
    pub uri: String,
    /// What it says.
    pub media: Media,
    /// Its init segment, empty when it has none.
    pub init: Vec<u8>,
    /// What was downloaded.
    pub segments: Vec<Segment>,
    /// What other readers find wrong with its playlist.
    pub objections: Vec<String>,
    /// What `ffprobe` read, playing it through.
    pub tracks: Vec<Track>,
}

fn download(master_url: &str, master: Vec<u8>) -> Result<(Multivariant, Vec<Rendition>), CheckError> {
    let master = utf_8(master_url, master)?;
    let master = Multivariant::parse(&master).map_err(|reason| CheckError::Playlist {
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
            let text = utf_8(&url, fetch::get(&url)?)?;
            let media = Media::parse(&text).map_err(|reason| CheckError::Playlist {
                url: url.clone(),
                reason,
            })?;
            let init = match &media.init {
                Some(uri) => fetch::get(&fetch::resolve(&url, uri))?,
                None => Vec::new(),
            };
            Ok(Rendition {
                uri: uri.clone(),
                segments: segments::download(&url, &media, &init)?,
                init,
                objections: opinion::playlist(&text, media.segments.len()),
                tracks: probe::playlist(uri, &url)?,
                media,
            })
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    Ok((master, renditions))
}

fn utf_8(url: &str, text: Vec<u8>) -> Result<String, CheckError> {
    String::from_utf8(text).map_err(|_| CheckError::Playlist {
        url: url.to_owned(),
        reason: "it is not UTF-8".to_owned(),
    })
}
