//! I-frame playlists: every entry is one key frame of the film, at its time, and can be decoded alone.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use crate::{
    bandwidth::{self, Cost},
    codec_string,
    error::CheckError,
    fetch, opinion,
    playlist::{Media, Multivariant},
    probe::{self, Kind, Track},
    segments,
    title::Rendition,
};

/// One I-frame playlist with all that it names.
#[derive(Debug)]
pub struct KeyFrames {
    /// As the multivariant playlist names it.
    pub uri: String,
    /// The attributes of `EXT-X-I-FRAME-STREAM-INF`.
    pub attributes: BTreeMap<String, String>,
    /// What it says.
    pub media: Media,
    /// Its init segment.
    pub init: Vec<u8>,
    /// Its entries, decrypted.
    pub entries: Vec<Entry>,
    /// What `ffprobe` reads in all entries, one behind the other.
    pub track: Option<Track>,
    /// How many pictures `ffmpeg` decodes of them, and what it complains of.
    pub decoded: (usize, String),
    /// What other readers find wrong with the playlist.
    pub objections: Vec<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Length as downloaded, and `EXTINF`.
    pub cost: Cost,
    /// The segment in the clear.
    pub clear: Vec<u8>,
}

/// Downloads an I-frame playlist and everything in it.
///
/// # Errors
/// [`CheckError`] when something of it cannot be had or read at all.
pub fn download(
    master_url: &str,
    uri: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<KeyFrames, CheckError> {
    let url = fetch::resolve(master_url, uri);
    let fail = |reason: String| CheckError::Playlist {
        url: url.clone(),
        reason,
    };
    let text = String::from_utf8_lossy(&fetch::get(&url)?).into_owned();
    if !text.lines().any(|line| line == "#EXT-X-I-FRAMES-ONLY") {
        return Err(fail("it has no EXT-X-I-FRAMES-ONLY".to_owned()));
    }
    let media = Media::parse(&text).map_err(fail)?;
    let init = match &media.init {
        Some(init) => fetch::get(&fetch::resolve(&url, init))?,
        None => return Err(fail("it has no EXT-X-MAP".to_owned())),
    };
    let entries = media
        .segments
        .iter()
        .map(|segment| {
            let (cost, clear) = segments::fetch_clear(&url, segment)?;
            Ok(Entry { cost, clear })
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    let bodies = entries.iter().map(|entry| entry.clear.as_slice());
    let whole: Vec<u8> = std::iter::once(init.as_slice())
        .chain(bodies)
        .collect::<Vec<_>>()
        .concat();
    Ok(KeyFrames {
        uri: uri.to_owned(),
        attributes: attributes.clone(),
        objections: opinion::playlist(&text, media.segments.len()),
        decoded: decode_all(uri, &init, &entries, whole.clone())?,
        track: probe::segment(uri, whole)?
            .into_iter()
            .find(|track| track.kind == Kind::Video),
        media,
        init,
        entries,
    })
}

/// Decodes all entries: one behind the other, as a player does that winds; where pictures of open groups get lost in that, each alone, as
/// a player does that jumps.
fn decode_all(
    label: &str,
    init: &[u8],
    entries: &[Entry],
    whole: Vec<u8>,
) -> Result<(usize, String), CheckError> {
    let together = decode(label, whole)?;
    if together == (entries.len(), String::new()) {
        return Ok(together);
    }
    let mut pictures = 0_usize;
    for entry in entries {
        let (count, complaint) = decode(label, [init, &entry.clear].concat())?;
        if count != 1 || !complaint.is_empty() {
            return Ok((pictures, complaint));
        }
        pictures = pictures.saturating_add(1);
    }
    Ok((pictures, String::new()))
}

/// Decodes every picture: how many there are, and the first complaint.
fn decode(label: &str, film: Vec<u8>) -> Result<(usize, String), CheckError> {
    let fail = |reason: String| CheckError::Probe {
        input: label.to_owned(),
        reason,
    };
    let mut child = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", "-i"])
        .arg("pipe:0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| fail(format!("cannot be run: {error}")))?;
    probe::feed(&mut child, Some(film));
    let output = child
        .wait_with_output()
        .map_err(|error| fail(error.to_string()))?;
    let (said, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let first = complaint.lines().next().unwrap_or_default().to_owned();
    // What stands behind a comma is side data, as a rotation is.
    let frames = said
        .split([',', '\n'])
        .next()
        .and_then(|count| count.trim().parse().ok());
    Ok((frames.unwrap_or(0), first))
}

/// All that is wrong with a title's I-frame playlists: none, or one for each stream of pictures. `recovers`: its key frames are
/// recovery points, which no decoder shows alone.
#[must_use]
pub fn faults(
    master: &Multivariant,
    lists: &[KeyFrames],
    renditions: &[Rendition],
    recovers: bool,
) -> Vec<String> {
    let is_video = |rendition: &&Rendition| rendition.tracks.iter().any(|track| track.kind == Kind::Video);
    let videos = renditions.iter().filter(is_video).count();
    let mut faults = Vec::new();
    if !lists.is_empty() && lists.len() != videos {
        let count = lists.len();
        faults.push(format!(
            "{count} I-frame playlists for {videos} streams of pictures"
        ));
    }
    let starts = renditions
        .iter()
        .filter_map(|rendition| rendition.segments.first());
    let title_start = starts.map(|segment| segment.start_us).min().unwrap_or(0);
    for list in lists {
        let sentence = |fault: String| format!("{}: {fault}", list.uri);
        let found = [
            list.pictures(renditions, title_start),
            if recovers { Ok(()) } else { list.decoding() },
            list.attributes(master),
        ];
        faults.extend(found.into_iter().filter_map(Result::err).map(sentence));
        faults.extend(list.bandwidths().into_iter().map(sentence));
        faults.extend(list.objections.iter().cloned().map(sentence));
    }
    faults
}

impl KeyFrames {
    /// One packet for each entry, each a key frame of one rendition, with its bytes and its time; `EXTINF` lasts until the next.
    fn pictures(&self, renditions: &[Rendition], title_start_us: i64) -> Result<(), String> {
        let track = self.track.as_ref().ok_or("it has no pictures")?;
        let (packets, entries) = (track.packets.len(), self.entries.len());
        if packets != entries {
            return Err(format!("{entries} entries hold {packets} packets"));
        }
        let carries = |rendition: &&Rendition| {
            let known = rendition.tracks.iter().flat_map(|track| &track.packets);
            known
                .into_iter()
                .any(|packet| Some(&packet.hash) == track.packets.first().map(|first| &first.hash))
        };
        let rendition = renditions
            .iter()
            .find(carries)
            .ok_or("its first picture is in no other playlist")?;
        let film = rendition
            .tracks
            .iter()
            .find(|track| track.kind == Kind::Video)
            .ok_or("its first picture is in sound")?;
        let key_frames: BTreeMap<_, _> = film
            .packets
            .iter()
            .filter(|packet| packet.key)
            .map(|packet| (packet.pts, packet))
            .collect();
        let mut declared = title_start_us;
        for (number, (packet, entry)) in (1_i64..).zip(track.packets.iter().zip(&self.entries)) {
            let known = key_frames.get(&packet.pts);
            if !known.is_some_and(|known| known.hash == packet.hash && packet.key) {
                return Err(format!("entry {number} is no key frame of {}", rendition.uri));
            }
            let alone = Track {
                packets: vec![packet.clone()],
                ..track.clone()
            };
            if let Some(objection) = opinion::segment(&self.init, &entry.clear, &alone).first() {
                return Err(format!("entry {number}: {objection}"));
            }
            let shown = track.time_base.micros(packet.pts.unwrap_or(0));
            // The first entry counts from the title's start; each EXTINF is rounded to a microsecond.
            if number > 1 && declared.abs_diff(shown) > number.unsigned_abs().saturating_add(tick_us(track)) {
                return Err(format!(
                    "entry {number} is shown at {shown} us, EXTINF say {declared} us"
                ));
            }
            declared = declared.saturating_add(i64::try_from(entry.cost.duration_us).unwrap_or(i64::MAX));
        }
        let sum = |durations: &mut dyn Iterator<Item = u64>| durations.fold(0, u64::saturating_add);
        let all = sum(&mut rendition.media.segments.iter().map(|segment| segment.duration_us));
        let own = sum(&mut self.media.segments.iter().map(|segment| segment.duration_us));
        if all.abs_diff(own) > u64::try_from(packets).unwrap_or(u64::MAX) {
            return Err(format!("it lasts {own} us and {} lasts {all} us", rendition.uri));
        }
        Ok(())
    }

    fn decoding(&self) -> Result<(), String> {
        match &self.decoded {
            (_, complaint) if !complaint.is_empty() => Err(format!("ffprobe: {complaint}")),
            (count, _) if *count == self.entries.len() => Ok(()),
            (count, _) => Err(format!(
                "{count} pictures can be decoded of {}",
                self.entries.len()
            )),
        }
    }

    /// `CODECS` is that of its own init segment, `RESOLUTION` that of a variant.
    fn attributes(&self, master: &Multivariant) -> Result<(), String> {
        let derived = codec_string::of_init(&self.init)?;
        let declared = self.attributes.get("CODECS").ok_or("CODECS is missing")?;
        if !derived.allows(declared) {
            return Err(format!(
                "CODECS is {declared}, its pictures are {}",
                derived.required
            ));
        }
        let resolution = self.attributes.get("RESOLUTION");
        let mut variants = master.variants.iter();
        if variants.any(|variant| variant.attributes.get("RESOLUTION") == resolution) {
            Ok(())
        } else {
            Err(format!("RESOLUTION is {resolution:?}, which no variant has"))
        }
    }

    fn bandwidths(&self) -> Vec<String> {
        let costs: Vec<Cost> = self.entries.iter().map(|entry| entry.cost).collect();
        let peak = bandwidth::peak(&costs, self.media.target_duration);
        let judge = |(name, measured): (&str, u64)| {
            let declared = self.attributes.get(name)?.parse().ok().unwrap_or(0);
            (!bandwidth::within_a_tenth(declared, measured))
                .then(|| format!("{name} says {declared}, a client downloads {measured} bits per second"))
        };
        let average = bandwidth::average(&costs);
        [("BANDWIDTH", peak), ("AVERAGE-BANDWIDTH", average)]
            .into_iter()
            .filter_map(judge)
            .collect()
    }
}

/// A tick of a track, rounded up.
fn tick_us(track: &Track) -> u64 {
    u64::try_from(track.time_base.micros(1))
        .unwrap_or(0)
        .saturating_add(1)
}
