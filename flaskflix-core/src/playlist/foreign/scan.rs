//! Reads a playlist line by line: bounds, characters, grammar, URIs.

use super::{
    attributes::{Attribute, Attributes},
    child_path::ChildPath,
    error::{PlaylistError, PlaylistFault},
    limits::PlaylistLimits,
    media_reader::{self, MediaReader},
    playlist::{Content, ForeignPlaylist},
    tag::{Grammar, Home, Tag},
};

/// A playlist as one reader sees it, and what a second one needs to check that.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) playlist: ForeignPlaylist,
    /// The text without titles of segments.
    pub(super) plain: String,
    /// URIs that stand on lines of their own, as they are written.
    pub(super) line_uris: Vec<String>,
    /// All URIs, as they are written.
    pub(super) raw_uris: Vec<String>,
    /// Number of lines.
    pub(super) lines: usize,
}

pub(super) fn scan(
    bytes: &[u8],
    place: &ChildPath,
    limits: &PlaylistLimits,
) -> Result<Scanned, PlaylistError> {
    if bytes.len() as u64 > limits.max_bytes {
        let fault = over_limit("max_bytes", limits.max_bytes, bytes.len() as u64);
        return Err(PlaylistError::at(1, fault));
    }
    let mut scanner = Scanner::new(place, limits);
    let mut lines = 0;
    // What follows the last line feed is a line only when there is something.
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        lines = number;
        let scan = |scanner: &mut Scanner<'_>| {
            within("max_lines", limits.max_lines, number)?;
            let line = readable(line, limits)?;
            scanner.line(number, line)
        };
        scan(&mut scanner).map_err(|fault| PlaylistError::at(number, fault))?;
    }
    scanner
        .finish(lines)
        .map_err(|fault| PlaylistError::at(lines, fault))
}

/// A line as text that every reader takes for one line, without white space at its end.
fn readable<'a>(line: &'a [u8], limits: &PlaylistLimits) -> Result<&'a str, PlaylistFault> {
    within("max_line_bytes", limits.max_line_bytes, line.len())?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = str::from_utf8(line).map_err(|_| PlaylistFault::NotUtf8)?;
    // Line ends of Unicode count as such in the regular expressions of JavaScript.
    let forbidden =
        |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if let Some(character) = line.chars().find(|&c| forbidden(c)) {
        return Err(PlaylistFault::ForbiddenCharacter { character });
    }
    if line.starts_with(char::is_whitespace) && !line.trim().is_empty() {
        return Err(PlaylistFault::LeadingSpace);
    }
    Ok(line.trim_end_matches([' ', '\t']))
}

/// The tag that a URI line must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    Segment { micros: u64 },
    Variant,
}

#[derive(Debug)]
struct Scanner<'a> {
    place: &'a ChildPath,
    limits: &'a PlaylistLimits,
    text: String,
    uris: Vec<(std::ops::Range<usize>, ChildPath)>,
    plain: String,
    line_uris: Vec<String>,
    raw_uris: Vec<String>,
    home: Home,
    announced: Option<Announced>,
    /// Variants, I-frame variants and renditions.
    streams: usize,
    media: MediaReader,
}

impl<'a> Scanner<'a> {
    fn new(place: &'a ChildPath, limits: &'a PlaylistLimits) -> Self {
        Self {
            place,
            limits,
            text: String::new(),
            uris: Vec::new(),
            plain: String::new(),
            line_uris: Vec::new(),
            raw_uris: Vec::new(),
            home: Home::Either,
            announced: None,
            streams: 0,
            media: MediaReader::default(),
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), PlaylistFault> {
        if number == 1 && line != "#EXTM3U" {
            return Err(PlaylistFault::NoHeader);
        }
        let mut plain = None;
        if line.is_empty() {
            return Ok(());
        } else if !line.starts_with('#') {
            self.uri_line(line)?;
        } else if let Some(tag) = line.strip_prefix('#').filter(|tag| tag.starts_with("EXT")) {
            plain = self.tag(tag)?;
        }
        for (text, line) in [
            (&mut self.text, line),
            (&mut self.plain, plain.as_deref().unwrap_or(line)),
        ] {
            text.push_str(line);
            text.push('\n');
        }
        Ok(())
    }

    fn uri_line(&mut self, line: &str) -> Result<(), PlaylistFault> {
        let child = self.uri(line, self.text.len())?;
        self.line_uris.push(line.to_owned());
        match self.announced.take().ok_or(PlaylistFault::StrayUri)? {
            Announced::Variant => Ok(()),
            Announced::Segment { micros } => {
                within("max_segments", self.limits.max_segments, self.line_uris.len())?;
                self.media.segment(child, micros)
            }
        }
    }

    /// Resolves a URI whose text is about to stand at this place.
    fn uri(&mut self, written: &str, at: usize) -> Result<ChildPath, PlaylistFault> {
        let child = self.place.resolve(written)?;
        self.uris
            .push((at..at.saturating_add(written.len()), child.clone()));
        self.raw_uris.push(written.to_owned());
        Ok(child)
    }

    /// Reads a tag. Returns the line that the second reader is to see instead.
    fn tag(&mut self, line: &str) -> Result<Option<String>, PlaylistFault> {
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (line, None),
        };
        let Some(tag) = Tag::named(name) else {
            return unknown_tag(line).map(|()| None);
        };
        self.is_at_home(tag.home)?;
        let bad_value = || PlaylistFault::Value { tag: name.to_owned() };
        match (tag.grammar, value) {
            (Grammar::Refused, _) => {
                return Err(PlaylistFault::LeadsOut {
                    name: name.to_owned(),
                });
            }
            (Grammar::Flag, None) => self.media.flag(name),
            (Grammar::Integer, Some(value)) => {
                let value = media_reader::integer(value).ok_or_else(bad_value)?;
                self.media.integer(name, value);
            }
            (Grammar::Text, Some(value)) if !value.is_empty() => {}
            (Grammar::Range, Some(value)) => {
                self.media.range(value).ok_or_else(bad_value)?;
            }
            (Grammar::List, Some(list)) => self.list(name, list)?,
            (Grammar::Inf, Some(value)) => {
                let duration = value.split(',').next().unwrap_or_default();
                let micros = media_reader::micros(duration).ok_or_else(bad_value)?;
                self.announce(Announced::Segment { micros })?;
                return Ok(Some(format!("#EXTINF:{duration},")));
            }
            _ => return Err(bad_value()),
        }
        Ok(None)
    }

    fn list(&mut self, tag: &str, list: &str) -> Result<(), PlaylistFault> {
        let bad_value = || PlaylistFault::Value { tag: tag.to_owned() };
        // The line goes into the text as it is: `#`, the tag, a colon, the list.
        let list_at = self.text.len().saturating_add(tag.len()).saturating_add(2);
        let mut child = None;
        let mut attributes = Vec::new();
        for attribute in Attributes::of(list) {
            let attribute: Attribute<'_> = attribute.map_err(|_| bad_value())?;
            let name = attribute.name.to_ascii_uppercase();
            if attribute.name == "URI" {
                if !attribute.quoted || child.is_some() {
                    return Err(bad_value());
                }
                child = Some(self.uri(attribute.value, list_at.saturating_add(attribute.at))?);
            } else if name.ends_with("URI") || name == "X-ASSET-LIST" {
                let name = attribute.name.to_owned();
                return Err(PlaylistFault::LeadsOut { name });
            }
            attributes.push(attribute);
        }
        if matches!(
            tag,
            "EXT-X-STREAM-INF" | "EXT-X-I-FRAME-STREAM-INF" | "EXT-X-IMAGE-STREAM-INF" | "EXT-X-MEDIA"
        ) {
            self.streams = self.streams.saturating_add(1);
            within("max_variants", self.limits.max_variants, self.streams)?;
        }
        match tag {
            "EXT-X-STREAM-INF" => self.announce(Announced::Variant),
            "EXT-X-MAP" => self.media.map(child, &attributes).ok_or_else(bad_value),
            "EXT-X-KEY" => self.media.key(&attributes).ok_or_else(bad_value),
            _ => Ok(()),
        }
    }

    fn announce(&mut self, announced: Announced) -> Result<(), PlaylistFault> {
        match self.announced.replace(announced) {
            None => Ok(()),
            Some(_) => Err(PlaylistFault::StrayUri),
        }
    }

    fn is_at_home(&mut self, home: Home) -> Result<(), PlaylistFault> {
        match (self.home, home) {
            (_, Home::Either) => {}
            (Home::Either, home) => self.home = home,
            (own, home) if own == home => {}
            _ => return Err(PlaylistFault::Mixed),
        }
        Ok(())
    }

    fn finish(self, lines: usize) -> Result<Scanned, PlaylistFault> {
        if self.announced.is_some() {
            return Err(PlaylistFault::StrayUri);
        }
        let missing = |missing| PlaylistFault::NotHls { missing };
        let content = match self.home {
            Home::Either => return Err(missing("EXTINF or EXT-X-STREAM-INF")),
            Home::Multivariant => Content::Multivariant,
            Home::Media => Content::Media(self.media.finish().ok_or(missing("EXT-X-TARGETDURATION"))?),
        };
        if self.line_uris.is_empty() {
            return Err(missing("segment or variant"));
        }
        Ok(Scanned {
            playlist: ForeignPlaylist {
                text: self.text,
                uris: self.uris,
                content,
            },
            plain: self.plain,
            line_uris: self.line_uris,
            raw_uris: self.raw_uris,
            lines,
        })
    }
}

/// A tag that we do not know: readers ignore it (RFC 8216bis section 6.3.1), and it stays when there is no URI in it.
fn unknown_tag(line: &str) -> Result<(), PlaylistFault> {
    // The whole line: without a colon there is no value to look into.
    let upper = line.to_ascii_uppercase();
    if upper.contains("://") || upper.contains("URI=") {
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let name = end.and_then(|end| line.get(..end)).unwrap_or(line);
        return Err(PlaylistFault::LeadsOut {
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn within(limit_name: &'static str, limit: usize, found: usize) -> Result<(), PlaylistFault> {
    if found > limit {
        return Err(over_limit(limit_name, limit as u64, found as u64));
    }
    Ok(())
}

const fn over_limit(limit_name: &'static str, limit: u64, found: u64) -> PlaylistFault {
    PlaylistFault::OverLimit {
        limit_name,
        limit,
        found,
    }
}
