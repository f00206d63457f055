//! Entity tags ([RFC 9110 section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)).

use std::{fmt, sync::Arc};

/// Text that is not a strong entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a strong entity tag: want printable ASCII or obs-text without quotes")]
pub struct InvalidEntityTag;

/// A strong entity tag, without its quotes.
///
/// # Examples
/// ```
/// use flaskflix_core::validator::EntityTag;
/// let tag = EntityTag::strong("5f-1a")?;
/// assert_eq!(tag.to_string(), "\"5f-1a\"");
/// assert_eq!(tag.with_suffix("-gz").to_string(), "\"5f-1a-gz\"");
/// # Ok::<(), flaskflix_core::validator::InvalidEntityTag>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntityTag(Arc<str>);

impl EntityTag {
    /// Makes a strong tag from its opaque part.
    ///
    /// # Errors
    /// [`InvalidEntityTag`] when the text holds a quote, a space, a control or a non-ASCII character.
    pub fn strong(opaque: impl Into<Arc<str>>) -> Result<Self, InvalidEntityTag> {
        let opaque = opaque.into();
        if opaque.bytes().all(|b| b == b'!' || (b'#'..=b'~').contains(&b)) {
            Ok(Self(opaque))
        } else {
            Err(InvalidEntityTag)
        }
    }

    /// A tag from bytes that identify a version, written in hex.
    #[must_use]
    pub fn from_identity(identity: &[u8]) -> Self {
        use fmt::Write as _;
        let mut opaque = String::with_capacity(identity.len().saturating_mul(2));
        for byte in identity {
            let _ = write!(opaque, "{byte:02x}");
        }
        Self(opaque.into())
    }

    /// The tag of a text that we made: its SHA-256, cut to 128 bits, in hex.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(bytes);
        Self::from_identity(digest.get(..16).unwrap_or_default())
    }

    /// This tag with a suffix, for another encoding or part of the same version.
    ///
    /// Characters that a tag may not hold are dropped from the suffix.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let mut opaque = String::from(&*self.0);
        opaque.extend(suffix.chars().filter(|c| *c == '!' || ('#'..='~').contains(c)));
        Self(opaque.into())
    }

    /// The opaque part, without quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
