//! Claims to token.

use std::time::Duration;

use crate::{
    time::UnixTime,
    token::{
        Claims, MAX_TOKEN_BYTES, MAX_TTL, SignError, TokenSigner,
        payload::{self, Times},
        wire,
    },
};

/// Why a token cannot be minted. The caller's concern.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The life of the token is longer than [`MAX_TTL`].
    #[error("the token would live {secs} s, the limit is {limit_secs} s")]
    TtlTooLong {
        /// The life asked for, in seconds.
        secs: u64,
        /// The limit in seconds.
        limit_secs: u64,
    },
    /// The token would never be valid: it expires at or before the moment it begins.
    #[error("the token would expire before it is valid")]
    NeverValid,
    /// A time does not fit the format: it is 2^63 seconds or more after the epoch.
    #[error("a time is too far away")]
    TimeOutOfRange,
    /// The token would be longer than [`MAX_TOKEN_BYTES`]: title, viewer, issuer and path prefix are too long
    /// together.
    #[error("the token would have {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// The signer cannot sign now.
    #[error("the token cannot be signed")]
    Sign(#[from] SignError),
}

/// Mints a token: the text that [`verify`](crate::token::verify) turns into a [`Grant`](crate::token::Grant).
///
/// `token_id` names this token and no other: 16 random bytes of the caller's. The same arguments give the same text.
///
/// # Errors
/// [`MintError`]: the claims are not what a token can say, or the signer has no key.
///
/// # Examples
/// ```
/// use flaskflix_core::{id::{TitleId, ViewerId}, time::UnixTime, token::{self, Claims, KeyRing}};
/// let keys = KeyRing::new("june", &[7; 32])?;
/// let claims = Claims::new(
///     TitleId::parse("film.mp4")?, ViewerId::parse("anna")?, UnixTime::from_secs(0), token::DEFAULT_TTL,
/// );
/// let text = token::mint(&keys, &claims, [1; 16])?;
/// assert!(text.len() <= token::MAX_TOKEN_BYTES);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mint(signer: &dyn TokenSigner, claims: &Claims, token_id: [u8; 16]) -> Result<String, MintError> {
    let times = check_times(claims)?;
    let payload = payload::encode(claims, &times, &token_id);
    let signed = signer.sign(&wire::mac_structure(&payload))?;
    let text = wire::encode(&payload, &signed);
    if text.len() > MAX_TOKEN_BYTES {
        return Err(MintError::TooLong {
            bytes: text.len(),
            limit: MAX_TOKEN_BYTES,
        });
    }
    Ok(text)
}

fn check_times(claims: &Claims) -> Result<Times, MintError> {
    let wire = |moment: UnixTime| i64::try_from(moment.as_secs()).map_err(|_| MintError::TimeOutOfRange);
    let times = Times {
        issued: wire(claims.issued)?,
        not_before: claims.not_before.map(wire).transpose()?,
        expires: wire(claims.expires)?,
    };
    let ttl = Duration::from_secs(claims.expires.as_secs().saturating_sub(claims.issued.as_secs()));
    if ttl > MAX_TTL {
        return Err(MintError::TtlTooLong {
            secs: ttl.as_secs(),
            limit_secs: MAX_TTL.as_secs(),
        });
    }
    if claims.expires <= claims.not_before.unwrap_or(claims.issued) {
        return Err(MintError::NeverValid);
    }
    Ok(times)
}
