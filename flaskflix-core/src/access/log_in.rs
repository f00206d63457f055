//! One log-in of a viewer.

use std::fmt;

/// Names one log-in of a viewer among all of that viewer's: a browser, a television, a phone that has signed in.
///
/// It stands in the id of every token that is minted under it, behind the [`ScreenId`](crate::access::ScreenId): so who logs out can
/// take along what that log-in was given, and nothing of the viewer's other devices, without a list of tokens.
///
/// # Examples
/// ```
/// use flaskflix_core::access::{LogInId, ScreenId};
/// let (log_in, screen) = (LogInId::from_bytes([7; 4]), ScreenId::from_bytes([1; 8]));
/// let token_id = log_in.token_id(screen.token_id([9; 8]));
/// assert_eq!(LogInId::of_token(&token_id), log_in);
/// assert_eq!(ScreenId::of_token(&token_id), screen);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogInId([u8; 4]);

impl LogInId {
    /// The log-in with these bytes: random ones name a new log-in. They are told apart for one viewer only, so four are enough.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0
    }

    /// The log-in that a token was minted under, if it was under any: else bytes that name none.
    #[must_use]
    pub const fn of_token(token_id: &[u8; 16]) -> Self {
        let [.., a, b, c, d, _, _, _, _] = *token_id;
        Self([a, b, c, d])
    }

    /// The id of a token of this log-in: the given one, which says which screen it is for, with these bytes in it.
    #[must_use]
    pub const fn token_id(self, token_id: [u8; 16]) -> [u8; 16] {
        let (old, new) = (u128::from_be_bytes(token_id), u32::from_be_bytes(self.0) as u128);
        let place = 0xffff_ffff_u128 << 32;
        ((old & !place) | (new << 32)).to_be_bytes()
    }
}

impl fmt::Debug for LogInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Leads to a viewer: omitted.
        f.debug_tuple("LogInId").finish_non_exhaustive()
    }
}
