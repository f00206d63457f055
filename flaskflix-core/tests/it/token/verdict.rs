//! Asks the verifier about one thing that is wrong.

use flaskflix_core::token::{self, CborError, TokenError};

use super::raw::{NOW, RawToken, keys};

pub(crate) fn refusal(text: &str) -> TokenError {
    token::verify(&keys(), text, NOW).expect_err(text)
}

/// Rows of: what is wrong, the token, the exact error.
pub(crate) fn expect_refusals(table: Vec<(&str, RawToken, TokenError)>) {
    for (what, raw, expected) in table {
        let verdict = token::verify(&keys(), &raw.to_text(), NOW);
        assert_eq!(verdict, Err(expected), "{what}");
    }
}

pub(crate) fn changed(change: impl FnOnce(&mut RawToken)) -> RawToken {
    let mut raw = RawToken::sound();
    change(&mut raw);
    raw
}

pub(crate) const fn unexpected(expected: &'static str) -> TokenError {
    TokenError::Malformed(CborError::Unexpected { expected })
}
