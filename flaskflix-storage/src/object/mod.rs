//! Object stores: S3, Google Cloud Storage, Azure, web servers.
//!
//! [`StoreAddress`] reads `s3://films/2026`, [`ObjectStoreSource`] reads the films, [`ObjectCatalog`] says which titles there are,
//! [`PresignedUrls`] lets players read from the store themselves.
//!
//! | what the store does | what a reader sees |
//! |---|---|
//! | 500, 502, 504, a connection that breaks, an answer that ends early | a pause; then the rest, from the byte that was reached |
//! | 429 or 503 | the same, after `Retry-After`; [`Busy`](flaskflix_core::source::SourceError::Busy) when that is longer than the [patience](ObjectOptions::patience), or it goes on for as long |
//! | nothing, or a drip | a new request after the [idle time](ObjectOptions::idle_timeout); an error when the patience is used up |
//! | another version, or none | [`Changed`](flaskflix_core::source::SourceError::Changed), and never a byte of the other |
//! | 403 and other refusals | an error at once, without the store's own words: they may name keys |
//!
//! What is decided here and why stands in ADR 12. Nothing is cached but versions and lists, both only for a time that is set.

mod address;
mod catalog;
mod client;
mod failure;
mod gets;
mod inventory;
mod options;
mod patience;
mod place;
mod presigned;
mod reader;
mod source;
mod tries;
mod version;

pub use address::{InvalidAddress, StoreAddress};
pub use catalog::{ObjectCatalog, TooManyObjects};
pub use failure::StoreError;
pub use inventory::ListedObject;
pub use options::ObjectOptions;
pub use presigned::{PresignError, PresignedUrls};
pub use source::ObjectStoreSource;
