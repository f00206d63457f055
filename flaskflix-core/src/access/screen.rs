//! One place where a viewer watches.

use std::{fmt, time::Duration};

use crate::{id::TitleId, time::UnixMillis};

/// Names one playback of one viewer: a page, a television, a phone that plays a title.
///
/// It is the first half of the id of every token that this playback uses, so a token says which screen it is for without a
/// claim of its own, and a player that mints anew stays the same screen. As text: 16 hexadecimal digits.
///
/// # Examples
/// ```
/// use flaskflix_core::access::ScreenId;
/// let screen = ScreenId::parse("00112233aabbccdd")?;
/// let token_id = screen.token_id([9; 8]);
/// assert_eq!(ScreenId::of_token(&token_id), screen);
/// assert_eq!(screen.to_string(), "00112233aabbccdd");
/// # Ok::<(), flaskflix_core::access::InvalidScreenId>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScreenId([u8; 8]);

/// A text that is no [`ScreenId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a screen is named by 16 hexadecimal digits in lower case")]
pub struct InvalidScreenId;

impl ScreenId {
    /// The screen with these bytes: random ones name a new screen.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The screen that a token is for.
    #[must_use]
    pub const fn of_token(token_id: &[u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *token_id;
        Self([a, b, c, d, e, f, g, h])
    }

    /// The id of another token of this screen.
    #[must_use]
    pub const fn token_id(self, random: [u8; 8]) -> [u8; 16] {
        let (screen, random) = (
            u64::from_be_bytes(self.0) as u128,
            u64::from_be_bytes(random) as u128,
        );
        ((screen << 64) | random).to_be_bytes()
    }

    /// Reads the text that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// [`InvalidScreenId`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidScreenId> {
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(digit) {
            return Err(InvalidScreenId);
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| InvalidScreenId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for ScreenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// What wants a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playback {
    /// The screen.
    pub screen: ScreenId,
    /// What it plays.
    pub title: TitleId,
    /// How long the token that it plays with is still valid: a screen that was ended stays so for that long.
    pub lifetime: Duration,
}

/// A screen in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// Its name, to end it.
    pub id: ScreenId,
    /// What it plays.
    pub title: TitleId,
    /// Since when, by the clock of the store.
    pub since: UnixMillis,
    /// When it was last heard of. Some seconds old even when it plays: not every segment is told.
    pub last_seen: UnixMillis,
}
