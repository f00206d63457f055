//! One secret, a key for every title.

use std::fmt;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{ContentKey, KeyError, KeyProvider};
use crate::{catalog::Title, id::TitleId, token::decode_key};

/// Fewest bytes that the secret of [`DerivedKeys`] may have: the output of SHA-256.
pub const MIN_SECRET_BYTES: usize = 32;

/// Encrypts every packaged title with a key of its own, the first 16 bytes of HMAC-SHA-256 of the secret over the
/// title's id.
///
/// Nothing is stored: every node with the same secret has the same keys. Another secret, and a new id, mean new keys. One
/// key tells nothing about the secret or the other keys.
///
/// # Examples
/// ```
/// use flaskflix_core::{encrypt::DerivedKeys, id::TitleId};
/// let keys = DerivedKeys::new(&[7; 32])?;
/// let (one, two) = (TitleId::parse("1")?, TitleId::parse("2")?);
/// assert!(keys.key_of(&one) == keys.key_of(&one));
/// assert!(keys.key_of(&one) != keys.key_of(&two));
/// assert!(DerivedKeys::new(b"too short").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DerivedKeys {
    /// Ready to tag, the secret itself is not kept. Zeroized on drop.
    mac: Hmac<Sha256>,
}

/// A secret cannot be used. The operator's concern. Holds nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is too short to be safe.
    #[error("the secret has {bytes} bytes, at least {limit} are needed")]
    TooShort {
        /// Its length in bytes.
        bytes: usize,
        /// Fewest bytes that a secret may have.
        limit: usize,
    },
    /// The file holds none, or more than one: which title was encrypted with which would be a guess.
    #[error("the file holds {secrets} secrets, exactly one is needed")]
    NotOne {
        /// How many it holds.
        secrets: usize,
    },
    /// The secret is neither hex nor base64.
    #[error("the secret is neither hex nor base64")]
    NotHexOrBase64,
}

impl DerivedKeys {
    /// Keys of this secret, which should be random.
    ///
    /// # Errors
    /// [`SecretError::TooShort`] when it has fewer than [`MIN_SECRET_BYTES`] bytes.
    pub fn new(secret: &[u8]) -> Result<Self, SecretError> {
        let short = SecretError::TooShort {
            bytes: secret.len(),
            limit: MIN_SECRET_BYTES,
        };
        if secret.len() < MIN_SECRET_BYTES {
            return Err(short);
        }
        // HMAC takes keys of any length; the error arm is for other algorithms behind the same trait.
        let mac = Hmac::new_from_slice(secret).map_err(|_| short)?;
        Ok(Self { mac })
    }

    /// Keys of the secret in a key file, as [`token::render_key`](crate::token::render_key) writes it: one line, `name:secret` or
    /// the secret alone, in hex or base64. The name says nothing here; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// [`SecretError`] when there is not one secret, or when it cannot be read or used.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::encrypt::DerivedKeys;
    /// let text = format!("# films\ncontent:{}\n", "0123456789abcdef".repeat(4));
    /// assert!(DerivedKeys::parse(&text).is_ok());
    /// assert!(DerivedKeys::parse(&text.repeat(2)).is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let lines = || {
            let lines = text.lines().map(str::trim);
            lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
        };
        let mut secrets = lines();
        let (Some(line), None) = (secrets.next(), secrets.next()) else {
            return Err(SecretError::NotOne {
                secrets: lines().count(),
            });
        };
        let secret = line
            .split_once(':')
            .map_or(line, |(_, secret)| secret.trim_start());
        Self::new(&decode_key(secret).ok_or(SecretError::NotHexOrBase64)?)
    }

    /// The key of the title with this id.
    #[must_use]
    pub fn key_of(&self, title: &TitleId) -> ContentKey {
        let mac = self.mac.clone().chain_update(b"flaskflix content key of title\0");
        let digest: [u8; 32] = mac.chain_update(title.as_str()).finalize().into_bytes().into();
        let (key, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
        ContentKey::new(*key)
    }
}

#[async_trait]
impl KeyProvider for DerivedKeys {
    async fn key(&self, title: &Title) -> Result<Option<ContentKey>, KeyError> {
        Ok(Some(self.key_of(&title.id)))
    }
}

impl fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Made of the secret: omitted.
        f.debug_struct("DerivedKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_at_least_32_bytes() {
        let error = SecretError::TooShort { bytes: 31, limit: 32 };
        assert_eq!(DerivedKeys::new(&[1; 31]).unwrap_err(), error);
        assert!(DerivedKeys::new(&[1; 32]).is_ok());
    }

    #[test]
    fn a_key_file_holds_one_secret_in_hex_or_base64() {
        let demo = TitleId::parse("demo").unwrap();
        let line = crate::token::render_key("content", &[7; 32]).unwrap();
        for text in [
            format!("# films\n\n{}", line.as_str()),
            "07".repeat(32),
            format!("  content : {}  \n", "07".repeat(32)),
        ] {
            let key = DerivedKeys::parse(&text).unwrap().key_of(&demo);
            assert_eq!(u128::from_be_bytes(*key.as_bytes()), KEY_OF_DEMO, "{text}");
        }
        let refused = |text: &str| DerivedKeys::parse(text).unwrap_err();
        assert_eq!(refused("# none\n"), SecretError::NotOne { secrets: 0 });
        assert_eq!(refused("a:00\nb:00\n"), SecretError::NotOne { secrets: 2 });
        assert_eq!(refused("content:no key!"), SecretError::NotHexOrBase64);
        assert_eq!(
            refused("content:0707"),
            SecretError::TooShort { bytes: 2, limit: 32 }
        );
    }

    #[test]
    fn secrets_and_titles_have_keys_of_their_own() {
        let keys = |byte| DerivedKeys::new(&[byte; 32]).unwrap();
        let title = |text| TitleId::parse(text).unwrap();
        assert_eq!(keys(1).key_of(&title("a")), keys(1).key_of(&title("a")));
        assert_ne!(keys(1).key_of(&title("a")), keys(2).key_of(&title("a")));
        assert_ne!(keys(1).key_of(&title("a")), keys(1).key_of(&title("b")));
    }

    /// Made with: `printf 'flaskflix content key of title\0demo' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07`.
    /// It must never change: films in caches were encrypted with it.
    #[test]
    fn the_key_of_a_title_is_the_same_for_ever() {
        let key = DerivedKeys::new(&[7; 32])
            .unwrap()
            .key_of(&TitleId::parse("demo").unwrap());
        assert_eq!(u128::from_be_bytes(*key.as_bytes()), KEY_OF_DEMO);
    }

    const KEY_OF_DEMO: u128 = 0xfe5b_b099_86ad_9465_af6e_8060_56b7_d7fd;
}
