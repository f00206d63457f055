//! A user, and what a name and a password may be.

use std::fmt;

use flaskflix_core::{
    id::{InvalidId, ViewerId},
    time::UnixMillis,
};

use sha2::{Digest as _, Sha256};

use super::AccountError;

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never given to another user, even after this one is removed.
    pub id: i64,
    /// As the user wrote it.
    pub name: String,
    /// Whether the user may change the catalogue and the users.
    pub is_admin: bool,
    /// When the account was made.
    pub created_at: UnixMillis,
    /// Which password it has. A session holds the one that it was begun with.
    pub(crate) password: PasswordMark,
}

impl User {
    /// What the library calls this user: `u` and the id.
    ///
    /// # Errors
    /// Never: a letter and a number are a valid id. The type of the id cannot know.
    pub fn viewer(&self) -> Result<ViewerId, InvalidId> {
        ViewerId::parse(&format!("u{}", self.id))
    }
}

/// Tells one password of an account from another, and nothing about either: the hash of a salted hash.
///
/// A session that was begun with another password than the account has now is nobody's, wherever sessions are kept and whoever
/// changed the password: no list of a user's sessions has to be right for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasswordMark(String);

impl PasswordMark {
    /// The mark of a password by its hash as the table has it.
    pub(super) fn of(password_hash: &str) -> Self {
        let hash = Sha256::digest(password_hash.as_bytes());
        Self(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name that an account may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserName(String);

impl UserName {
    /// # Errors
    /// [`AccountError::InvalidName`].
    pub(crate) fn parse(text: &str) -> Result<Self, AccountError> {
        let chars = text.chars().count();
        let fits = (MIN_NAME_CHARS..=MAX_NAME_CHARS).contains(&chars);
        let plain = text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if fits && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountError::InvalidName)
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names have in common when they are one to people.
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// # Errors
/// [`AccountError::InvalidPassword`] when it is too short or too long.
pub(super) fn accept_password(password: &str) -> Result<&str, AccountError> {
    if (MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&password.chars().count()) {
        Ok(password)
    } else {
        Err(AccountError::InvalidPassword)
    }
}

pub(crate) const MIN_NAME_CHARS: usize = 2;
pub(crate) const MAX_NAME_CHARS: usize = 40;
pub(crate) const MIN_PASSWORD_CHARS: usize = 8;
pub(crate) const MAX_PASSWORD_CHARS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_and_a_few_marks() {
        for good in ["ab", "Anna", "anna.b-c_2", "Zoë", "日本", &"a".repeat(40)] {
            assert!(UserName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a b",
            " anna",
            "a/b",
            "<b>",
            "a\u{0}b",
            "a@b",
            "a\u{202e}b",
            &"a".repeat(41),
        ] {
            assert!(UserName::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(UserName::parse("ZOË").unwrap().key(), "zoë");
    }

    #[test]
    fn passwords_have_8_to_200_characters() {
        for (chars, fits) in [(7, false), (8, true), (200, true), (201, false)] {
            assert_eq!(accept_password(&"é".repeat(chars)).is_ok(), fits, "{chars}");
        }
    }
}
