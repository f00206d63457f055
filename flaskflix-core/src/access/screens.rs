//! On how many screens a viewer watches at the same time.

use std::fmt;

use async_trait::async_trait;

use crate::{
    access::{AccessError, Playback, Screen, ScreenId},
    id::ViewerId,
};

/// Keeps which screens each viewer watches on, at most so many at once.
///
/// A screen is held by a lease: it is opened when a token is minted, renewed by every request of that token, and free again
/// when it is released, ended, or not heard of for the lease's time.
///
/// # Contract
/// * However many ask at the same moment, on however many nodes, a viewer never holds more screens than the limit. The limit
///   and the lease's time are the implementation's settings.
/// * Times are those of the store: a node whose clock is wrong frees nobody's screen and keeps none for longer.
/// * Viewers are independent of each other.
///
/// # Cancellation
/// A dropped future may have done its work or not; a screen that nobody knows of is free again after the lease's time.
#[async_trait]
pub trait Screens: fmt::Debug + Send + Sync + 'static {
    /// Opens a screen. One that is held already is renewed, whatever the limit.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be told now, and no answer is the safe one.
    async fn open(&self, viewer: &ViewerId, playback: &Playback) -> Result<Opening, AccessError>;

    /// Renews the lease of a screen, for every request of its token; may answer from memory for a few seconds. A screen whose
    /// lease has run out (a pause) is opened again when there is room.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    async fn renew(&self, viewer: &ViewerId, playback: &Playback) -> Result<Lease, AccessError>;

    /// The screens that are held now, the longest first.
    ///
    /// # Errors
    /// [`AccessError`] when they cannot be told now.
    async fn list(&self, viewer: &ViewerId) -> Result<Vec<Screen>, AccessError>;

    /// Frees a screen because its player has stopped. The same token may open it again. Says whether it was held.
    ///
    /// # Errors
    /// [`AccessError`] when it is not known to be free.
    async fn release(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError>;

    /// Ends a screen that was held, because the viewer wants to watch elsewhere: its tokens open nothing any more. Says whether
    /// it was held; one that was not is left alone.
    ///
    /// # Errors
    /// [`AccessError`] when it is not known to be ended.
    async fn end(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError>;
}

/// What [`Screens::open`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The screen is held.
    Opened,
    /// There is no room.
    Full {
        /// The screens that are held, the longest first.
        screens: Vec<Screen>,
    },
    /// The screen was ended: only another one can be opened.
    Ended,
}

/// What [`Screens::renew`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// The screen is held.
    Held,
    /// The screen was ended, or its place was taken while it was not heard of.
    Ended,
}
