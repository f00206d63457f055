//! Entity tags ([RFC 9110 section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)).

use std::{fmt, str, sync::Arc};

use smallvec::SmallVec;

use crate::short_text::ShortText;

/// Text that is not a strong entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a strong entity tag: want printable ASCII or obs-text without quotes")]
pub struct InvalidEntityTag;

/// A strong entity tag, without its quotes. Cheap to clone; one of up to 38 bytes takes no memory beside itself.
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
pub struct EntityTag(ShortText);

impl EntityTag {
    /// Makes a strong tag from its opaque part.
    ///
    /// # Errors
    /// [`InvalidEntityTag`] when the text holds a quote, a space, a control or a non-ASCII character.
    pub fn strong(opaque: impl Into<Arc<str>>) -> Result<Self, InvalidEntityTag> {
        let opaque = opaque.into();
        if opaque.bytes().all(|b| b == b'!' || (b'#'..=b'~').contains(&b)) {
            Ok(Self(opaque.into()))
        } else {
            Err(InvalidEntityTag)
        }
    }

    /// A tag from bytes that identify a version, written in hex.
    #[must_use]
    pub fn from_identity(identity: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied();
        let digits = identity
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        // On the stack, for identities of up to 256 bits.
        let opaque: SmallVec<[u8; 64]> = digits.flatten().collect();
        Self(str::from_utf8(&opaque).unwrap_or_default().into())
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
        let mut opaque = String::from(self.opaque());
        opaque.extend(suffix.chars().filter(|c| *c == '!' || ('#'..='~').contains(c)));
        Self(opaque.as_str().into())
    }

    /// The opaque part, without quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.opaque())
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
