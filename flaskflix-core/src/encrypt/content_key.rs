//! The key of one title, and the initialization vectors made from it.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use crate::validator::EntityTag;

/// Length of a [`ContentKey`] in bytes.
pub const KEY_BYTES: usize = 16;

/// An AES-128 key: whoever has it can play the title.
///
/// `Debug` hides it, comparing takes the same time for all keys, and it is overwritten when dropped.
///
/// # Examples
/// ```
/// use flaskflix_core::encrypt::ContentKey;
/// let key = ContentKey::new(*b"sixteen bytes!!!");
/// assert_eq!(format!("{key:?}"), "ContentKey(..)");
/// ```
#[derive(Clone)]
pub struct ContentKey([u8; KEY_BYTES]);

impl ContentKey {
    /// A key of these bytes. They must be random, or derived from something that is.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key itself, for the player. Keep it out of logs.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Names the key without telling it: 16 hex digits that change with the key. Part of the entity tags of
    /// everything that depends on it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = self.derive(b"fingerprint", &[]);
        let mut text = String::with_capacity(16);
        for byte in digest.iter().take(8) {
            push_hex(&mut text, *byte);
        }
        text
    }

    /// The initialization vector of the object whose clear bytes have this entity tag.
    ///
    /// A strong entity tag stands for exactly one sequence of bytes, of one segment of one version of the files. So no
    /// two different clear texts have the same vector under a key, whatever is replaced or cut anew; and since
    /// the vector is a keyed hash, nobody can tell it beforehand (NIST SP 800-38A, appendix C).
    #[must_use]
    pub fn iv(&self, clear: &EntityTag) -> Iv {
        Iv(self.derive(b"iv", clear.opaque().as_bytes()))
    }

    /// The first 16 bytes of HMAC-SHA-256 under this key.
    fn derive(&self, purpose: &[u8], message: &[u8]) -> [u8; 16] {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 16]; // HMAC takes keys of any length: never
        };
        let mac = mac.chain_update(b"flaskflix content key ").chain_update(purpose);
        let digest: [u8; 32] = mac
            .chain_update([0])
            .chain_update(message)
            .finalize()
            .into_bytes()
            .into();
        let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
        *first
    }
}

impl PartialEq for ContentKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for ContentKey {}

impl Drop for ContentKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is a secret: omitted.
        f.debug_tuple("ContentKey").finish_non_exhaustive()
    }
}

/// An initialization vector: 128 bits that need not be secret. `Display` writes it as playlists do, `0x` and 32 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Iv([u8; 16]);

impl Iv {
    /// A vector of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Iv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:032X}", u128::from_be_bytes(self.0))
    }
}

fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(u32::from(digit), 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> EntityTag {
        EntityTag::strong(text).unwrap()
    }

    #[test]
    fn a_key_never_shows_itself() {
        let key = ContentKey::new(*b"0123456789abcdef");
        assert_eq!(format!("{key:?}"), "ContentKey(..)");
        assert!(!key.fingerprint().contains("3031"), "{}", key.fingerprint());
    }

    #[test]
    fn vectors_differ_with_the_key_and_with_what_is_encrypted() {
        let (one, two) = (ContentKey::new([1; 16]), ContentKey::new([2; 16]));
        assert_eq!(one.iv(&tag("a-v1-1")), one.iv(&tag("a-v1-1")));
        assert_ne!(one.iv(&tag("a-v1-1")), two.iv(&tag("a-v1-1")));
        assert_ne!(one.iv(&tag("a-v1-1")), one.iv(&tag("a-v1-2")));
        assert_ne!(one.iv(&tag("a-v1-1")), one.iv(&tag("b-v1-1")));
        assert_ne!(one.fingerprint(), two.fingerprint());
    }

    /// RFC 8216bis section 4.2: a hexadecimal sequence begins with 0x.
    #[test]
    fn a_vector_is_written_with_all_its_digits() {
        let mut bytes = [0; 16];
        bytes[15] = 0xab;
        assert_eq!(Iv::new(bytes).to_string(), "0x000000000000000000000000000000AB");
    }
}
