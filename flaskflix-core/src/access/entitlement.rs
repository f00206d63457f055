//! Whether a viewer may watch a title.

use std::fmt;

use async_trait::async_trait;

use crate::{access::AccessError, catalog::Title, id::ViewerId};

/// Decides whether a viewer may watch a title now: a subscription, a purchase, an age limit.
///
/// # Contract
/// Asked once for every token that is minted, never for a segment. The edge gives it a time limit; an error and a time-out
/// are refusals (503), never permissions.
///
/// # Cancellation
/// The future is dropped at the time limit; it must leave nothing half done.
#[async_trait]
pub trait Entitlement: fmt::Debug + Send + Sync + 'static {
    /// Whether this viewer may watch this title.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be told now.
    async fn check(&self, viewer: &ViewerId, title: &Title) -> Result<Verdict, AccessError>;
}

/// What [`Entitlement`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The viewer may watch.
    Allowed,
    /// The viewer may not.
    Denied {
        /// Why, in words for the viewer; it stands in the `detail` of the 403.
        reason: String,
    },
}

/// Everybody who is known may watch everything: the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct EveryViewer;

#[async_trait]
impl Entitlement for EveryViewer {
    async fn check(&self, _: &ViewerId, _: &Title) -> Result<Verdict, AccessError> {
        Ok(Verdict::Allowed)
    }
}
