//! How often one may ask.

use std::{fmt, net::IpAddr, num::NonZeroU32, time::Duration};

use async_trait::async_trait;

use crate::{access::AccessError, id::ViewerId};

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

/// A quota: `count` requests at once, and one more every `per / count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many requests may come at once.
    pub count: NonZeroU32,
    /// How long it takes until a quota that was used up is whole again.
    pub per: Duration,
}

impl Rate {
    /// A quota of `count` in `per`. 0 counts as 1.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Self {
        let count = match NonZeroU32::new(count) {
            Some(count) => count,
            None => NonZeroU32::MIN,
        };
        Self { count, per }
    }
}

/// The quota of every action, for each kind of subject; `None` is no limit.
///
/// # Defaults
/// * [`mint_per_viewer`](Self::mint_per_viewer): 120 in an hour. A player mints when a film is opened and when its token
///   has expired; one that mints again on every error of a bad line survives, too
/// * [`mint_per_address`](Self::mint_per_address): 6,000 in an hour: a school or a company behind one address, where a
///   thousand people open a film at the same moment, several times
/// * [`progress_per_viewer`](Self::progress_per_viewer): 600 in a minute: a household on one account, with ten players that
///   report every 5 s, and a burst for somebody who drags the slider
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flaskflix_core::access::{Action, Rate, Rates, Subject};
/// let mut rates = Rates::default();
/// rates.mint_per_address = Some(Rate::new(10, Duration::from_secs(3600)));
/// let address = Subject::address("192.0.2.1".parse()?);
/// assert_eq!(rates.of(Action::Mint, &address), rates.mint_per_address);
/// assert_eq!(rates.of(Action::Progress, &address), None);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Stream tokens for one viewer.
    pub mint_per_viewer: Option<Rate>,
    /// Stream tokens for one address.
    pub mint_per_address: Option<Rate>,
    /// Changes of progress by one viewer.
    pub progress_per_viewer: Option<Rate>,
}

impl Rates {
    /// No quota at all.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            mint_per_viewer: None,
            mint_per_address: None,
            progress_per_viewer: None,
        }
    }

    /// The quota that one request is counted against; `None` when it is not limited.
    #[must_use]
    pub const fn of(&self, action: Action, subject: &Subject) -> Option<Rate> {
        match (action, subject) {
            (Action::Mint, Subject::Viewer(_)) => self.mint_per_viewer,
            (Action::Mint, Subject::Address(_)) => self.mint_per_address,
            (Action::Progress, Subject::Viewer(_)) => self.progress_per_viewer,
            (Action::Progress, Subject::Address(_)) => None,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_mins(1);
        const HOUR: Duration = Duration::from_hours(1);
        Self {
            mint_per_viewer: Some(Rate::new(120, HOUR)),
            mint_per_address: Some(Rate::new(6000, HOUR)),
            progress_per_viewer: Some(Rate::new(600, MINUTE)),
        }
    }
}
