//! Second opinions: readers that others wrote must find in what was downloaded what `ffprobe` finds in it.
//!
//! | reader | reads | and must find |
//! |---|---|---|
//! | `mp4-atom` | every init and media segment | no box it does not know, a `moof` that survives writing and reading, as many samples |
//! | `mp4box` | every init segment with each media segment | no fault, sizes and times of all samples |
//! | `m3u8-rs`, `quick-m3u8` | every playlist | the whole text, no unknown tag |
//! | `ffmpeg` | the ladder at once | nothing to warn of |

use std::{io::Cursor, process::Command};

use m3u8_rs::Playlist;
use mp4_atom::{Any, Buf as _, Decode as _, Encode as _};
use quick_m3u8::{HlsLine, Reader, config::ParsingOptionsBuilder};

use crate::probe::Track;

/// What the box readers find wrong with a media segment that `ffprobe` read as `track`.
#[must_use]
pub fn segment(init: &[u8], body: &[u8], track: &Track) -> Vec<String> {
    [atoms(init, body, track), boxes(init, body, track)]
        .into_iter()
        .filter_map(Result::err)
        .collect()
}

/// `mp4-atom`: every box is known and read to its end, and the fragments' headers lose nothing.
fn atoms(init: &[u8], body: &[u8], track: &Track) -> Result<(), String> {
    let mut samples = 0_usize;
    for (name, bytes) in [("init segment", init), ("segment", body)] {
        let mut rest = bytes;
        while rest.has_remaining() {
            let atom = Any::decode(&mut rest)
                .map_err(|error| format!("mp4-atom cannot read the {name}: {error}"))?;
            match &atom {
                Any::Unknown(kind, _) => {
                    return Err(format!("mp4-atom does not know the box {kind} of the {name}"));
                }
                Any::Moof(moof) => {
                    let runs = moof.traf.iter().flat_map(|traf| &traf.trun);
                    samples = samples.saturating_add(runs.map(|run| run.samples.len()).sum());
                    let mut written = Vec::new();
                    atom.encode(&mut written)
                        .map_err(|error| format!("mp4-atom: {error}"))?;
                    if Any::decode(&mut written.as_slice()).ok().as_ref() != Some(&atom) {
                        return Err("mp4-atom loses something of the moof".to_owned());
                    }
                }
                _ => {}
            }
        }
    }
    if samples == track.packets.len() {
        Ok(())
    } else {
        Err(format!(
            "mp4-atom finds {samples} samples, ffprobe {}",
            track.packets.len()
        ))
    }
}

/// `mp4box`: no fault in any box, and every sample has the size and the times that `ffprobe` says.
fn boxes(init: &[u8], body: &[u8], track: &Track) -> Result<(), String> {
    let whole = [init, body].concat();
    let len = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    let (_, issues) = mp4box::get_boxes_tolerant(&mut Cursor::new(&whole), len, true)
        .map_err(|error| format!("mp4box cannot read it: {error}"))?;
    if let Some(issue) = issues.first() {
        return Err(format!("mp4box: {issue}"));
    }
    let tracks =
        mp4box::track_samples_from_reader(Cursor::new(&whole)).map_err(|error| format!("mp4box: {error}"))?;
    let [read] = tracks.as_slice() else {
        return Err(format!("mp4box finds {} tracks", tracks.len()));
    };
    if read.samples.len() != track.packets.len() {
        let (count, packets) = (read.samples.len(), track.packets.len());
        return Err(format!("mp4box finds {count} samples, ffprobe {packets}"));
    }
    // mp4box knows nothing of edit lists: an init segment that has one moves all times by the same.
    let distance = |ticks: u64, time: Option<i64>| time?.checked_sub(i64::try_from(ticks).ok()?);
    let moved = read.samples.iter().zip(&track.packets).next();
    let moved = moved.and_then(|(sample, packet)| distance(sample.dts, packet.dts));
    for (place, (sample, packet)) in read.samples.iter().zip(&track.packets).enumerate() {
        let same_times =
            distance(sample.pts, packet.pts) == moved && distance(sample.dts, packet.dts) == moved;
        if u64::from(sample.size) != packet.size || !same_times {
            return Err(format!(
                "mp4box reads sample {place} as {sample:?}, ffprobe as {packet:?}"
            ));
        }
    }
    Ok(())
}

/// What the playlist readers find wrong with a text that has so many lines of URIs.
#[must_use]
pub fn playlist(text: &str, uris: usize) -> Vec<String> {
    [by_m3u8_rs(text, uris), by_quick_m3u8(text, uris)]
        .into_iter()
        .filter_map(Result::err)
        .collect()
}

fn by_m3u8_rs(text: &str, uris: usize) -> Result<(), String> {
    let (rest, playlist) = m3u8_rs::parse_playlist(text.as_bytes())
        .map_err(|error| format!("m3u8-rs cannot read it: {error}"))?;
    if !rest.is_empty() {
        return Err(format!("m3u8-rs leaves {} bytes unread", rest.len()));
    }
    let (found, unknown) = match &playlist {
        Playlist::MasterPlaylist(master) => {
            let variants = master.variants.iter().filter(|variant| !variant.is_i_frame);
            (variants.count(), master.unknown_tags.first())
        }
        Playlist::MediaPlaylist(media) => (media.segments.len(), media.unknown_tags.first()),
    };
    match unknown {
        Some(tag) => Err(format!("m3u8-rs does not know {tag}")),
        None if found == uris => Ok(()),
        None => Err(format!("m3u8-rs finds {found} URIs of {uris}")),
    }
}

fn by_quick_m3u8(text: &str, uris: usize) -> Result<(), String> {
    let options = ParsingOptionsBuilder::new().with_parsing_for_all_tags().build();
    let mut reader = Reader::from_str(text, options);
    let mut found = 0_usize;
    while let Some(line) = reader
        .read_line()
        .map_err(|error| format!("quick-m3u8: {error:?}"))?
    {
        match line {
            HlsLine::Uri(_) => found = found.saturating_add(1),
            HlsLine::UnknownTag(tag) => return Err(format!("quick-m3u8 does not know {tag:?}")),
            _ => {}
        }
    }
    if found == uris {
        Ok(())
    } else {
        Err(format!("quick-m3u8 finds {found} URIs of {uris}"))
    }
}

/// What `ffmpeg` warns of when it reads every stream of a multivariant playlist to its end.
#[must_use]
pub fn ladder(url: &str) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "warning", "-rw_timeout", "30000000"])
        .args([
            "-analyzeduration",
            "100000000",
            "-probesize",
            "100000000",
            "-i",
            url,
        ])
        .args(["-map", "0", "-c", "copy", "-f", "null", "-"])
        .output();
    match output {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let lines = text.lines().filter(|line| !is_excused(line));
            let mut lines: Vec<_> = lines.map(|line| format!("ffmpeg: {line}")).collect();
            lines.truncate(5);
            if !output.status.success() {
                lines.push("ffmpeg fails".to_owned());
            }
            lines
        }
        Err(error) => vec![format!("ffmpeg cannot be run: {error}")],
    }
}

/// Whether a warning says nothing of the title: `ffmpeg` reads no subtitles through HLS, and complains of two decode times
/// that are equal, which samples of no duration have in the source too (all times are compared with the source's).
fn is_excused(line: &str) -> bool {
    let equal_times = || {
        let (_, numbers) = line.rsplit_once(": ")?;
        let (last, next) = numbers.split_once(" >= ")?;
        Some(line.contains("non monotonically increasing dts") && last == next)
    };
    line.contains("Can't support the subtitle") || equal_times() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_times_that_go_back_are_no_excuse() {
        let line = |numbers: &str| {
            format!("[null @ 0x1] non monotonically increasing dts to muxer in stream 0: {numbers}")
        };
        assert!(is_excused(&line("7 >= 7")));
        assert!(!is_excused(&line("8 >= 7")) && !is_excused("[hls @ 0x1] keepalive request failed"));
    }
}
