//! One title, from master URL and source files to a report.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    description::Description,
    error::CheckError,
    expectation::Expectation,
    fetch,
    judge::judge,
    key_frames, opinion,
    playlist::{Media, Multivariant},
    probe::{self, Track},
    report::TitleReport,
    segments::{self, Segment},
    subtitles,
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
    let is_text = |path: &&PathBuf| subtitles::is_subtitle_file(path);
    let (texts, films): (Vec<_>, Vec<_>) = sources.iter().partition(is_text);
    let tracks = if expected.only_served {
        renditions
            .iter()
            .map(|rendition| rendition.tracks.clone())
            .collect()
    } else {
        films
            .iter()
            .map(|file| probe::source(file))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut report = judge(title, &master, &renditions, &tracks, expected);
    report.encrypted = renditions.iter().all(Rendition::is_encrypted);
    let served_texts = download_texts(master_url, &master)?;
    if !expected.only_served {
        report.failures.extend(opinion::ladder(master_url));
        let wanted = wanted_texts(&films, &tracks, &texts)?;
        report.cues = wanted.iter().map(|text| text.cues.len()).sum();
        let offset = report.offset_us.unwrap_or(0);
        report
            .failures
            .extend(subtitles::faults(&served_texts, &wanted, offset));
        judge_key_frames(master_url, &master, &renditions, expected, &mut report)?;
    }
    if let Some(description) = Description::download(master_url)? {
        report.described = description.streams();
        let faults = description.faults(master_url, &renditions, &served_texts);
        report.failures.extend(faults);
    }
    Ok(report)
}

fn judge_key_frames(
    master_url: &str,
    master: &Multivariant,
    renditions: &[Rendition],
    expected: &Expectation,
    report: &mut TitleReport,
) -> Result<(), CheckError> {
    let lists = master.key_frames.iter().map(|attributes| {
        let uri = attributes.get("URI").map_or("", String::as_str);
        key_frames::download(master_url, uri, attributes)
    });
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    report.key_frames = lists.iter().map(|list| list.entries.len()).sum();
    report
        .failures
        .extend(key_frames::faults(master, &lists, renditions, expected.recovers));
    Ok(())
}

/// The subtitles that the title should have: those of its films' tracks, then those of the files beside them.
fn wanted_texts(
    films: &[&PathBuf],
    tracks: &[Vec<Track>],
    files: &[&PathBuf],
) -> Result<Vec<subtitles::Source>, CheckError> {
    let mut wanted = Vec::new();
    for (film, tracks) in films.iter().zip(tracks) {
        wanted.extend(subtitles::of_tracks(film, tracks)?);
    }
    for file in files {
        wanted.push(subtitles::of_file(file)?);
    }
    // What shows nothing needs no rendition.
    wanted.retain(|text| !text.cues.is_empty());
    Ok(wanted)
}

fn download_texts(master_url: &str, master: &Multivariant) -> Result<Vec<subtitles::Rendition>, CheckError> {
    let mut seen = BTreeSet::new();
    let uris = master.subtitles.iter().filter(|uri| seen.insert(uri.as_str()));
    uris.map(|uri| {
        let url = fetch::resolve(master_url, uri);
        subtitles::Rendition::download(uri, &url, &media_playlist(&url)?.1)
    })
    .collect()
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

impl Rendition {
    /// Whether every segment of it is encrypted.
    fn is_encrypted(&self) -> bool {
        self.media
            .segments
            .iter()
            .all(|segment| segment.encryption.is_some())
    }
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
            let (text, media) = media_playlist(&url)?;
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

fn media_playlist(url: &str) -> Result<(String, Media), CheckError> {
    let text = utf_8(url, fetch::get(url)?)?;
    let media = Media::parse(&text).map_err(|reason| CheckError::Playlist {
        url: url.to_owned(),
        reason,
    })?;
    Ok((text, media))
}

fn utf_8(url: &str, text: Vec<u8>) -> Result<String, CheckError> {
    String::from_utf8(text).map_err(|_| CheckError::Playlist {
        url: url.to_owned(),
        reason: "it is not UTF-8".to_owned(),
    })
}
