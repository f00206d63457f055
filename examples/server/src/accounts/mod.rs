//! Accounts: who may log in, and who is logged in.
//!
//! | file | what it holds |
//! |---|---|
//! | `user` | a user, and what a name and a password may be |
//! | `store` | users in the database: register, verify, change, remove |
//! | `passwords`, `hasher` | argon2id beside the runtime's threads, in memory that is kept |
//! | `progress` | the progress of users who are there |
//! | `sessions` | sessions in the database or in Redis, for tower-sessions |
//! | `attempts` | how often one may try, and from where one has been let in (pure) |
//! | `tries` | the same on all nodes together, in Redis |
//! | `error` | why an account cannot be had |

mod attempts;
mod error;
mod hasher;
mod passwords;
mod progress;
mod sessions;
mod store;
mod tries;
mod user;

pub use error::AccountError;
pub(crate) use passwords::random_password;
pub(crate) use progress::ProgressOfUsers;
pub(crate) use sessions::Sessions;
pub use store::Accounts;
pub(crate) use store::{DEMO_NAME, DEMO_PASSWORD};
pub(crate) use tries::{KnownHomes, NotNow, SharedCounts, Tries};
pub use user::User;
pub(crate) use user::{MAX_NAME_CHARS, UserName};
