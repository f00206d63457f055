//! Sessions, for tower-sessions.
//!
//! | file | what it holds |
//! |---|---|
//! | `store` | where they are kept: one of the two |
//! | `database` | in the table `sessions` |
//! | `redis` | in Redis |
//!
//! Both keep a session under a hash of its id, and never write again one that was ended: a request that was under way when its
//! user logged out cannot bring it back. Whose session it is, and whether the password has changed since, is judged by
//! `web::identity` against the account, whatever a store holds.

mod database;
mod redis;
mod store;

pub(crate) use store::Sessions;
