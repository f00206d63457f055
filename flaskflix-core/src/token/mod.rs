//! Stream tokens: who may watch which title until when.
//!
//! A token is a [Common Access Token] (CTA-5007) that CDNs' edge runtimes already read: a CBOR Web Token
//! ([RFC 8392]) under an HMAC-SHA256 ([RFC 9052 section 6.2], `COSE_Mac0`), written as base64url without padding:
//!
//! ```text
//! base64url( 61( 17( [ h'A10105', {4: kid}, claims, tag ] ) ) )
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Claims`], [`mint`] | from a decision of yours to a token |
//! | [`verify`], [`Verifier`] | from untrusted text to a [`Grant`], the only way to one |
//! | [`KeyRing`] | named keys: one signs, all verify, rotation without restart |
//! | [`TokenSigner`] | the port behind them, for keys that live elsewhere |
//! | [`OpaqueToken`], [`TokenStore`] | short tokens that say nothing: the signed one stands in a store |
//!
//! Nothing here reads a clock, draws a random number or does I/O: `now` and the token's id are arguments.
//! The claims, the refusals and how to mint from other languages are in `docs/TOKENS.md`.
//!
//! # Examples
//! ```
//! use flaskflix_core::{id::{TitleId, ViewerId}, time::UnixTime, token::{self, Claims, KeyRing}};
//!
//! let keys = KeyRing::new("2026-01", &[7; 32])?;
//! let now = UnixTime::from_secs(1_700_000_000);
//! let claims = Claims::new(TitleId::parse("film.mp4")?, ViewerId::parse("anna")?, now, token::DEFAULT_TTL);
//! let text = token::mint(&keys, &claims, [1; 16])?;
//!
//! let grant = token::verify(&keys, &text, now)?;
//! assert!(grant.permits(&TitleId::parse("film.mp4")?));
//! assert!(!grant.permits(&TitleId::parse("other.mp4")?));
//! assert!(token::verify(&keys, &text, grant.expires()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [Common Access Token]: https://shop.cta.tech/products/cta-5007
//! [RFC 8392]: https://www.rfc-editor.org/rfc/rfc8392
//! [RFC 9052 section 6.2]: https://www.rfc-editor.org/rfc/rfc9052#section-6.2

mod cbor;
mod claims;
mod error;
mod grant;
mod key;
mod key_file;
mod key_ring;
mod mint;
mod opaque;
mod path;
mod payload;
mod signer;
mod store;
mod verify;
mod wire;

pub use cbor::CborError;
pub use claims::{Claims, DEFAULT_ISSUER, DEFAULT_TTL, MAX_TTL, TITLE_CLAIM};
pub use error::TokenError;
pub use grant::Grant;
pub use key::{KeyError, KeyId, MAX_KEY_ID_BYTES, MAX_KEYS, MIN_KEY_BYTES};
pub(crate) use key_file::decode_key;
pub use key_file::{KeyFileError, KeyLineProblem, MAX_KEY_FILE_BYTES, render_key};
pub use key_ring::KeyRing;
pub use mint::{MintError, mint};
pub use opaque::{OPAQUE_TOKEN_CHARS, OpaqueToken, TokenKey};
pub use path::{InvalidPathPrefix, PathPrefix};
pub use signer::{MacError, SignError, Signed, TAG_BYTES, TokenSigner};
pub use store::{StoreError, TokenStore};
pub use verify::{Verifier, verify};
pub use wire::MAX_TOKEN_BYTES;
