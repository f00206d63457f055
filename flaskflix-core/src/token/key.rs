//! One named HMAC-SHA256 key.

use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::token::TAG_BYTES;

/// Fewest bytes that a key may have: the output of SHA-256 ([RFC 2104 section 3]).
///
/// [RFC 2104 section 3]: https://www.rfc-editor.org/rfc/rfc2104#section-3
pub const MIN_KEY_BYTES: usize = 32;

/// Most bytes that a [`KeyId`] may have.
pub const MAX_KEY_ID_BYTES: usize = 32;

/// Most keys that a [`KeyRing`](crate::token::KeyRing) holds at a time.
pub const MAX_KEYS: usize = 64;

/// The name of a key: it stands in every token, in clear, as its `kid`.
///
/// 1 to [`MAX_KEY_ID_BYTES`] printable ASCII characters without space, `:` and `#`, so that it is one word of a
/// key file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Parses a key's name.
    ///
    /// # Errors
    /// [`KeyError::BadName`] when the text breaks one of the rules above.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let fits = (1..=MAX_KEY_ID_BYTES).contains(&text.len());
        if fits
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b':' | b'#'))
        {
            Ok(Self(text.into()))
        } else {
            Err(KeyError::BadName {
                limit: MAX_KEY_ID_BYTES,
            })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key or a change of a [`KeyRing`](crate::token::KeyRing) is not acceptable. The operator's concern.
///
/// Holds no key bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is empty, too long, or holds a character that no key name may hold.
    #[error("a key's name is 1 to {limit} printable ASCII characters without space, `:` and `#`")]
    BadName {
        /// Most bytes that a name may have.
        limit: usize,
    },
    /// The key is too short to be safe.
    #[error("the key has {bytes} bytes, at least {limit} are needed")]
    TooShort {
        /// Length of the key in bytes.
        bytes: usize,
        /// Fewest bytes that a key may have.
        limit: usize,
    },
    /// Another key of the ring has this name.
    #[error("the ring has a key named {kid} already")]
    DuplicateName {
        /// The name.
        kid: KeyId,
    },
    /// The ring has no key of this name.
    #[error("the ring has no key of this name")]
    UnknownName,
    /// The key that signs cannot be retired: promote another one first.
    #[error("{kid} signs: promote another key before you retire it")]
    StillSigning {
        /// The name.
        kid: KeyId,
    },
    /// The ring is full.
    #[error("the ring holds {limit} keys already")]
    TooMany {
        /// Most keys that a ring holds.
        limit: usize,
    },
    /// There is no key at all.
    #[error("there is no key")]
    Empty,
}

/// One key, ready to tag: the two padded blocks are hashed once, here. Zeroized on drop, as is every copy.
pub(super) struct NamedKey {
    kid: KeyId,
    mac: Hmac<Sha256>,
}

impl NamedKey {
    pub(super) fn new(kid: KeyId, key: &[u8]) -> Result<Self, KeyError> {
        let too_short = KeyError::TooShort {
            bytes: key.len(),
            limit: MIN_KEY_BYTES,
        };
        if key.len() < MIN_KEY_BYTES {
            return Err(too_short);
        }
        // HMAC takes keys of any length; the error arm is for other algorithms behind the same trait.
        let mac = Hmac::new_from_slice(key).map_err(|_| too_short)?;
        Ok(Self { kid, mac })
    }

    pub(super) fn kid(&self) -> &KeyId {
        &self.kid
    }

    pub(super) fn tag(&self, message: &[u8]) -> [u8; TAG_BYTES] {
        self.mac
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// Compares in constant time; a tag of another length never matches.
    pub(super) fn tag_matches(&self, message: &[u8], tag: &[u8]) -> bool {
        self.mac.clone().chain_update(message).verify_slice(tag).is_ok()
    }
}
