//! Gathers what the tags of a media playlist say about its segments.

use super::{
    attributes::Attribute,
    child_path::ChildPath,
    error::PlaylistFault,
    playlist::{ForeignMedia, ForeignSegment},
};
use crate::range::ByteRange;

/// What has been said so far, and what holds for the segments to come.
#[derive(Debug, Default)]
pub(super) struct MediaReader {
    media: ForeignMedia,
    target_secs: Option<u64>,
    map: Option<(ChildPath, Option<ByteRange>)>,
    encrypted: bool,
    /// Length and offset of the next segment's range.
    range: Option<(u64, Option<u64>)>,
}

impl MediaReader {
    pub(super) fn flag(&mut self, tag: &str) {
        match tag {
            "EXT-X-ENDLIST" => self.media.ended = true,
            "EXT-X-INDEPENDENT-SEGMENTS" => self.media.independent = true,
            _ => {}
        }
    }

    pub(super) fn integer(&mut self, tag: &str, value: u64) {
        if tag == "EXT-X-TARGETDURATION" {
            self.target_secs = Some(value);
        }
    }

    /// `EXT-X-BYTERANGE`.
    pub(super) fn range(&mut self, value: &str) -> Option<()> {
        self.range = Some(length_and_offset(value)?);
        Some(())
    }

    /// `EXT-X-MAP`.
    pub(super) fn map(&mut self, child: Option<ChildPath>, attributes: &[Attribute<'_>]) -> Option<()> {
        let range = match value(attributes, "BYTERANGE") {
            None => None,
            Some(text) => {
                let (length, offset) = length_and_offset(text)?;
                Some(ByteRange::from_len(offset?, length)?)
            }
        };
        self.map = Some((child?, range));
        Some(())
    }

    /// `EXT-X-KEY`.
    pub(super) fn key(&mut self, attributes: &[Attribute<'_>]) -> Option<()> {
        self.encrypted = value(attributes, "METHOD")? != "NONE";
        Some(())
    }

    /// A segment's URI.
    pub(super) fn segment(&mut self, path: ChildPath, micros: u64) -> Result<(), PlaylistFault> {
        let range = match self.range.take() {
            None => None,
            Some((length, offset)) => {
                let offset = offset.or_else(|| self.end_of_last(&path));
                let range = offset.and_then(|offset| ByteRange::from_len(offset, length));
                Some(range.ok_or_else(|| PlaylistFault::Value {
                    tag: "EXT-X-BYTERANGE".to_owned(),
                })?)
            }
        };
        self.media.segments.push(ForeignSegment {
            path,
            range,
            micros,
            map: self.map.clone(),
            encrypted: self.encrypted,
        });
        Ok(())
    }

    /// The whole; `None` when there was no target duration.
    pub(super) fn finish(self) -> Option<ForeignMedia> {
        Some(ForeignMedia {
            target_secs: self.target_secs?,
            ..self.media
        })
    }

    /// A range without offset goes on where the one before it ended, in the same file (section 4.4.4.2).
    fn end_of_last(&self, path: &ChildPath) -> Option<u64> {
        let last = self.media.segments.last().filter(|last| last.path == *path)?;
        last.range.map(|range| range.end())
    }
}

/// A decimal integer: digits only.
pub(super) fn integer(text: &str) -> Option<u64> {
    let digits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A duration in seconds with any number of decimals, below a thousand million seconds, in microseconds.
pub(super) fn micros(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || whole.len() > 9 {
        return None;
    }
    let decimals: String = decimals.chars().chain("000000".chars()).take(6).collect();
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(decimals.parse().ok()?)
}

/// `length[@offset]`.
fn length_and_offset(text: &str) -> Option<(u64, Option<u64>)> {
    match text.split_once('@') {
        None => Some((integer(text)?, None)),
        Some((length, offset)) => Some((integer(length)?, Some(integer(offset)?))),
    }
}

fn value<'a>(attributes: &[Attribute<'a>], name: &str) -> Option<&'a str> {
    let mut found = attributes.iter().filter(|attribute| attribute.name == name);
    found.next().map(|attribute| attribute.value)
}
