//! Subtitles: every cue of the source, in every segment that it touches, at its time.
//!
//! The sources (tracks and files) are read by `ffmpeg -f webvtt`, what is served by the small reader below. Tags are left out of
//! the comparison, because the formats spell them differently; text, start and end are not.

use std::{ops::Range, path::Path, process::Command};

use crate::{
    error::CheckError,
    fetch,
    playlist::Media,
    probe::{Kind, Track},
};

/// One cue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in microseconds.
    pub start_us: i64,
    /// When it goes, in microseconds.
    pub end_us: i64,
    /// Its lines without tags, escapes and empty lines.
    pub text: String,
}

/// The cues of one track or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What people call it.
    pub label: String,
    /// In the order of `ffmpeg`, at the times of the source.
    pub cues: Vec<Cue>,
}

/// One rendition of subtitles with all its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// As the multivariant playlist names it.
    pub uri: String,
    /// In order.
    pub segments: Vec<Page>,
}

/// One segment of subtitles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The time that its playlist gives it, in microseconds from the start of the playlist.
    pub time_us: Range<i64>,
    /// `X-TIMESTAMP-MAP`: the time of the fragments at local zero, in microseconds.
    pub map_us: Option<i64>,
    /// In order, at local times.
    pub cues: Vec<Cue>,
}

impl Rendition {
    /// Downloads every segment of a rendition.
    ///
    /// # Errors
    /// [`CheckError`] when something cannot be had, or is no `WebVTT`.
    pub fn download(uri: &str, playlist_url: &str, media: &Media) -> Result<Self, CheckError> {
        let mut start = 0_i64;
        let segments = media.segments.iter().map(|segment| {
            let end = start.saturating_add(i64::try_from(segment.duration_us).unwrap_or(i64::MAX));
            let time_us = std::mem::replace(&mut start, end)..end;
            let url = fetch::resolve(playlist_url, &segment.uri);
            let text = String::from_utf8_lossy(&fetch::get(&url)?).into_owned();
            let (map_us, cues) = parse(&text).map_err(|reason| CheckError::Fetch { url, reason })?;
            Ok(Page {
                time_us,
                map_us,
                cues,
            })
        });
        Ok(Self {
            uri: uri.to_owned(),
            segments: segments.collect::<Result<_, CheckError>>()?,
        })
    }

    /// Every cue once, at local times.
    #[must_use]
    pub fn cues(&self) -> Vec<Cue> {
        let mut all: Vec<Cue> = Vec::new();
        for cue in self.segments.iter().flat_map(|page| &page.cues) {
            if !all.contains(cue) {
                all.push(cue.clone());
            }
        }
        all.sort_by_key(|cue| (cue.start_us, cue.end_us));
        all
    }

    fn end_us(&self) -> i64 {
        self.segments.last().map_or(0, |page| page.time_us.end)
    }
}

/// The subtitles of a film's tracks, in their order.
///
/// # Errors
/// [`CheckError::Probe`] when `ffmpeg` cannot read one.
pub fn of_tracks(film: &Path, tracks: &[Track]) -> Result<Vec<Source>, CheckError> {
    let texts = tracks.iter().enumerate();
    texts
        .filter(|(_, track)| track.kind == Kind::Other && TEXT_CODECS.contains(&track.codec.as_str()))
        .map(|(index, track)| read(film, index, &track.label))
        .collect()
}

/// The subtitles of a file beside the film.
///
/// # Errors
/// [`CheckError::Probe`] when `ffmpeg` cannot read it.
pub fn of_file(file: &Path) -> Result<Source, CheckError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    read(file, 0, &name)
}

/// `ffprobe`'s names of what is served as text.
const TEXT_CODECS: [&str; 3] = ["mov_text", "webvtt", "subrip"];

fn read(file: &Path, stream: usize, label: &str) -> Result<Source, CheckError> {
    let fail = |reason: String| CheckError::Probe {
        input: label.to_owned(),
        reason,
    };
    let is_film = !is_subtitle_file(file);
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-copyts"])
        // As packets are read (see `probe`): moved by the edit list, nothing dropped.
        .args(["-advanced_editlist", "0"].iter().filter(|_| is_film))
        .arg("-i")
        .arg(file)
        .args(["-map", &format!("0:{stream}"), "-f", "webvtt", "-"])
        .output()
        .map_err(|error| fail(format!("ffmpeg cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let (_, cues) = parse(&String::from_utf8_lossy(&output.stdout)).map_err(fail)?;
    Ok(Source {
        label: label.to_owned(),
        cues,
    })
}

/// Whether a file holds subtitles, by its name.
#[must_use]
pub fn is_subtitle_file(path: &Path) -> bool {
    let known = |extension: &std::ffi::OsStr| {
        ["vtt", "srt"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.extension().is_some_and(known)
}

/// All that is wrong with a title's subtitles. `offset_us` is by how much the fragments are later than the source.
#[must_use]
pub fn faults(renditions: &[Rendition], sources: &[Source], offset_us: i64) -> Vec<String> {
    let mut faults: Vec<String> = renditions.iter().flat_map(placement_faults).collect();
    let mut free: Vec<&Rendition> = renditions.iter().collect();
    for source in sources {
        let compared = free
            .iter()
            .enumerate()
            .map(|(place, rendition)| (place, source_fault(rendition, source, offset_us)));
        let best = compared.min_by_key(|(_, fault)| fault.as_ref().map_or(0, |fault| fault.1));
        match best {
            None => faults.push(format!("{}: no rendition carries these subtitles", source.label)),
            Some((place, fault)) => {
                let rendition = free.remove(place);
                let sentence = |(text, _)| format!("{} against {}: {text}", rendition.uri, source.label);
                faults.extend(fault.map(sentence));
            }
        }
    }
    faults.extend(
        free.iter()
            .map(|rendition| format!("{}: no source has these subtitles", rendition.uri)),
    );
    faults
}

/// Every cue stands in each segment that it touches, and in no other; every segment says where its times lie, and all the same.
fn placement_faults(rendition: &Rendition) -> Vec<String> {
    let mut faults = Vec::new();
    let uri = &rendition.uri;
    let first_map = rendition.segments.first().and_then(|page| page.map_us);
    for (number, page) in (1_usize..).zip(&rendition.segments) {
        match page.map_us {
            None => faults.push(format!("{uri}: segment {number} has no X-TIMESTAMP-MAP")),
            map if map != first_map => {
                faults.push(format!("{uri}: segment {number} has another X-TIMESTAMP-MAP"));
            }
            _ => {}
        }
        for cue in rendition.cues() {
            // A cut is told in microseconds, a cue in milliseconds.
            let touches = overlap(&cue, &page.time_us);
            let stands = page.cues.contains(&cue);
            if (touches > 1000 && !stands) || (touches < -1000 && stands) {
                let verb = if stands { "holds" } else { "lacks" };
                faults.push(format!("{uri}: segment {number} {verb} {cue:?}"));
            }
        }
    }
    faults
}

/// How long a cue is shown in a time; negative when it is not.
fn overlap(cue: &Cue, time: &Range<i64>) -> i64 {
    cue.end_us
        .min(time.end)
        .saturating_sub(cue.start_us.max(time.start))
}

/// The first difference between what is served and its source, and how many cues are alike (fewer is worse).
fn source_fault(rendition: &Rendition, source: &Source, offset_us: i64) -> Option<(String, usize)> {
    let map = rendition.segments.first()?.map_us.unwrap_or(0);
    // From the source's time to local time.
    let moved = offset_us.saturating_sub(map);
    let end = rendition.end_us();
    let shown = source.cues.iter().map(|cue| Cue {
        start_us: cue.start_us.saturating_add(moved).max(0),
        end_us: cue.end_us.saturating_add(moved),
        text: cue.text.clone(),
    });
    let title = 0..end;
    let mut want: Vec<Cue> = Vec::new();
    for cue in shown.filter(|cue| overlap(cue, &title) > ALLOWED_US && !cue.text.is_empty()) {
        if !want.contains(&cue) {
            want.push(cue);
        }
    }
    want.sort_by_key(|cue| (cue.start_us, cue.end_us));
    let got = rendition.cues();
    let near = |a: i64, b: i64| a.abs_diff(b) <= ALLOWED_US.unsigned_abs();
    let same =
        |a: &Cue, b: &Cue| near(a.start_us, b.start_us) && near(a.end_us, b.end_us) && a.text == b.text;
    let alike = got.iter().zip(&want).take_while(|(a, b)| same(a, b)).count();
    if alike == got.len() && alike == want.len() {
        return None;
    }
    let missing = want.len().saturating_sub(alike).saturating_add(1);
    let text = format!(
        "cue {} is {:?} and should be {:?} ({} cues of {})",
        alike.saturating_add(1),
        got.get(alike),
        want.get(alike),
        got.len(),
        want.len()
    );
    Some((text, missing))
}

/// Served times are cut to a millisecond, those of `ffmpeg` rounded to one, and the map's ticks are 11 us.
const ALLOWED_US: i64 = 1_520;

/// Reads `WebVTT`: what the timestamp map says, and the cues.
///
/// # Errors
/// A text for people.
pub fn parse(text: &str) -> Result<(Option<i64>, Vec<Cue>), String> {
    let text = text.replace("\r\n", "\n");
    let mut blocks = text.split("\n\n");
    let head = blocks.next().unwrap_or_default();
    if !(head == "WEBVTT" || head.starts_with("WEBVTT\n") || head.starts_with("WEBVTT ")) {
        return Err("it does not begin with WEBVTT".to_owned());
    }
    let map = head
        .lines()
        .find_map(|line| line.strip_prefix("X-TIMESTAMP-MAP="))
        .map(|map| timestamp_map(map).ok_or_else(|| format!("X-TIMESTAMP-MAP={map} is not read")))
        .transpose()?;
    let mut cues = Vec::new();
    for block in blocks {
        let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
        let Some(times) = lines.next() else { continue };
        let (start, rest) = times.split_once("-->").unwrap_or_default();
        let end = rest.split_whitespace().next().unwrap_or_default();
        let (Some(start_us), Some(end_us)) = (micros(start.trim()), micros(end)) else {
            return Err(format!("the times {times:?} are not read"));
        };
        let lines: Vec<String> = lines.map(plain).filter(|line| !line.is_empty()).collect();
        cues.push(Cue {
            start_us,
            end_us,
            text: lines.join("\n"),
        });
    }
    Ok((map, cues))
}

/// `LOCAL:00:00:00.000,MPEGTS:7200` as the time of the fragments at local zero.
fn timestamp_map(map: &str) -> Option<i64> {
    let (local, ticks) = map.strip_prefix("LOCAL:")?.split_once(",MPEGTS:")?;
    let ticks: i64 = ticks.parse().ok()?;
    let at = ticks.checked_mul(100)?.checked_div(9)?;
    at.checked_sub(micros(local)?)
}

/// `[hh:]mm:ss.mmm` as microseconds.
fn micros(text: &str) -> Option<i64> {
    let (clock, thousandths) = text.split_once('.')?;
    if thousandths.len() != 3 {
        return None;
    }
    let seconds = clock.split(':').try_fold(0_i64, |sum, part| {
        sum.checked_mul(60)?.checked_add(part.parse().ok()?)
    })?;
    let millis = seconds
        .checked_mul(1000)?
        .checked_add(thousandths.parse().ok()?)?;
    millis.checked_mul(1000)
}

/// A line without tags and escapes.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        rest = match tag.split_once('>') {
            Some((_, behind)) => behind,
            None => {
                out.push('<');
                tag
            }
        };
    }
    out.push_str(rest);
    let signs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("\u{a0}", " "),
        ("&amp;", "&"),
    ];
    let text = signs
        .iter()
        .fold(out, |text, (escape, sign)| text.replace(escape, sign));
    text.trim().to_owned()
}

#[cfg(test)]
mod tests;
