//! Addresses on other hosts, for one viewer.

use std::fmt;

use async_trait::async_trait;

use crate::{access::AccessError, catalog::ExternalUrl, id::ViewerId, time::UnixTime};

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
