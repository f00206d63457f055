//! What an embedder decides about viewers: whether one may watch, how often one may ask, on how many screens, whose tokens
//! do not count any more, how an address on another host is signed for one.
//!
//! | port | what it decides | when nothing is set |
//! |---|---|---|
//! | [`Entitlement`] | whether a viewer may watch a title | [`EveryViewer`] |
//! | [`RateLimit`] | how often a viewer or an address may ask | a count in memory |
//! | [`Screens`] | on how many screens a viewer watches at once | no limit |
//! | [`Revocations`] | which tokens do not count any more | none is revoked |
//! | [`UrlSigner`] | where a viewer of a title on another host is sent to | [`UnsignedUrls`] |

mod entitlement;
mod error;
mod log_in;
mod rate_limit;
mod revocation_list;
mod revocations;
mod screen;
mod screens;
mod url_signer;

pub use entitlement::{Entitlement, EveryViewer, Verdict};
pub use error::AccessError;
pub use log_in::LogInId;
pub use rate_limit::{Action, Quota, Rate, RateLimit, Rates, Subject};
pub use revocation_list::RevocationList;
pub use revocations::{Revocation, Revocations};
pub use screen::{InvalidScreenId, Playback, Screen, ScreenId};
pub use screens::{Lease, Opening, Screens};
pub use url_signer::{UnsignedUrls, UrlSigner};
