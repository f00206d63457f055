//! Runs `ffprobe` and turns its packets into values.
//!
//! **How a source file is read.** `ffprobe` applies MP4 edit lists in two ways. The default ("advanced") way drops
//! packets outside the edits, marks others as discarded, and moves the times of a video whose first presented frame
//! is not at zero. `-ignore_editlist 1` keeps every packet but loses the shift between the tracks.
//! `-advanced_editlist 0` is the one that is right here: every packet is printed, in file order, with raw payload,
//! and all times of a track are moved by exactly what its edit list says (empty edits and `media_time`).
//!
//! **Negative composition offsets.** In fragments, `ffprobe` (as every player built on libavformat) adds the most
//! negative composition offset of a track to all its presentation times, and does not take it off the decode times.
//! A packager that writes negative offsets therefore fails this check by a skew, and rightly so: that is what such
//! a player shows.

use std::{
    collections::HashSet,
    ffi::OsStr,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use serde::Deserialize;

use crate::error::CheckError;

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Anything else: not compared.
    Other,
}

/// Seconds per tick as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBase {
    /// Numerator, at least 1.
    pub num: i128,
    /// Denominator, at least 1.
    pub den: i128,
}

impl TimeBase {
    /// A time in ticks as microseconds, rounded down.
    #[must_use]
    pub fn micros(self, ticks: i64) -> i64 {
        let scaled = i128::from(ticks)
            .saturating_mul(self.num)
            .saturating_mul(1_000_000);
        scaled
            .checked_div_euclid(self.den)
            .and_then(|micros| i64::try_from(micros).ok())
            .unwrap_or(i64::MAX)
    }
}

/// One packet, as `ffprobe` sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Presentation time in ticks.
    pub pts: Option<i64>,
    /// Decode time in ticks.
    pub dts: Option<i64>,
    /// Duration in ticks, when the container says it.
    pub duration: Option<i64>,
    /// Payload length in bytes.
    pub size: u64,
    /// SHA-256 of the payload.
    pub hash: [u8; 32],
    /// Whether it is marked as a key frame.
    pub key: bool,
}

/// The packets of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// What people call it: file or playlist, and stream index.
    pub label: String,
    /// What it carries.
    pub kind: Kind,
    /// `ffprobe`'s name of the codec.
    pub codec: String,
    /// The language tag, `und` when there is none.
    pub language: String,
    /// What a tick is.
    pub time_base: TimeBase,
    /// What it looks or sounds like.
    pub facts: Facts,
    /// How many packets at the start and at the end the edit list does not present.
    pub outside: [usize; 2],
    /// All packets in the order read.
    pub packets: Vec<Packet>,
}

/// What `ffprobe` says of a stream beside its packets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Coded width and height in pixels.
    pub size: Option<(u64, u64)>,
    /// Width to height of a pixel, 1:1 when nothing is said.
    pub pixel_aspect: (u64, u64),
    /// Whether it is shown turned by a quarter.
    pub is_turned: bool,
    /// Lowest frame rate that all times fit, and the average one, in frames per 1000 seconds.
    pub frame_rates: [u64; 2],
    /// `ffprobe`'s name of the transfer function.
    pub transfer: String,
    /// Number of channels.
    pub channels: u64,
    /// Whether it is a cover and no film.
    pub is_cover: bool,
}

/// Reads every packet of a source file, with edit lists applied as shifts and nothing dropped.
///
/// # Errors
/// [`CheckError::Probe`] when `ffprobe` is missing or does not understand the file.
pub fn source(file: &Path) -> Result<Vec<Track>, CheckError> {
    let name = file.file_name().map_or_else(
        || file.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let mut input = std::ffi::OsString::from("file:");
    input.push(file);
    let all = dump(&name, &["-advanced_editlist", "0"], &input, None)?;
    let presented = dump(&name, &[], &input, None)?;
    let outside: Vec<_> = all
        .streams
        .iter()
        .map(|stream| all.outside(stream.index, &presented))
        .collect();
    let mut tracks = all.into_tracks(&name).map_err(|reason| CheckError::Probe {
        input: name.clone(),
        reason,
    })?;
    for (track, outside) in tracks.iter_mut().zip(outside) {
        track.outside = outside;
    }
    Ok(tracks)
}

/// Reads every packet through a media playlist, as a player built on libavformat does.
///
/// # Errors
/// [`CheckError::Probe`] when `ffprobe` is missing or fails.
pub fn playlist(label: &str, url: &str) -> Result<Vec<Track>, CheckError> {
    // Microseconds: a server that falls silent is an error, not a wait for ever.
    run(label, &["-rw_timeout", "30000000"], OsStr::new(url), None)
}

/// Reads every packet of one segment, given with its init segment in front.
///
/// # Errors
/// [`CheckError::Probe`] when `ffprobe` is missing or fails.
pub fn segment(label: &str, bytes: Vec<u8>) -> Result<Vec<Track>, CheckError> {
    run(label, &[], OsStr::new("pipe:0"), Some(bytes))
}

fn run(
    label: &str,
    options: &[&str],
    input: &OsStr,
    stdin: Option<Vec<u8>>,
) -> Result<Vec<Track>, CheckError> {
    let read = dump(label, options, input, stdin)?;
    read.into_tracks(label).map_err(|reason| CheckError::Probe {
        input: label.to_owned(),
        reason,
    })
}

fn dump(label: &str, options: &[&str], input: &OsStr, stdin: Option<Vec<u8>>) -> Result<Dump, CheckError> {
    let fail = |reason: String| CheckError::Probe {
        input: label.to_owned(),
        reason,
    };
    let mut child = Command::new("ffprobe")
        .args(["-v", "error"])
        .args(options)
        .args([
            "-show_streams",
            "-show_packets",
            "-show_data_hash",
            "sha256",
            "-of",
            "json",
            "-i",
        ])
        .arg(input)
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| fail(format!("cannot be run: {error}")))?;
    feed(&mut child, stdin);
    let output = child
        .wait_with_output()
        .map_err(|error| fail(error.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| fail(error.to_string()))
}

/// Writes to the child from a thread of its own, so that neither side can wait for the other. A child that closes
/// its input early says why on its own.
pub(crate) fn feed(child: &mut Child, bytes: Option<Vec<u8>>) {
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), bytes) {
        thread::spawn(move || pipe.write_all(&bytes));
    }
}

#[derive(Deserialize)]
struct Dump {
    #[serde(default)]
    packets: Vec<RawPacket>,
    #[serde(default)]
    streams: Vec<RawStream>,
}

#[derive(Deserialize)]
struct RawStream {
    index: u32,
    #[serde(default)]
    codec_type: String,
    #[serde(default)]
    codec_name: String,
    time_base: String,
    #[serde(default)]
    tags: RawTags,
    width: Option<u64>,
    height: Option<u64>,
    #[serde(default)]
    sample_aspect_ratio: String,
    #[serde(default)]
    r_frame_rate: String,
    #[serde(default)]
    avg_frame_rate: String,
    #[serde(default)]
    color_transfer: String,
    #[serde(default)]
    channels: u64,
    #[serde(default)]
    disposition: RawDisposition,
    #[serde(default)]
    side_data_list: Vec<RawSideData>,
}

#[derive(Deserialize, Default)]
struct RawDisposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Deserialize)]
struct RawSideData {
    rotation: Option<i64>,
}

#[derive(Deserialize, Default)]
struct RawTags {
    language: Option<String>,
}

#[derive(Deserialize)]
struct RawPacket {
    stream_index: u32,
    pts: Option<i64>,
    dts: Option<i64>,
    duration: Option<i64>,
    size: String,
    flags: String,
    /// Where its bytes are in the file.
    pos: Option<String>,
    #[serde(default)]
    data_hash: String,
}

impl RawStream {
    fn facts(&self) -> Facts {
        let pixel_aspect = ratio(&self.sample_aspect_ratio, ':').filter(|aspect| aspect.0 > 0);
        let rotation = self.side_data_list.iter().find_map(|data| data.rotation);
        let rate = |text: &str| {
            let (frames, seconds) = ratio(text, '/')?;
            frames.checked_mul(1000)?.checked_div(seconds)
        };
        Facts {
            size: self.width.zip(self.height),
            pixel_aspect: pixel_aspect.unwrap_or((1, 1)),
            is_turned: rotation.is_some_and(|degrees| degrees.rem_euclid(180) == 90),
            frame_rates: [&self.r_frame_rate, &self.avg_frame_rate].map(|text| rate(text).unwrap_or(0)),
            transfer: self.color_transfer.clone(),
            channels: self.channels,
            is_cover: self.disposition.attached_pic == 1,
        }
    }
}

impl Dump {
    /// How many packets of a stream, at its start and at its end, another reading leaves out or marks as discarded.
    fn outside(&self, stream: u32, presented: &Self) -> [usize; 2] {
        let of = |dump: &'_ Self| {
            let packets = dump
                .packets
                .iter()
                .filter(move |packet| packet.stream_index == stream);
            packets
                .map(|packet| (packet.pos.clone(), packet.flags.contains('D')))
                .collect::<Vec<_>>()
        };
        let shown: HashSet<_> = of(presented)
            .into_iter()
            .filter(|(_, discarded)| !discarded)
            .collect();
        let all = of(self);
        let is_outside = |(place, _): &&(Option<String>, bool)| !shown.contains(&(place.clone(), false));
        let start = all.iter().take_while(is_outside).count();
        let end = all.iter().rev().take_while(is_outside).count();
        if start == all.len() { [0, 0] } else { [start, end] }
    }

    fn into_tracks(self, label: &str) -> Result<Vec<Track>, String> {
        let mut tracks = Vec::new();
        for stream in self.streams {
            let time_base = time_base(&stream.time_base)
                .ok_or_else(|| format!("stream {} has the time base {:?}", stream.index, stream.time_base))?;
            let packets = self
                .packets
                .iter()
                .filter(|packet| packet.stream_index == stream.index)
                .map(|packet| packet.parse())
                .collect::<Result<Vec<_>, String>>()?;
            tracks.push(Track {
                label: format!("{label} #{}", stream.index),
                kind: match stream.codec_type.as_str() {
                    "video" => Kind::Video,
                    "audio" => Kind::Audio,
                    _ => Kind::Other,
                },
                outside: [0, 0],
                facts: stream.facts(),
                codec: stream.codec_name,
                language: stream.tags.language.unwrap_or_else(|| "und".to_owned()),
                time_base,
                packets,
            });
        }
        Ok(tracks)
    }
}

impl RawPacket {
    fn parse(&self) -> Result<Packet, String> {
        let bad = |what: &str| format!("a packet of stream {} has {what}", self.stream_index);
        Ok(Packet {
            pts: self.pts,
            dts: self.dts,
            duration: self.duration,
            size: self.size.parse().map_err(|_| bad("no size"))?,
            hash: sha256(&self.data_hash).ok_or_else(|| bad("no payload hash"))?,
            key: self.flags.contains('K'),
        })
    }
}

fn ratio(text: &str, sign: char) -> Option<(u64, u64)> {
    let (a, b) = text.split_once(sign)?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

fn time_base(text: &str) -> Option<TimeBase> {
    let (num, den) = text.split_once('/')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some(TimeBase { num, den })
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    let hex = text.strip_prefix("SHA256:")?;
    let mut out = [0; 32];
    if hex.len() != 64 {
        return None;
    }
    for (i, byte) in out.iter_mut().enumerate() {
        let at = i.checked_mul(2)?;
        *byte = u8::from_str_radix(hex.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_becomes_tracks() {
        let hash = "0a".repeat(32);
        let json = format!(
            r#"{{"packets":[{{"codec_type":"video","stream_index":0,"pts":5,"size":"7","flags":"K_","data_hash":"SHA256:{hash}"}}],
            "streams":[{{"index":0,"codec_type":"video","codec_name":"h264","time_base":"1/16"}}]}}"#
        );
        let dump: Dump = serde_json::from_str(&json).unwrap();
        let tracks = dump.into_tracks("x").unwrap();
        assert_eq!(tracks[0].label, "x #0");
        assert_eq!(tracks[0].language, "und");
        assert_eq!(tracks[0].time_base, TimeBase { num: 1, den: 16 });
        let packet = &tracks[0].packets[0];
        assert_eq!(
            (packet.pts, packet.dts, packet.size, packet.key),
            (Some(5), None, 7, true)
        );
        assert_eq!(packet.hash, [10; 32]);
    }

    #[test]
    fn a_packet_without_a_hash_is_an_error_and_not_an_equal_one() {
        assert_eq!(sha256(""), None);
        assert_eq!(sha256("SHA256:00"), None);
        assert_eq!(sha256(&format!("SHA256:{}", "zz".repeat(32))), None);
        assert_eq!(time_base("0/1"), None);
    }
}
