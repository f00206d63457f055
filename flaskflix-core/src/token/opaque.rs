//! Tokens that say nothing: 32 random bytes that lead to a signed token.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

/// Length of the text of an [`OpaqueToken`]: 32 bytes in base64url. No signed token is that short.
pub const OPAQUE_TOKEN_CHARS: usize = 43;

/// A token of 32 random bytes; the signed token that it stands for is in a [`TokenStore`](crate::token::TokenStore).
///
/// Shorter than a signed token, says nothing to whoever sees it, and ends when the store forgets it. It costs the store, and
/// no CDN can judge it. The bytes are zeroized when it is dropped.
///
/// # Examples
/// ```
/// use flaskflix_core::token::OpaqueToken;
/// let token = OpaqueToken::from_bytes([7; 32]);
/// let text = token.text();
/// assert_eq!(OpaqueToken::parse(&text).unwrap().key(), token.key());
/// assert!(OpaqueToken::parse("a signed token").is_none());
/// ```
pub struct OpaqueToken([u8; 32]);

impl OpaqueToken {
    /// The token of these bytes, which must be random and nobody else's.
    #[must_use]
    pub const fn from_bytes(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Reads a token's text: base64url without padding, in its one canonical form. `None` for every other text, so for every
    /// signed token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != OPAQUE_TOKEN_CHARS {
            return None;
        }
        let mut bytes = [0; 32];
        let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (read == bytes.len()).then_some(Self(bytes))
    }

    /// The text that goes into URLs.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What a store knows it by.
    #[must_use]
    pub fn key(&self) -> TokenKey {
        TokenKey(Sha256::digest(self.0).into())
    }
}

impl Drop for OpaqueToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token opens a film: omitted.
        f.debug_struct("OpaqueToken").finish_non_exhaustive()
    }
}

/// The SHA-256 of an [`OpaqueToken`]: who reads a store, its backups or its log learns no token that opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_a_token() {
        let text = OpaqueToken::from_bytes([0xfb; 32]).text();
        assert_eq!(text.len(), OPAQUE_TOKEN_CHARS);
        assert!(OpaqueToken::parse(&text).is_some());
        // The last character holds four bits: two stray ones would make four texts of one token.
        let stray = format!("{}t", &text[..42]);
        for other in [
            &text[..42],
            &format!("{text}="),
            &text.replace('-', "+"),
            &stray,
            "",
        ] {
            assert!(OpaqueToken::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn the_key_is_the_hash_of_the_bytes() {
        // From `head -c 32 /dev/zero | sha256sum`.
        assert_eq!(
            OpaqueToken::from_bytes([0; 32]).key().to_string(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
        assert_eq!(
            format!("{:?}", OpaqueToken::from_bytes([7; 32])),
            "OpaqueToken { .. }"
        );
    }
}
