//! The URL path that a token opens: the claim `catu` with part 3 (path), match 1 (prefix).

use std::fmt::{self, Write as _};

use crate::id::TitleId;

/// A text is not a safe path prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPathPrefix {
    /// It does not begin with `/`.
    #[error("a path prefix begins with a slash")]
    NoOpeningSlash,
    /// It does not end with `/`: `/movies/4` would open `/movies/42`.
    #[error("a path prefix ends with a slash")]
    NoClosingSlash,
    /// A segment is empty, `.` or `..`, or holds what no segment of ours can hold, percent-encoded or not: a slash,
    /// a backslash, a control character, a character that URLs do not allow, a broken escape.
    #[error("a segment of the path prefix is empty, a dot segment, or not a canonical URL segment")]
    BadSegment,
}

/// A URL path that begins and ends with a slash: what the claim `catu` opens.
///
/// # Examples
/// ```
/// use flaskflix_core::{id::TitleId, token::{InvalidPathPrefix, PathPrefix}};
/// let title = TitleId::parse("Film (1).mp4").unwrap();
/// assert_eq!(PathPrefix::of_title("", &title).as_str(), "/stream/Film%20%281%29.mp4/");
/// assert_eq!(PathPrefix::parse("/movies/4"), Err(InvalidPathPrefix::NoClosingSlash));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Parses a prefix, percent-encoded as it stands in URLs.
    ///
    /// # Errors
    /// [`InvalidPathPrefix`] when the text breaks one of the rules.
    pub fn parse(text: &str) -> Result<Self, InvalidPathPrefix> {
        let rest = text.strip_prefix('/').ok_or(InvalidPathPrefix::NoOpeningSlash)?;
        let segments = match rest {
            "" => return Ok(Self(text.into())),
            _ => rest.strip_suffix('/').ok_or(InvalidPathPrefix::NoClosingSlash)?,
        };
        if segments.split('/').all(is_canonical_segment) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidPathPrefix::BadSegment)
        }
    }

    /// The prefix of all URLs of one title: `{mount}/stream/{title}/`.
    ///
    /// `mount` is where the streamer is mounted, not percent-encoded; slashes around it do not matter and `""` is
    /// the root. In segments every byte but the unreserved ones of [RFC 3986 section 2.3] is percent-encoded.
    ///
    /// [RFC 3986 section 2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
    #[must_use]
    pub fn of_title(mount: &str, title: &TitleId) -> Self {
        let mut path = String::from("/");
        for segment in segments_of_title(mount, title.as_str()) {
            encode(segment, &mut path);
            path.push('/');
        }
        Self(path)
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether every URL of the title begins with this prefix, compared by decoded segments.
///
/// A prefix that is not one at segment borders covers nothing. An escaped slash stays inside its segment and
/// matches no title, so `/movies/42/..%2f43/` is not below `/movies/43/`.
pub(super) fn covers(prefix: &str, mount: &str, title: &str) -> bool {
    let Some(rest) = prefix.strip_prefix('/') else {
        return false;
    };
    if rest.is_empty() {
        return true;
    }
    let Some(segments) = rest.strip_suffix('/') else {
        return false;
    };
    let mut expected = segments_of_title(mount, title);
    segments
        .split('/')
        .all(|segment| expected.next().is_some_and(|plain| spells(segment, plain)))
}

/// Whether a segment of a URL stands for this plain text.
fn spells(segment: &str, plain: &str) -> bool {
    if segment.contains('%') {
        decoded(segment).eq(plain.bytes().map(Some))
    } else {
        segment == plain
    }
}

/// The segments before decoding that every URL of the title begins with.
fn segments_of_title<'a>(mount: &'a str, title: &'a str) -> impl Iterator<Item = &'a str> {
    let mount = mount.split('/').filter(|segment| !segment.is_empty());
    mount.chain(["stream", title])
}

fn is_canonical_segment(segment: &str) -> bool {
    // What a `pchar` may be unescaped: RFC 3986 section 3.3.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&b);
    let is_path_byte = |b: Option<u8>| b.is_some_and(|b| !b.is_ascii_control() && !matches!(b, b'/' | b'\\'));
    let is_dots = spells(segment, ".") || spells(segment, "..");
    !segment.is_empty() && !is_dots && segment.bytes().all(is_plain) && decoded(segment).all(is_path_byte)
}

/// The bytes of a segment with its percent escapes resolved; `None` stands for a broken escape.
fn decoded(segment: &str) -> impl Iterator<Item = Option<u8>> {
    let mut bytes = segment.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(Some(byte));
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let value = digit().zip(digit()).map(|(high, low)| high << 4 | low);
        Some(value.and_then(|value| u8::try_from(value).ok()))
    })
}

fn encode(segment: &str, out: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
