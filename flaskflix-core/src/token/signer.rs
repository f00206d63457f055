//! The port to the keys: makes and checks message authentication codes.

use std::{error::Error as StdError, fmt};

use crate::token::KeyId;

/// Length in bytes of an HMAC-SHA256 tag.
pub const TAG_BYTES: usize = 32;

/// Makes and checks HMAC-SHA256 tags with named keys. [`KeyRing`](crate::token::KeyRing) is the implementation
/// you want; implement it yourself when keys live elsewhere.
///
/// # Contract
/// * The algorithm is HMAC-SHA256 with a full 32-byte tag (COSE algorithm 5) for every key: a key brings its
///   algorithm, a token cannot choose another.
/// * `sign` names the key it used, so that a rotation between two calls never mixes key and name.
/// * `verify` compares tags in constant time and accepts no other tag length.
/// * A key that has signed verifies until it is retired.
///
/// # Cost
/// Both are called on the request path, without a thread of their own: no I/O, no waiting.
pub trait TokenSigner: fmt::Debug + Send + Sync + 'static {
    /// Tags a message with the key that signs now.
    ///
    /// # Errors
    /// [`SignError`] when no key can sign now.
    fn sign(&self, message: &[u8]) -> Result<Signed, SignError>;

    /// Checks the tag of a message under the key named `kid`.
    ///
    /// # Errors
    /// [`MacError`]: the key is not known, or the tag is not its tag of this message.
    fn verify(&self, kid: &[u8], message: &[u8], tag: &[u8]) -> Result<(), MacError>;
}

/// What [`TokenSigner::sign`] answers: the tag and the key it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The key that signed.
    pub kid: KeyId,
    /// The tag over the message.
    pub tag: [u8; TAG_BYTES],
}

/// A tag was not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// No key has this name.
    #[error("no key has this name")]
    UnknownKey,
    /// The tag is not this key's tag of this message.
    #[error("the tag does not match")]
    Mismatch,
}

/// A message could not be signed. The operator's concern: a [`KeyRing`](crate::token::KeyRing) never fails so.
#[derive(Debug, thiserror::Error)]
#[error("no key can sign now")]
pub struct SignError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl SignError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}
