//! A small reader of HLS playlists: only what the check needs, and unforgiving about that.

use std::collections::BTreeMap;

use crate::encryption::Encryption;

/// A multivariant playlist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Multivariant {
    /// `EXT-X-STREAM-INF`, in order.
    pub variants: Vec<Variant>,
    /// `EXT-X-MEDIA` of type AUDIO that have a URI, in order.
    pub audio: Vec<AudioRendition>,
    /// `EXT-X-MEDIA` of type SUBTITLES: their URIs, in order.
    pub subtitles: Vec<String>,
    /// `EXT-X-I-FRAME-STREAM-INF`: all attributes by name, without quotes, in order. Each has a URI.
    pub key_frames: Vec<BTreeMap<String, String>>,
    /// Whether `EXT-X-INDEPENDENT-SEGMENTS` stands here.
    pub independent_segments: bool,
    /// The whole text.
    pub text: String,
}

/// One variant stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// As written.
    pub uri: String,
    /// `BANDWIDTH`, bits per second.
    pub bandwidth: Option<u64>,
    /// `AVERAGE-BANDWIDTH`, bits per second.
    pub average_bandwidth: Option<u64>,
    /// `AUDIO`: the group of audio renditions it plays with.
    pub audio_group: Option<String>,
    /// All attributes by name, without quotes.
    pub attributes: BTreeMap<String, String>,
}

/// One audio rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioRendition {
    /// As written.
    pub uri: String,
    /// `GROUP-ID`.
    pub group: String,
    /// All attributes by name, without quotes.
    pub attributes: BTreeMap<String, String>,
}

/// A media playlist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// `EXT-X-TARGETDURATION`, seconds.
    pub target_duration: u64,
    /// `EXT-X-MAP`, when there is one.
    pub init: Option<String>,
    /// The segments in order.
    pub segments: Vec<Segment>,
    /// Whether `EXT-X-INDEPENDENT-SEGMENTS` stands here.
    pub independent_segments: bool,
}

/// One media segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// As written.
    pub uri: String,
    /// `EXTINF`, microseconds (exact for up to six decimals).
    pub duration_us: u64,
    /// How it is encrypted, when it is.
    pub encryption: Option<Encryption>,
}

impl Multivariant {
    /// Parses a multivariant playlist.
    ///
    /// # Errors
    /// A text for people: which line is wrong and how.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let mut pending: Option<BTreeMap<&str, &str>> = None;
        for line in lines(text)? {
            if let Some(list) = line.strip_prefix("#EXT-X-STREAM-INF:") {
                pending = Some(attributes(list)?);
            } else if let Some(list) = line.strip_prefix("#EXT-X-MEDIA:") {
                let list = attributes(list)?;
                match (list.get("TYPE"), list.get("URI")) {
                    (Some(&"AUDIO"), Some(&uri)) => out.audio.push(AudioRendition {
                        uri: uri.to_owned(),
                        group: (*list.get("GROUP-ID").ok_or("EXT-X-MEDIA has no GROUP-ID")?).to_owned(),
                        attributes: owned(&list),
                    }),
                    (Some(&"SUBTITLES"), Some(&uri)) => out.subtitles.push(uri.to_owned()),
                    _ => {}
                }
            } else if let Some(list) = line.strip_prefix("#EXT-X-I-FRAME-STREAM-INF:") {
                let list = attributes(list)?;
                list.get("URI").ok_or("EXT-X-I-FRAME-STREAM-INF has no URI")?;
                out.key_frames.push(owned(&list));
            } else if line == "#EXT-X-INDEPENDENT-SEGMENTS" {
                out.independent_segments = true;
            } else if !line.starts_with('#') {
                let list = pending
                    .take()
                    .ok_or_else(|| format!("{line:?} has no EXT-X-STREAM-INF"))?;
                out.variants.push(Variant {
                    uri: line.to_owned(),
                    bandwidth: list.get("BANDWIDTH").and_then(|text| text.parse().ok()),
                    average_bandwidth: list.get("AVERAGE-BANDWIDTH").and_then(|text| text.parse().ok()),
                    audio_group: list.get("AUDIO").map(|&group| group.to_owned()),
                    attributes: owned(&list),
                });
            }
        }
        if out.variants.is_empty() {
            return Err("it has no variant".to_owned());
        }
        Ok(out)
    }
}

impl Media {
    /// Parses a media playlist.
    ///
    /// # Errors
    /// A text for people: which line is wrong and how. Byte ranges, discontinuities and several maps are refused:
    /// a check that guessed at them would not be one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        let mut target = None;
        let mut pending = None;
        let mut ended = false;
        let mut encryption = None;
        for line in lines(text)? {
            if let Some(value) = line.strip_prefix("#EXTINF:") {
                let value = value.split(',').next().unwrap_or_default();
                pending = Some(micros(value).ok_or_else(|| format!("EXTINF {value:?} is not a duration"))?);
            } else if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
                target = value.parse().ok();
            } else if let Some(list) = line.strip_prefix("#EXT-X-KEY:") {
                let list = attributes(list)?;
                encryption = Encryption::of(|name| list.get(name).copied())?;
            } else if line.starts_with("#EXT-X-MAP:") && encryption.is_some() {
                return Err("its EXT-X-MAP is encrypted, which this check does not read".to_owned());
            } else if let Some(list) = line.strip_prefix("#EXT-X-MAP:") {
                let list = attributes(list)?;
                let uri = list.get("URI").ok_or("EXT-X-MAP has no URI")?;
                if out.init.replace((*uri).to_owned()).is_some() {
                    return Err("it has several EXT-X-MAP, which this check does not read".to_owned());
                }
            } else if line == "#EXT-X-INDEPENDENT-SEGMENTS" {
                out.independent_segments = true;
            } else if line == "#EXT-X-ENDLIST" {
                ended = true;
            } else if line.starts_with("#EXT-X-BYTERANGE") || line.starts_with("#EXT-X-DISCONTINUITY") {
                return Err(format!("{line} is not read by this check"));
            } else if !line.starts_with('#') {
                out.segments.push(Segment {
                    uri: line.to_owned(),
                    duration_us: pending.take().ok_or_else(|| format!("{line:?} has no EXTINF"))?,
                    encryption: encryption.clone(),
                });
            }
        }
        out.target_duration = target.ok_or("it has no EXT-X-TARGETDURATION")?;
        if out.segments.is_empty() {
            return Err("it has no segment".to_owned());
        }
        if !ended {
            return Err("EXT-X-ENDLIST is missing: a client would wait for more".to_owned());
        }
        Ok(out)
    }
}

fn lines(text: &str) -> Result<impl Iterator<Item = &str>, String> {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    match lines.next() {
        Some("#EXTM3U") => Ok(lines),
        _ => Err("it does not begin with #EXTM3U".to_owned()),
    }
}

/// An attribute list: `NAME=value,NAME="quoted, value"`. Quotes are taken off.
fn attributes(mut list: &str) -> Result<BTreeMap<&str, &str>, String> {
    let mut out = BTreeMap::new();
    while !list.is_empty() {
        let (name, rest) = list
            .split_once('=')
            .ok_or_else(|| format!("the attribute list {list:?} has no ="))?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted
                .split_once('"')
                .ok_or_else(|| format!("a quote of {name} never ends"))?,
            None => rest
                .split_at_checked(rest.find(',').unwrap_or(rest.len()))
                .unwrap_or((rest, "")),
        };
        if out.insert(name.trim(), value).is_some() {
            return Err(format!("the attribute {name} stands twice"));
        }
        list = match rest.strip_prefix(',') {
            Some(rest) => rest,
            None if rest.is_empty() => rest,
            None => return Err(format!("{rest:?} follows the value of {name}")),
        };
    }
    Ok(out)
}

fn owned(list: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    list.iter()
        .map(|(&name, &value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Decimal seconds as microseconds; further decimals are cut.
fn micros(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"One, two\",URI=\"a1/index.m3u8\",DEFAULT=YES\n\
        #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"x\",URI=\"s.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=900,AVERAGE-BANDWIDTH=800,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"a\"\n\
        v1/index.m3u8\n";

    #[test]
    fn quoted_commas_do_not_end_a_value() {
        let master = Multivariant::parse(MASTER).unwrap();
        assert!(master.independent_segments);
        assert_eq!(master.audio.len(), 1);
        assert_eq!(master.audio[0].uri, "a1/index.m3u8");
        let variant = &master.variants[0];
        assert_eq!(
            (variant.bandwidth, variant.average_bandwidth),
            (Some(900), Some(800))
        );
        assert_eq!(
            (variant.uri.as_str(), variant.audio_group.as_deref()),
            ("v1/index.m3u8", Some("a"))
        );
    }

    #[test]
    fn a_media_playlist_gives_exact_microseconds() {
        let text = "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-MAP:URI=\"init.mp4\"\r\n#EXTINF:3.84,\r\n1.m4s\r\n\
            #EXTINF:1.000001,title\r\n2.m4s\r\n#EXT-X-ENDLIST\r\n";
        let media = Media::parse(text).unwrap();
        assert_eq!(media.target_duration, 4);
        assert_eq!(media.init.as_deref(), Some("init.mp4"));
        let durations: Vec<_> = media.segments.iter().map(|s| s.duration_us).collect();
        assert_eq!(durations, [3_840_000, 1_000_001]);
        assert!(!media.independent_segments);
    }

    #[test]
    fn a_key_holds_until_the_next_and_never_for_the_map() {
        let iv = "0x000102030405060708090A0B0C0D0E0F";
        let key = format!("#EXT-X-KEY:METHOD=AES-128,URI=\"../key\",IV={iv}\n");
        let map = "#EXT-X-MAP:URI=\"init.mp4\"\n";
        let head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n";
        let rest = "#EXTINF:1,\na\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\nb\n#EXT-X-ENDLIST\n";
        let media = Media::parse(&format!("{head}{map}{key}{rest}")).unwrap();
        let keys = media.segments.iter().map(|segment| segment.encryption.as_ref());
        let uris: Vec<_> = keys.map(|key| key.map(|key| key.key_uri.as_str())).collect();
        assert_eq!(uris, [Some("../key"), None]);
        assert!(Media::parse(&format!("{head}{key}{map}{rest}")).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "#EXTINF:1,\na",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.m4s\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\na.m4s\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:x,\na.m4s\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n#EXT-X-BYTERANGE:5@0\na.m4s\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXTINF:1,\na.m4s\n#EXT-X-ENDLIST\n",
        ] {
            assert!(Media::parse(text).is_err(), "{text:?}");
        }
        assert!(Multivariant::parse("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,BANDWIDTH=2\na\n").is_err());
        assert!(Multivariant::parse("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"x\n").is_err());
    }
}
