//! What the token endpoint counts.

use http::StatusCode;
use metrics::counter;

use crate::{
    metrics::{TOKENS_MINTED, TOKENS_REFUSED},
    status::api::ApiRefusal,
};

/// A token was made.
pub(super) fn token_minted() {
    counter!(TOKENS_MINTED).increment(1);
}

/// A token was asked for and refused.
pub(super) fn token_refused(refusal: &ApiRefusal) {
    let reason = match refusal.status() {
        StatusCode::UNAUTHORIZED => "no_viewer",
        StatusCode::FORBIDDEN => "denied",
        StatusCode::NOT_FOUND => "no_title",
        StatusCode::CONFLICT => "no_screen",
        StatusCode::TOO_MANY_REQUESTS => "rate_limited",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "failed",
    };
    counter!(TOKENS_REFUSED, "reason" => reason).increment(1);
}
