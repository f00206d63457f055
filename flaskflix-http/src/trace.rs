//! Everything this crate logs, so that field names and levels stand in one place.
//!
//! | field | meaning |
//! |---|---|
//! | `error` | the error with its causes |
//! | `asset`, `title` | the key or id concerned, quoted |
//! | `place` | a playlist below the folder of that asset |
//! | `missing_bytes` | announced bytes that were not sent |
//! | `pause_ms` | how long the accept loop waits |
//! | `overdue` | which deadline of a connection has passed |
//! | `address` | where a connection comes from |
//! | `setting`, `limit` | the cap that was hit, or lowered |
//! | `wanted`, `open_files` | what the cap should have been, and what did not allow it |
//! | `panic` | what the service panicked with |
//! | `decision` | what an embedder was asked to decide |
//! | `viewer` | the viewer's id, at `debug` only |
//!
//! Tokens are never logged, at any level, and viewer ids never above `debug`. A failure is logged once, where it is handled.

use std::{error::Error as StdError, fmt};

#[cfg(feature = "viewer")]
use flaskflix_core::id::ViewerId;
use flaskflix_core::{
    ErrorChain,
    id::{AssetKey, TitleId},
    playlist::ChildPath,
};

use crate::body::BodyError;

/// A response ended before its announced length; the server cuts the connection.
pub(crate) fn response_cut(error: &BodyError, missing_bytes: u64) {
    tracing::warn!(error = %ErrorChain(error), missing_bytes, "a response was cut");
}

/// An object could not be opened, and the client was told so.
pub(crate) fn open_failed(asset: &AssetKey, error: &(dyn StdError + 'static)) {
    tracing::error!(asset = asset.as_str(), error = %ErrorChain(error), "an object cannot be opened");
}

/// A segment that many ask for could not be put together in memory. It is served as before.
#[cfg(all(unix, feature = "serve"))]
pub(crate) fn hot_segment_failed(asset: &AssetKey, error: &(dyn StdError + 'static)) {
    tracing::debug!(asset = asset.as_str(), error = %ErrorChain(error), "a segment is not kept in memory");
}

/// The catalogue did not answer, and the client was told so.
pub(crate) fn catalog_failed(title: &TitleId, error: &(dyn StdError + 'static)) {
    tracing::error!(title = title.as_str(), error = %ErrorChain(error), "the catalogue does not answer");
}

/// A file's index could not be had, so its title has no playlists now.
pub(crate) fn index_failed(asset: &AssetKey, error: &(dyn StdError + 'static)) {
    tracing::warn!(asset = asset.as_str(), error = %ErrorChain(error), "a file cannot be indexed");
}

/// A title's files cannot be packaged.
pub(crate) fn packaging_failed(assets: usize, asset: Option<&AssetKey>, error: &(dyn StdError + 'static)) {
    let asset = asset.map(AssetKey::as_str);
    tracing::warn!(assets, asset, error = %ErrorChain(error), "a title cannot be packaged");
}

/// A source was replaced after its title was planned: the plan is made anew.
pub(crate) fn plan_outdated(asset: &AssetKey) {
    tracing::debug!(
        asset = asset.as_str(),
        "a source has changed, the title is planned anew"
    );
}

/// The key provider did not answer, and the client was told so.
pub(crate) fn key_failed(title: &TitleId, error: &(dyn StdError + 'static)) {
    tracing::error!(title = title.as_str(), error = %ErrorChain(error), "a content key cannot be had");
}

/// A title has another key than its plan: the plan is made anew.
pub(crate) fn key_changed(title: &TitleId) {
    tracing::info!(
        title = title.as_str(),
        "a title's content key has changed, it is planned anew"
    );
}

/// A playlist that somebody else wrote is not served.
pub(crate) fn playlist_refused(title: &AssetKey, place: &ChildPath, error: &(dyn StdError + 'static)) {
    let (asset, place) = (title.as_str(), place.as_str());
    tracing::warn!(asset, place, error = %ErrorChain(error), "a playlist is not served");
}

/// What an operator should know about a title that plays.
pub(crate) fn packaging_warning(warning: &dyn fmt::Display) {
    tracing::warn!(%warning, "a title is packaged in part");
}

/// Accepting failed; the loop waits before it tries again.
#[cfg(feature = "serve")]
pub(crate) fn accept_failed(error: &std::io::Error, pause: std::time::Duration) {
    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    tracing::error!(error = %ErrorChain(error), pause_ms, "no connection can be accepted");
}

/// A connection ended with an error: mostly a client that went away.
#[cfg(feature = "serve")]
pub(crate) fn connection_failed(error: &(dyn StdError + 'static)) {
    tracing::debug!(error = %ErrorChain(error), "a connection failed");
}

/// A handshake failed: a client that does not trust us, or none that speaks TLS.
#[cfg(feature = "tls")]
pub(crate) fn handshake_failed(error: &(dyn StdError + 'static)) {
    tracing::debug!(error = %ErrorChain(error), "a TLS handshake failed");
}

/// A connection was cut at one of its deadlines.
#[cfg(feature = "serve")]
pub(crate) fn connection_overdue(overdue: impl fmt::Debug) {
    tracing::debug!(?overdue, "a connection was cut");
}

/// A connection was cut: its peer sent too many HTTP/2 frames that are no part of a request.
#[cfg(feature = "serve")]
pub(crate) fn connection_flooded() {
    tracing::debug!("a connection was cut for its many frames");
}

/// An address has as many connections as it may have. Told once until its last one is gone.
#[cfg(feature = "serve")]
pub(crate) fn connections_refused(address: std::net::IpAddr, limit: usize) {
    tracing::warn!(%address, limit, "further connections of an address are closed");
}

/// A cap for everybody is reached. Told once until it has been quiet for a while.
#[cfg(feature = "serve")]
pub(crate) fn limit_reached(setting: &'static str, limit: usize) {
    tracing::warn!(
        setting,
        limit,
        "a limit is reached, what comes above it is refused"
    );
}

/// So many requests are under way that connections have to share. Told once until it has been quiet for a while.
#[cfg(feature = "serve")]
pub(crate) fn requests_are_shared(under_way: usize, max_requests: usize) {
    tracing::warn!(
        under_way,
        max_requests,
        "many requests are under way, connections that have several of them get no more for now"
    );
}

/// The process may hardly open files at all.
#[cfg(all(unix, feature = "serve"))]
pub(crate) fn open_files_are_too_few(open_files: u64, least: u64) {
    tracing::error!(
        open_files,
        least,
        "too few files may be open to serve films: raise the limit (ulimit -n, LimitNOFILE)"
    );
}

/// The process may not open as many files as the connections that were asked for need.
#[cfg(all(unix, feature = "serve"))]
pub(crate) fn open_files_allow_few_connections(open_files: u64, wanted: usize, limit: usize) {
    tracing::warn!(
        open_files,
        wanted,
        limit,
        "max_connections is lowered to the files that may be open"
    );
}

/// The same of requests. That is how it is on most machines, and only many slow readers notice.
#[cfg(all(unix, feature = "serve"))]
pub(crate) fn open_files_allow_few_requests(open_files: u64, wanted: usize, limit: usize) {
    tracing::info!(
        open_files,
        wanted,
        limit,
        "max_requests is lowered to the files that may be open"
    );
}

/// The service panicked instead of answering.
#[cfg(feature = "serve")]
pub(crate) fn service_panicked(panic: &str) {
    tracing::error!(panic, "the service panicked");
}

/// The body of a response panicked; only its own connection is lost.
#[cfg(feature = "serve")]
pub(crate) fn connection_panicked(error: &tokio::task::JoinError) {
    tracing::error!(error = %ErrorChain(error), "a connection panicked");
}

/// A viewer asks for a stream token.
#[cfg(feature = "viewer")]
pub(crate) fn token_requested(title: &TitleId, viewer: &ViewerId) {
    tracing::info!(title = title.as_str(), "stream token requested");
    tracing::debug!(
        title = title.as_str(),
        viewer = viewer.as_str(),
        "stream token requested"
    );
}

/// No token could be made for a title that may be watched.
#[cfg(feature = "viewer")]
pub(crate) fn mint_failed(title: &TitleId, error: &(dyn StdError + 'static)) {
    tracing::error!(title = title.as_str(), error = %ErrorChain(error), "a stream token cannot be made");
}

/// The embedder's decision could not be had, and the client was refused.
pub(crate) fn decision_failed(decision: &'static str, error: &(dyn StdError + 'static)) {
    tracing::error!(decision, error = %ErrorChain(error), "a decision cannot be had");
}

/// The embedder's decision took too long, and the client was refused.
pub(crate) fn decision_timed_out(decision: &'static str, limit: std::time::Duration) {
    let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    tracing::error!(decision, limit_ms, "a decision takes too long");
}

/// The store of progress did not do what it was asked, and the client was told so.
#[cfg(feature = "viewer")]
pub(crate) fn progress_failed(error: &(dyn StdError + 'static)) {
    tracing::error!(error = %ErrorChain(error), "the progress store does not answer");
}
