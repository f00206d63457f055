//! Names that cross the edge: titles, assets, viewers.
//!
//! A value of these types is valid: parsed once, trusted afterwards.

use std::fmt;

use crate::short_text::ShortText;

/// Longest name in bytes that [`TitleId`] and [`ViewerId`] accept.
pub const MAX_ID_BYTES: usize = 255;

/// Longest key in bytes that [`AssetKey`] accepts.
pub const MAX_KEY_BYTES: usize = 1024;

/// Why a text is not a valid name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// The text is empty.
    #[error("the name is empty")]
    Empty,
    /// The text is longer than the limit.
    #[error("the name has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// The text holds a character that no name may hold (a slash in an id, a control character).
    #[error("the name holds the forbidden character {character:?}")]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// A path component is empty, `.` or `..`.
    #[error("the key has a component that is empty, `.` or `..`")]
    BadComponent,
}

fn check(text: &str, limit: usize, forbidden: fn(char) -> bool) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    if text.len() > limit {
        return Err(InvalidId::TooLong {
            bytes: text.len(),
            limit,
        });
    }
    match text.chars().find(|&c| c.is_control() || forbidden(c)) {
        Some(character) => Err(InvalidId::ForbiddenCharacter { character }),
        None => Ok(()),
    }
}

/// Names one title of a catalogue: the `{movie_id}` of the URLs.
///
/// Never empty, at most [`MAX_ID_BYTES`] bytes, holds no `/`, no `\`, no control character and is neither
/// `.` nor `..`, so it is always exactly one URL path segment and one file name.
///
/// # Examples
/// ```
/// use flaskflix_core::id::TitleId;
/// assert_eq!(TitleId::parse("film.mp4")?.as_str(), "film.mp4");
/// assert!(TitleId::parse("../film.mp4").is_err());
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TitleId(ShortText);

impl TitleId {
    /// Parses a title id.
    ///
    /// # Errors
    /// [`InvalidId`] when the text breaks one of the rules above.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        check(text, MAX_ID_BYTES, |c| matches!(c, '/' | '\\'))?;
        if text == "." || text == ".." {
            return Err(InvalidId::BadComponent);
        }
        Ok(Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for TitleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names one stored object of a [`ByteSource`](crate::source::ByteSource): a relative, `/`-separated path.
///
/// Every component is non-empty and neither `.` nor `..`; no backslash, no control character; at most
/// [`MAX_KEY_BYTES`] bytes. A key can therefore never point outside the root it is joined to by name alone
/// (symbolic links are the source's own concern).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetKey(ShortText);

impl AssetKey {
    /// Parses a key.
    ///
    /// # Errors
    /// [`InvalidId`] when the text breaks one of the rules above.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        check(text, MAX_KEY_BYTES, |c| c == '\\')?;
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidId::BadComponent);
        }
        Ok(Self(text.into()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text behind the last dot of the last component, when there is one.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let key = self.as_str();
        let name = key.rsplit('/').next().unwrap_or(key);
        name.rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .map(|(_, extension)| extension)
    }
}

impl fmt::Display for AssetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names a viewer, as the embedder knows them. Hidden in `Debug`, so that it never reaches a log by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewerId(ShortText);

impl ViewerId {
    /// Parses a viewer's name.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is empty, longer than [`MAX_ID_BYTES`] or holds a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        check(text, MAX_ID_BYTES, |_| false)?;
        Ok(Self(text.into()))
    }

    /// The name as text. Keep it out of logs and metrics.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for ViewerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name is personal data: omitted.
        f.debug_tuple("ViewerId").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_path_segment() {
        for bad in ["", ".", "..", "a/b", "a\\b", "a\0", "a\n", &"x".repeat(256)] {
            assert!(TitleId::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["film.mp4", "a b", "Amélie.mp4", "...", &"x".repeat(255)] {
            assert_eq!(TitleId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn keys_stay_below_their_root() {
        for bad in ["", "/a", "a/", "a//b", "a/../b", "./a", "a\\b", "a/\0"] {
            assert!(AssetKey::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            AssetKey::parse("demo/1080p.mp4").unwrap().extension(),
            Some("mp4")
        );
        assert_eq!(AssetKey::parse("a.b/c").unwrap().extension(), None);
        assert_eq!(AssetKey::parse(".hidden").unwrap().extension(), None);
    }

    #[test]
    fn viewers_are_hidden_in_debug() {
        let viewer = ViewerId::parse("anna@example.org").unwrap();
        assert_eq!(format!("{viewer:?}"), "ViewerId(..)");
    }
}
