//! Why an account cannot be had.

use super::user::{MAX_NAME_CHARS, MAX_PASSWORD_CHARS, MIN_NAME_CHARS, MIN_PASSWORD_CHARS};

/// Why an account cannot be made, used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The name is too short, too long or holds something else than letters, digits, dots, underscores and hyphens. The
    /// visitor's concern.
    #[error("a name has {MIN_NAME_CHARS} to {MAX_NAME_CHARS} letters, digits, dots, underscores or hyphens")]
    InvalidName,
    /// The password is too short or too long. The visitor's concern.
    #[error("a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")]
    InvalidPassword,
    /// Somebody has this name, in these or other capitals. The visitor's concern.
    #[error("this name is taken")]
    NameTaken,
    /// There is no such account, or this is not its password; which of the two is not told.
    #[error("the name or the password is not right")]
    WrongCredentials,
    /// There is no account with this id or name.
    #[error("there is no such account")]
    Unknown,
    /// The last administrator can neither be removed nor lose the right.
    #[error("this is the last administrator")]
    LastAdmin,
    /// Too many passwords are being checked: come back later.
    #[error("too many passwords are being checked")]
    Busy,
    /// The database is away or failed. Ours.
    #[error("the accounts are not available")]
    Database(#[from] sqlx::Error),
    /// The progress of a removed user could not be deleted.
    #[error("the progress of the account cannot be deleted")]
    Progress(#[from] flaskflix_core::progress::ProgressError),
    /// A password could not be hashed. Ours.
    #[error("the password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}
