//! Addresses that open one object of a store for a while.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, UrlSigner},
    catalog::ExternalUrl,
    id::ViewerId,
    time::{Clock, SystemClock, UnixTime},
};
use object_store::{
    path::Path,
    signer::{Method, Signer},
};

/// A [`UrlSigner`] that makes addresses of objects into presigned ones: the viewer's player then reads from the store itself.
///
/// Addresses that start with the base given here are signed; all others are handed on as they are. S3, Google Cloud Storage and Azure
/// sign without a request, from credentials that are there; roles may ask for theirs first.
///
/// A presigned address opens the one object that it names. For HLS that is the playlist and not its segments: use
/// it for whole files.
///
/// # Examples
/// ```
/// use flaskflix_core::catalog::ExternalUrl;
/// use flaskflix_storage::object::{ObjectOptions, StoreAddress};
/// let source = StoreAddress::parse("s3://films?region=eu-central-1")?.connect(ObjectOptions::default())?;
/// let base = ExternalUrl::parse("https://films.s3.eu-central-1.amazonaws.com/")?;
/// let signer = source.presigned_urls(base);
/// assert!(signer.is_some(), "S3 can sign");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PresignedUrls {
    signer: Arc<dyn Signer>,
    base: ExternalUrl,
    longest: Duration,
    clock: Arc<dyn Clock>,
}

impl PresignedUrls {
    /// Signs the addresses of a store's objects: those that are `base`, with or without a slash at its end, and a key
    /// behind it, percent-encoded.
    #[must_use]
    pub fn new(signer: Arc<dyn Signer>, base: ExternalUrl) -> Self {
        Self {
            signer,
            base,
            longest: LONGEST,
            clock: Arc::new(SystemClock),
        }
    }

    /// The longest time an address may last. Default 12 hours, at most 7 days, which is where S3 ends.
    ///
    /// An address cannot be called back: longer leaves more time to pass it on; shorter than the longest film and its pauses
    /// ends the film. What is asked for longer is refused, not cut.
    #[must_use]
    pub fn longest(mut self, time: Duration) -> Self {
        self.longest = time.min(S3_LONGEST);
        self
    }

    /// The clock, for tests. Default: the system's. The store's signature holds the system's time in any case.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The object that an address names; `None` when it is none of the store's.
    fn object_of(&self, url: &ExternalUrl) -> Option<Result<Path, PresignError>> {
        let base = self.base.as_str().trim_end_matches('/');
        let key = url.as_str().strip_prefix(base)?.strip_prefix('/')?;
        if key.contains('?') {
            return Some(Err(PresignError::Query));
        }
        let path = Path::from_url_path(key).ok().filter(|path| !path.is_root());
        Some(path.ok_or(PresignError::NoKey))
    }

    fn lifetime(&self, expires: UnixTime) -> Result<Duration, PresignError> {
        let left = expires.as_secs().saturating_sub(self.clock.now().as_secs());
        // Whole seconds: without one more, the last of them could be cut off.
        let left = Duration::from_secs(left.saturating_add(1)).max(SHORTEST);
        if left > self.longest.saturating_add(SHORTEST) {
            return Err(PresignError::TooLong { limit: self.longest });
        }
        Ok(left)
    }
}

#[async_trait]
impl UrlSigner for PresignedUrls {
    async fn sign(
        &self,
        url: &ExternalUrl,
        _: Option<&ViewerId>,
        expires: UnixTime,
    ) -> Result<ExternalUrl, AccessError> {
        let Some(object) = self.object_of(url) else {
            return Ok(url.clone());
        };
        let path = object.map_err(AccessError::new)?;
        let lifetime = self.lifetime(expires).map_err(AccessError::new)?;
        // The driver's error may name keys.
        let signed = self.signer.signed_url(Method::GET, &path, lifetime).await;
        let signed = signed.map_err(|_| AccessError::new(PresignError::Store))?;
        ExternalUrl::parse(signed.as_str()).map_err(AccessError::new)
    }
}

impl fmt::Debug for PresignedUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the signer: it knows credentials.
        f.debug_struct("PresignedUrls")
            .field("base", &self.base)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}

/// Why an address could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PresignError {
    /// It has a query, which would not be signed.
    #[error("the address has a query")]
    Query,
    /// It names no object.
    #[error("the address names no object")]
    NoKey,
    /// It was to last too long.
    #[error("the address was to last longer than {limit:?}")]
    TooLong {
        /// The limit that [`PresignedUrls::longest`] sets.
        limit: Duration,
    },
    /// The store has no credentials, or cannot sign.
    #[error("the object store cannot sign")]
    Store,
}

const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);

/// S3 refuses addresses that last longer.
const S3_LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60 - 60);

/// Enough for clocks that differ a little.
const SHORTEST: Duration = Duration::from_secs(60);
