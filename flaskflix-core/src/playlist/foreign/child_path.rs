//! The name of a file below a playlist's folder, out of a URI that somebody else wrote.
//!
//! URI references are those of [RFC 3986 section 4.2](https://www.rfc-editor.org/rfc/rfc3986#section-4.2), of which only plain relative
//! paths are taken.

use std::{fmt, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::id::{AssetKey, InvalidId, MAX_KEY_BYTES};

/// A file below the folder of a title's playlist: a relative path, decoded, that never leaves the folder.
///
/// Every component is non-empty, neither `.` nor `..`, without backslash and control characters, and the last one has an extension
/// of [`FileKind`]. Symbolic links are the byte source's concern.
///
/// # Examples
/// ```
/// use flaskflix_core::{id::AssetKey, playlist::ChildPath};
/// let title = AssetKey::parse("films/hello/master.m3u8")?;
/// let playlist = ChildPath::parse("720p/index.m3u8")?;
/// let segment = playlist.resolve("../shared/a%20b.ts")?;
/// assert_eq!(segment.as_str(), "shared/a b.ts");
/// assert_eq!(segment.url_from(&playlist), "../shared/a%20b.ts");
/// assert_eq!(segment.asset_beside(&title)?.as_str(), "films/hello/shared/a b.ts");
/// assert!(playlist.resolve("../../other/a.ts").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildPath {
    path: Arc<str>,
    kind: FileKind,
}

/// What a file below a playlist's folder is, by its extension. Files with other extensions are not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// Another playlist: `m3u8`. It is read and rewritten before it is served.
    Playlist,
    /// Picture and sound: `ts`, `m2ts`, `m4s`, `mp4`, `m4v`, `m4a`, `cmfv`, `cmfa`, `cmft`, `aac`, `mp3`, `ac3`, `ec3`.
    Media,
    /// A key of AES-128 segments: `key`, `bin`.
    Key,
    /// Captions: `vtt`, `webvtt`.
    Caption,
    /// Pictures and session data: `jpg`, `jpeg`, `png`, `json`.
    Extra,
}

/// Why a URI names no file below its playlist's folder. Completes the sentence "the URI ...".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriFault {
    /// Nothing, or a path that ends in `/`.
    #[error("names no file")]
    NoFile,
    /// `http:`, `data:`, `skd:` or anything else before a colon.
    #[error("has a scheme: only relative URIs are served")]
    Scheme,
    /// A path or host of its own: it starts with `/`.
    #[error("starts with a slash: only relative URIs are served")]
    Absolute,
    /// A query or a fragment, which no file has.
    #[error("has a query or fragment")]
    Query,
    /// A `%` that two hexadecimal digits do not follow, or bytes that are not UTF-8.
    #[error("has a bad percent escape")]
    Escape,
    /// A backslash or control character, or a slash inside a component, plain or encoded.
    #[error("holds the character {character:?}")]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// `..` leads out of the title's folder.
    #[error("leads out of the folder")]
    LeadsOut,
    /// Not the extension of a playlist, media file, key or caption.
    #[error("has no extension that is served")]
    Extension,
    /// Longer than a key may be.
    #[error("has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Length of the path.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
}

impl ChildPath {
    /// Reads a decoded path, exactly as it is: no `.`, no `..`, no escapes.
    ///
    /// # Errors
    /// [`UriFault`] when it breaks one of the rules above.
    pub fn parse(path: &str) -> Result<Self, UriFault> {
        Self::from_components(path.split('/'))
    }

    /// Reads decoded components, as a router has them. None may be `.` or `..` or hold a slash.
    ///
    /// # Errors
    /// [`UriFault`] when one breaks the rules above.
    pub fn from_components<'a>(components: impl Iterator<Item = &'a str>) -> Result<Self, UriFault> {
        let mut path = String::new();
        for component in components {
            check_component(component)?;
            if matches!(component, "." | "..") {
                return Err(UriFault::LeadsOut);
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(component);
        }
        if path.len() > MAX_KEY_BYTES {
            return Err(UriFault::TooLong {
                bytes: path.len(),
                limit: MAX_KEY_BYTES,
            });
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        let kind = extension
            .and_then(|(_, extension)| FileKind::of_extension(extension))
            .ok_or(if name.is_empty() {
                UriFault::NoFile
            } else {
                UriFault::Extension
            })?;
        Ok(Self {
            path: path.into(),
            kind,
        })
    }

    /// The file name of a title's own playlist: where it lies below its own folder.
    ///
    /// # Errors
    /// [`UriFault::Extension`] when it is not named as a playlist is.
    pub fn of_playlist(playlist: &AssetKey) -> Result<Self, UriFault> {
        Self::parse(playlist.as_str().rsplit('/').next().unwrap_or_default())
    }

    /// The file that a URI in this playlist names. Every component is decoded once.
    ///
    /// # Errors
    /// [`UriFault`] when it is not a plain relative path to a file that is served below the title's folder.
    pub fn resolve(&self, reference: &str) -> Result<Self, UriFault> {
        if reference.starts_with('/') {
            return Err(UriFault::Absolute);
        }
        // RFC 3986 section 4.2: a colon in the first component would be the end of a scheme.
        if reference
            .split('/')
            .next()
            .is_some_and(|first| first.contains(':'))
        {
            return Err(UriFault::Scheme);
        }
        if reference.contains(['?', '#']) {
            return Err(UriFault::Query);
        }
        let decoded: Vec<String> = reference.split('/').map(decode).collect::<Result<_, _>>()?;
        let mut components: Vec<&str> = self.folder().collect();
        let mut ends_in_dots = false;
        for component in &decoded {
            check_component(component)?;
            ends_in_dots = matches!(&**component, "." | "..");
            match &**component {
                "." => {}
                ".." => {
                    components.pop().ok_or(UriFault::LeadsOut)?;
                }
                name => components.push(name),
            }
        }
        if ends_in_dots {
            return Err(UriFault::NoFile);
        }
        Self::from_components(components.into_iter())
    }

    /// The path, decoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The text behind the last dot.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.path.rsplit_once('.').map(|(_, extension)| extension)
    }

    /// What the file is.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// The path as a URL relative to the title's folder, percent-encoded in the one canonical way.
    #[must_use]
    pub fn url(&self) -> String {
        encode(self.path.split('/'))
    }

    /// The path as a URL relative to a playlist of the same title, percent-encoded in the one canonical way.
    #[must_use]
    pub fn url_from(&self, playlist: &Self) -> String {
        let shared = self
            .folder()
            .zip(playlist.folder())
            .take_while(|(own, other)| own == other)
            .count();
        let up = playlist.folder().count().saturating_sub(shared);
        let mut url = "../".repeat(up);
        url.push_str(&encode(self.path.split('/').skip(shared)));
        url
    }

    /// The stored object, given the title's own playlist: both folders are the same.
    ///
    /// # Errors
    /// [`InvalidId`] when the two together are longer than a key may be.
    pub fn asset_beside(&self, title: &AssetKey) -> Result<AssetKey, InvalidId> {
        match title.as_str().rsplit_once('/') {
            Some((folder, _)) => AssetKey::parse(&format!("{folder}/{}", self.path)),
            None => AssetKey::parse(&self.path),
        }
    }

    /// The components in front of the file name.
    fn folder(&self) -> impl Iterator<Item = &str> {
        let folder = self.path.rsplit_once('/').map(|(folder, _)| folder);
        folder.into_iter().flat_map(|folder| folder.split('/'))
    }
}

impl fmt::Display for ChildPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl FileKind {
    fn of_extension(extension: &str) -> Option<Self> {
        EXTENSIONS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(extension))
            .map(|(_, kind)| *kind)
    }
}

fn check_component(component: &str) -> Result<(), UriFault> {
    if component.is_empty() {
        return Err(UriFault::NoFile);
    }
    let forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\');
    match component.chars().find(|&c| forbidden(c)) {
        Some(character) => Err(UriFault::ForbiddenCharacter { character }),
        None => Ok(()),
    }
}

/// Decodes one component, once.
fn decode(component: &str) -> Result<String, UriFault> {
    let escapes_are_whole = component.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    });
    if !escapes_are_whole {
        return Err(UriFault::Escape);
    }
    let decoded = percent_decode_str(component).decode_utf8();
    decoded.map(String::from).map_err(|_| UriFault::Escape)
}

fn encode<'a>(components: impl Iterator<Item = &'a str>) -> String {
    let mut url = String::new();
    for component in components {
        if !url.is_empty() {
            url.push('/');
        }
        url.extend(utf8_percent_encode(component, COMPONENT));
    }
    url
}

/// What is escaped in a component: all but the unreserved characters of RFC 3986 section 2.3.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[rustfmt::skip]
const EXTENSIONS: [(&str, FileKind); 22] = [
    ("m3u8", FileKind::Playlist),
    ("ts",   FileKind::Media), ("m2ts", FileKind::Media), ("m4s",  FileKind::Media), ("mp4",  FileKind::Media),
    ("m4v",  FileKind::Media), ("m4a",  FileKind::Media), ("cmfv", FileKind::Media), ("cmfa", FileKind::Media),
    ("cmft", FileKind::Media), ("aac",  FileKind::Media), ("mp3",  FileKind::Media), ("ac3",  FileKind::Media),
    ("ec3",  FileKind::Media),
    ("key",  FileKind::Key),   ("bin",  FileKind::Key),
    ("vtt",  FileKind::Caption), ("webvtt", FileKind::Caption),
    ("jpg",  FileKind::Extra), ("jpeg", FileKind::Extra), ("png",  FileKind::Extra), ("json", FileKind::Extra),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_the_folder_has_one_canonical_url() {
        let playlist = ChildPath::parse("a/b/index.m3u8").unwrap();
        #[rustfmt::skip]
        let table = [
            ("1.ts",                  "a/b/1.ts",      "1.ts"),
            ("./1.ts",                "a/b/1.ts",      "1.ts"),
            ("c/./d/../1.ts",         "a/b/c/1.ts",    "c/1.ts"),
            ("../1.ts",               "a/1.ts",        "../1.ts"),
            ("../../1.ts",            "1.ts",          "../../1.ts"),
            ("../../a/b/1.ts",        "a/b/1.ts",      "1.ts"),
            ("../b/1.ts",             "a/b/1.ts",      "1.ts"),
            ("../../b/1.ts",          "b/1.ts",        "../../b/1.ts"),
            ("%31.t%73",              "a/b/1.ts",      "1.ts"),
            ("a b&c.ts",              "a/b/a b&c.ts",  "a%20b%26c.ts"),
            ("x/a:b.ts",              "a/b/x/a:b.ts",  "x/a%3Ab.ts"),
            ("Am%C3%A9lie.TS",        "a/b/Amélie.TS", "Am%C3%A9lie.TS"),
            ("Amélie.TS",             "a/b/Amélie.TS", "Am%C3%A9lie.TS"),
            ("%252e%252e.ts",         "a/b/%2e%2e.ts", "%252e%252e.ts"),
            ("%23.ts",                "a/b/#.ts",      "%23.ts"),
            ("...ts",                 "a/b/...ts",     "...ts"),
        ];
        for (reference, path, url) in table {
            let child = playlist
                .resolve(reference)
                .unwrap_or_else(|fault| panic!("{reference}: {fault}"));
            assert_eq!(
                (child.as_str(), &*child.url_from(&playlist)),
                (path, url),
                "{reference}"
            );
            assert_eq!(playlist.resolve(url).unwrap(), child, "{reference}");
        }
    }

    #[test]
    fn what_lies_elsewhere_is_refused() {
        let playlist = ChildPath::parse("a/index.m3u8").unwrap();
        let forbidden = |character| UriFault::ForbiddenCharacter { character };
        #[rustfmt::skip]
        let table = [
            ("",                         UriFault::NoFile),
            (".",                        UriFault::NoFile),
            ("b/",                       UriFault::NoFile),
            ("b//1.ts",                  UriFault::NoFile),
            ("1.ts/..",                  UriFault::NoFile),
            ("/1.ts",                    UriFault::Absolute),
            ("//host/1.ts",              UriFault::Absolute),
            ("http://host/1.ts",         UriFault::Scheme),
            ("HTTP:1.ts",                UriFault::Scheme),
            ("data:text/plain,1.ts",     UriFault::Scheme),
            ("C:1.ts",                   UriFault::Scheme),
            (":1.ts",                    UriFault::Scheme),
            ("1.ts?x",                   UriFault::Query),
            ("1.ts#x",                   UriFault::Query),
            ("../../1.ts",               UriFault::LeadsOut),
            ("b/../../../1.ts",          UriFault::LeadsOut),
            ("%2e%2e/%2e%2E/1.ts",       UriFault::LeadsOut),
            ("..%2f..%2f1.ts",           forbidden('/')),
            ("..%5c1.ts",                forbidden('\\')),
            ("..\\1.ts",                 forbidden('\\')),
            ("\\\\host\\1.ts",           forbidden('\\')),
            ("%00.ts",                   forbidden('\0')),
            ("1%0a.ts",                  forbidden('\n')),
            ("%c2%85.ts",                forbidden('\u{85}')),
            ("%.ts",                     UriFault::Escape),
            ("%2.ts",                    UriFault::Escape),
            ("%zz.ts",                   UriFault::Escape),
            ("%ff.ts",                   UriFault::Escape),
            ("%c0%ae%c0%ae/1.ts",        UriFault::Escape),
            ("1.exe",                    UriFault::Extension),
            ("ts",                       UriFault::Extension),
            (".ts",                      UriFault::Extension),
            ("secret.keyinfo",           UriFault::Extension),
        ];
        for (reference, fault) in table {
            assert_eq!(playlist.resolve(reference), Err(fault), "{reference:?}");
        }
        let long = format!("{}.ts", "x".repeat(MAX_KEY_BYTES));
        assert!(matches!(playlist.resolve(&long), Err(UriFault::TooLong { .. })));
        for exact in ["a/../1.ts", "./1.ts", "a//1.ts", "/1.ts", "a/"] {
            assert!(ChildPath::parse(exact).is_err(), "{exact}");
        }
    }
}
