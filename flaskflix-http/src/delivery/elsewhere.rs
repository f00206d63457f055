//! The address of a stream on another host, for one viewer.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::UrlSigner,
    catalog::{ExternalUrl, StreamKind},
    time::UnixTime,
    token::Grant,
};

use crate::{decision, route::Target, status::Refusal};

/// Asks the embedder's signer, within a time limit.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    pub(crate) signer: Arc<dyn UrlSigner>,
    pub(crate) timeout: Duration,
}

impl Elsewhere {
    /// The address that this viewer is sent to.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when it cannot be had now.
    pub(crate) async fn url(
        &self,
        url: &ExternalUrl,
        grant: Option<&Grant>,
        now: UnixTime,
    ) -> Result<ExternalUrl, Refusal> {
        let expires = grant.map_or_else(|| now.saturating_add(OPEN_LIFETIME), Grant::expires);
        let signed = self.signer.sign(url, grant.map(Grant::viewer), expires);
        let signed = decision::within("URL signer", self.timeout, signed).await;
        signed.ok_or(Refusal::Busy)
    }
}

/// Whether a stream of this kind answers to this name: a playlist to `master.m3u8`, a file to `video`.
pub(crate) const fn is_offered(kind: StreamKind, target: &Target) -> bool {
    matches!(
        (kind, target),
        (StreamKind::Hls, Target::Master) | (StreamKind::Mp4, Target::Video)
    )
}

/// How long an address is to be valid when there is no token that says so: as long as a token is by default.
const OPEN_LIFETIME: Duration = Duration::from_hours(4);
