//! AES-128 of whole media segments ([RFC 8216bis section 4.4.4.4], `METHOD=AES-128`): keys, where they come from, and
//! the cipher between a packaged segment and its body.
//!
//! | type | what it is |
//! |---|---|
//! | [`ContentKey`], [`Iv`] | the key of one title; the initialization vector of one segment |
//! | [`KeyProvider`] | PORT: which title has which key. [`InTheClear`]: none has one. [`DerivedKeys`]: all have one |
//! | [`EncryptedRange`] | a range of an encrypted object, a [`Piece`](crate::object::Piece) of a virtual object |
//! | [`Encryptor`], [`Checkpoints`] | the cipher as a stream, and what makes it fast the second time |
//!
//! What is encrypted: media segments and key frames of packaged titles. Init segments, playlists and subtitles stay
//! clear. It keeps a film that lies in a cache or on a disk from being played without the key, which is handed out to
//! whoever holds a token; it is no DRM, for the player's owner can read the key.
//!
//! CBC chains every block to the one before it, so an encrypted object has a length that is known before reading
//! (`(n / 16 + 1) * 16`), but a range from its middle needs what stands before it. See [`Checkpoints`].
//!
//! [RFC 8216bis section 4.4.4.4]: https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis#section-4.4.4.4

mod checkpoints;
mod content_key;
mod derived;
mod encryptor;
mod lanes;
mod object;
mod provider;

pub use checkpoints::Checkpoints;
pub use content_key::{ContentKey, Iv, KEY_BYTES};
pub use derived::{DerivedKeys, MIN_SECRET_BYTES, SecretError};
pub use encryptor::Encryptor;
pub use object::{EncryptedRange, encrypted_len};
pub use provider::{InTheClear, KeyError, KeyProvider};
