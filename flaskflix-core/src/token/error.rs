//! Why a token is refused.

use crate::{time::UnixTime, token::CborError};

/// Why a token is refused. Always the client's concern, always a 401 at the edge.
///
/// Says nothing of the token's content but claim numbers and times. The text is for the log of a developer, not
/// for the response: it would tell a forger which check came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is longer than [`MAX_TOKEN_BYTES`](crate::token::MAX_TOKEN_BYTES).
    #[error("the token has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// The text is not canonical base64url without padding.
    #[error("the token is not canonical base64url without padding")]
    NotBase64Url,
    /// The bytes are not a tagged `COSE_Mac0` in strict CBOR.
    #[error("the token is malformed")]
    Malformed(#[source] CborError),
    /// The protected header is not exactly `{1: 5}`, HMAC-SHA256.
    #[error("the token's algorithm is not HMAC-SHA256")]
    UnsupportedAlgorithm,
    /// No key has the name that the token gives.
    #[error("the token's key is not known")]
    UnknownKey,
    /// The tag is not the key's tag of these claims.
    #[error("the token's signature does not match")]
    BadSignature,
    /// A claim that every token needs is not there.
    #[error("the claim {claim} is missing")]
    MissingClaim {
        /// The claim's key.
        claim: i64,
    },
    /// A claim has another type or a value that no token of ours can have.
    #[error("the claim {claim} has a value that is not valid")]
    InvalidClaim {
        /// The claim's key.
        claim: i64,
    },
    /// A claim that we do not evaluate: what it restricts would be ignored, so the token is refused.
    #[error("the claim {claim} is not supported")]
    UnsupportedClaim {
        /// The claim's key.
        claim: i64,
    },
    /// The issuer is not the one that the verifier asks for.
    #[error("the token has another issuer")]
    WrongIssuer,
    /// The claim `catm` does not open both `GET` and `HEAD`.
    #[error("the token does not open both GET and HEAD")]
    MethodsNotCovered,
    /// The claim `catu` does not cover the title that the token names.
    #[error("the token's path does not cover its title")]
    PathNotCovered,
    /// `now >= exp`.
    #[error("the token expired at {}", at.as_secs())]
    Expired {
        /// The first moment at which it was expired, in the token's words.
        at: UnixTime,
    },
    /// `now < nbf`.
    #[error("the token is not valid before {}", from.as_secs())]
    NotYetValid {
        /// The first moment at which it is valid, in the token's words.
        from: UnixTime,
    },
}

impl From<CborError> for TokenError {
    fn from(error: CborError) -> Self {
        Self::Malformed(error)
    }
}
