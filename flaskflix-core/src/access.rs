//! What an embedder decides about viewers: whether one may watch, how often one may ask, how an address on another host
//! is signed for one.

use std::{error::Error as StdError, fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;

use crate::{
    catalog::{ExternalUrl, Title},
    id::ViewerId,
    time::UnixTime,
};

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

/// Counts requests and says when there are too many. One process keeps its counts in memory; several share them.
///
/// # Contract
/// `take` counts the request and answers whether it is within the quota; a request that is refused is not counted.
/// Subjects are independent of each other, and so are actions.
#[async_trait]
pub trait RateLimit: fmt::Debug + Send + Sync + 'static {
    /// Takes one request of this subject from its quota.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be told now.
    async fn take(&self, action: Action, subject: &Subject) -> Result<Quota, AccessError>;
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Minting a stream token.
    Mint,
    /// Saving progress.
    Progress,
}

/// Who is limited.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// A viewer, wherever they are.
    Viewer(ViewerId),
    /// An address: IPv4 as it is, IPv6 by its first 64 bits. Made by [`Subject::address`].
    Address(IpAddr),
}

impl Subject {
    /// The subject that an address counts for: an IPv4-mapped address is the IPv4 address, and an IPv6 address stands for
    /// its /64, because a single customer has all of it.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::access::Subject;
    /// let a = Subject::address("2001:db8:1:2:aaaa::1".parse()?);
    /// let b = Subject::address("2001:db8:1:2:bbbb::2".parse()?);
    /// assert_eq!(a, b);
    /// assert_eq!(Subject::address("::ffff:192.0.2.1".parse()?), Subject::address("192.0.2.1".parse()?));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(network.into())
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// What [`RateLimit`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// The request is within the quota.
    Within,
    /// It is not.
    Exceeded {
        /// How long to wait before the next one can be within it.
        retry_after: Duration,
    },
}

/// Makes the address that a viewer is sent to for a stream on another host: a CDN's signed URL, a presigned object.
#[async_trait]
pub trait UrlSigner: fmt::Debug + Send + Sync + 'static {
    /// The address for this viewer, valid at least until `expires`; `viewer` is `None` when the streamer runs open.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be made now.
    async fn sign(
        &self,
        url: &ExternalUrl,
        viewer: Option<&ViewerId>,
        expires: UnixTime,
    ) -> Result<ExternalUrl, AccessError>;
}

/// Hands addresses out as they are: the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnsignedUrls;

#[async_trait]
impl UrlSigner for UnsignedUrls {
    async fn sign(
        &self,
        url: &ExternalUrl,
        _: Option<&ViewerId>,
        _: UnixTime,
    ) -> Result<ExternalUrl, AccessError> {
        Ok(url.clone())
    }
}

/// A decision could not be had: its store or service is away or failed.
#[derive(Debug, thiserror::Error)]
#[error("the access decision is not available")]
pub struct AccessError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl AccessError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}
