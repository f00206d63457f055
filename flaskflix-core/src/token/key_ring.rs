//! A ring of named keys: one signs, all verify.

use std::{
    fmt,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::token::{
    KeyError, KeyFileError, KeyId, MAX_KEYS, MacError, SignError, Signed, TokenSigner, key::NamedKey,
    key_file,
};

/// Named HMAC-SHA256 keys: exactly one signs, all verify.
///
/// Every change takes `&self`, so a ring that is shared as `Arc<dyn TokenSigner>` rotates without restart:
/// [`add`](Self::add) the new key on every machine, then [`promote`](Self::promote) it on the machines that mint,
/// then [`retire`](Self::retire) the old one when its last token has expired.
///
/// Keys are zeroized on drop and never shown by `Debug`.
///
/// # Examples
/// ```
/// use flaskflix_core::token::{KeyError, KeyRing};
/// let keys = KeyRing::new("may", &[1; 32])?;
/// keys.add("june", &[2; 32])?;
/// keys.promote("june")?;
/// assert_eq!(keys.signing_key().as_str(), "june");
/// keys.retire("may")?;
/// assert!(matches!(keys.retire("june"), Err(KeyError::StillSigning { .. })));
/// # Ok::<(), KeyError>(())
/// ```
pub struct KeyRing {
    keys: RwLock<Keys>,
}

impl KeyRing {
    /// Makes a ring of one key, which signs.
    ///
    /// # Errors
    /// [`KeyError`]: the name is not a [`KeyId`], or the key has fewer than
    /// [`MIN_KEY_BYTES`](crate::token::MIN_KEY_BYTES) bytes.
    pub fn new(kid: &str, key: &[u8]) -> Result<Self, KeyError> {
        Ok(Self::from_keys(Keys::new(NamedKey::new(
            KeyId::parse(kid)?,
            key,
        )?)))
    }

    /// Reads a key file: lines of `kid:key` with the key in hex or base64, of which the first signs.
    ///
    /// Blank lines and lines that begin with `#` are skipped. A file of one line without `:` is a bare key, named
    /// `default`. [`render_key`](crate::token::render_key) writes such lines.
    ///
    /// # Errors
    /// [`KeyFileError`] names the line and the fault, never the key.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::token::{self, KeyRing};
    /// let file = format!("# June\n{}", token::render_key("june", &[9; 32])?.as_str());
    /// assert_eq!(KeyRing::parse(&file)?.signing_key().as_str(), "june");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        key_file::parse(text).map(Self::from_keys)
    }

    /// Adds a key that verifies.
    ///
    /// # Errors
    /// [`KeyError`] as for [`new`](Self::new), when the name is taken, or when [`MAX_KEYS`] are there already.
    pub fn add(&self, kid: &str, key: &[u8]) -> Result<(), KeyError> {
        let key = NamedKey::new(KeyId::parse(kid)?, key)?;
        self.write().add(key)
    }

    /// Lets this key sign from now on. The one that signed so far goes on verifying.
    ///
    /// # Errors
    /// [`KeyError::UnknownName`].
    pub fn promote(&self, kid: &str) -> Result<(), KeyError> {
        self.write().promote(kid)
    }

    /// Adds a key and lets it sign, in one step: for a single process that mints and verifies.
    ///
    /// # Errors
    /// As [`add`](Self::add); the ring is unchanged then.
    pub fn rotate_to(&self, kid: &str, key: &[u8]) -> Result<(), KeyError> {
        let key = NamedKey::new(KeyId::parse(kid)?, key)?;
        let mut keys = self.write();
        keys.add(key)?;
        keys.promote(kid)
    }

    /// Forgets a key: its tokens are refused from now on.
    ///
    /// # Errors
    /// [`KeyError::UnknownName`], or [`KeyError::StillSigning`] for the key that signs.
    pub fn retire(&self, kid: &str) -> Result<(), KeyError> {
        self.write().retire(kid)
    }

    /// Takes over all keys of another ring at once: for a key file that was read again.
    pub fn replace_with(&self, other: Self) {
        *self.write() = other.keys.into_inner().unwrap_or_else(PoisonError::into_inner);
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn signing_key(&self) -> KeyId {
        self.read().signing.kid().clone()
    }

    fn from_keys(keys: Keys) -> Self {
        Self {
            keys: RwLock::new(keys),
        }
    }

    // A panic in another thread cannot leave the keys half changed: every change is one push, swap or remove. So a
    // poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenSigner for KeyRing {
    fn sign(&self, message: &[u8]) -> Result<Signed, SignError> {
        let keys = self.read();
        Ok(Signed {
            kid: keys.signing.kid().clone(),
            tag: keys.signing.tag(message),
        })
    }

    fn verify(&self, kid: &[u8], message: &[u8], tag: &[u8]) -> Result<(), MacError> {
        let keys = self.read();
        let key = keys.named(kid).ok_or(MacError::UnknownKey)?;
        if key.tag_matches(message, tag) {
            Ok(())
        } else {
            Err(MacError::Mismatch)
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: the keys are secret.
        let keys = self.read();
        let verifying: Vec<_> = keys.verifying.iter().map(NamedKey::kid).collect();
        f.debug_struct("KeyRing")
            .field("signing", keys.signing.kid())
            .field("verifying", &verifying)
            .finish_non_exhaustive()
    }
}

/// The keys behind the lock. There is always one that signs.
pub(super) struct Keys {
    signing: NamedKey,
    /// The others, by age.
    verifying: Vec<NamedKey>,
}

impl Keys {
    pub(super) fn new(signing: NamedKey) -> Self {
        Self {
            signing,
            verifying: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, key: NamedKey) -> Result<(), KeyError> {
        if self.named(key.kid().as_str().as_bytes()).is_some() {
            return Err(KeyError::DuplicateName {
                kid: key.kid().clone(),
            });
        }
        if self.verifying.len().saturating_add(1) >= MAX_KEYS {
            return Err(KeyError::TooMany { limit: MAX_KEYS });
        }
        self.verifying.push(key);
        Ok(())
    }

    fn promote(&mut self, kid: &str) -> Result<(), KeyError> {
        if self.signing.kid().as_str() == kid {
            return Ok(());
        }
        let mut verifying = self.verifying.iter_mut();
        let next = verifying
            .find(|key| key.kid().as_str() == kid)
            .ok_or(KeyError::UnknownName)?;
        std::mem::swap(&mut self.signing, next);
        Ok(())
    }

    fn retire(&mut self, kid: &str) -> Result<(), KeyError> {
        if self.signing.kid().as_str() == kid {
            return Err(KeyError::StillSigning {
                kid: self.signing.kid().clone(),
            });
        }
        let mut verifying = self.verifying.iter();
        let at = verifying
            .position(|key| key.kid().as_str() == kid)
            .ok_or(KeyError::UnknownName)?;
        self.verifying.remove(at);
        Ok(())
    }

    // Names are public and stand in every token: comparing them needs no constant time.
    fn named(&self, kid: &[u8]) -> Option<&NamedKey> {
        std::iter::once(&self.signing)
            .chain(&self.verifying)
            .find(|key| key.kid().as_str().as_bytes() == kid)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn poisoned_ring_goes_on() {
        let ring = KeyRing::new("may", &[1; 32]).unwrap();
        let poisoned = catch_unwind(AssertUnwindSafe(|| {
            let _guard = ring.write();
            panic!("a thread dies with the lock in its hand");
        }));
        assert!(poisoned.is_err() && ring.keys.is_poisoned());
        ring.rotate_to("june", &[2; 32]).unwrap();
        assert_eq!(ring.sign(b"message").unwrap().kid.as_str(), "june");
        ring.replace_with(KeyRing::new("july", &[3; 32]).unwrap());
        assert_eq!(ring.signing_key().as_str(), "july");
    }
}
