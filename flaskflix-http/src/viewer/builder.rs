//! The settings of a [`ViewerApi`].

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Entitlement, EveryViewer, RateLimit, Revocations, Screens, UnsignedUrls, UrlSigner},
    catalog::Catalog,
    progress::ProgressStore,
    time::{Clock, SystemClock},
    token::{DEFAULT_TTL, MAX_TTL, TokenSigner, TokenStore, Verifier},
};

use super::{api::ViewerApi, desk::Desk, mint::Mint, rate_limit::LocalRateLimit};
use crate::{
    admission::{Admission, SharedState},
    route::encode_segment,
};

/// Makes a [`ViewerApi`].
///
/// # Defaults
/// * [`entitlement`](Self::entitlement): every viewer may watch everything
/// * [`entitlement_timeout`](Self::entitlement_timeout): 2 s
/// * [`rate_limit`](Self::rate_limit): [`LocalRateLimit::default`]
/// * [`opaque_tokens`](Self::opaque_tokens): off, tokens are signed and stand nowhere
/// * [`revocations`](Self::revocations): none, a token counts until it expires
/// * [`screens`](Self::screens): none, screens are not counted
/// * [`url_signer`](Self::url_signer): URLs of other hosts are handed out as they are
/// * [`token_ttl`](Self::token_ttl): 4 h
/// * [`mount`](Self::mount): the root
/// * [`issuer`](Self::issuer): the default of tokens when minting, any when verifying
/// * [`body_timeout`](Self::body_timeout): 10 s
/// * [`cross_site`](Self::cross_site): off
/// * [`clock`](Self::clock): the machine's
#[derive(Debug)]
pub struct ViewerApiBuilder {
    catalog: Arc<dyn Catalog>,
    progress: Arc<dyn ProgressStore>,
    signer: Arc<dyn TokenSigner>,
    entitlement: Arc<dyn Entitlement>,
    decision_timeout: Duration,
    rate_limit: Arc<dyn RateLimit>,
    shared: SharedState,
    url_signer: Arc<dyn UrlSigner>,
    token_ttl: Duration,
    mount: String,
    issuer: Option<String>,
    body_timeout: Duration,
    cross_site: bool,
    clock: Arc<dyn Clock>,
}

/// Why a [`ViewerApi`] cannot be made. The operator's concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Tokens would live for less than a second, or longer than [`MAX_TTL`].
    #[error("tokens live from 1 s to {} s, not {secs} s", MAX_TTL.as_secs())]
    TokenTtl {
        /// The life asked for, in whole seconds.
        secs: u64,
    },
}

impl ViewerApiBuilder {
    pub(super) fn new(
        catalog: Arc<dyn Catalog>,
        progress: Arc<dyn ProgressStore>,
        signer: Arc<dyn TokenSigner>,
    ) -> Self {
        Self {
            catalog,
            progress,
            signer,
            entitlement: Arc::new(EveryViewer),
            decision_timeout: Duration::from_secs(2),
            rate_limit: Arc::new(LocalRateLimit::default()),
            shared: SharedState::default(),
            url_signer: Arc::new(UnsignedUrls),
            token_ttl: DEFAULT_TTL,
            mount: String::new(),
            issuer: None,
            body_timeout: Duration::from_secs(10),
            cross_site: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets who may watch what. Asked for every token, never for a segment. Default: [`EveryViewer`].
    #[must_use]
    pub fn entitlement(mut self, entitlement: Arc<dyn Entitlement>) -> Self {
        self.entitlement = entitlement;
        self
    }

    /// Sets how long the entitlement, the rate limit and the URL signer may each take. Default: 2 s. What takes longer is
    /// refused with 503: longer is kinder to slow services, shorter answers sooner while they are away.
    #[must_use]
    pub const fn entitlement_timeout(mut self, timeout: Duration) -> Self {
        self.decision_timeout = timeout;
        self
    }

    /// Sets who may ask how often. Default: [`LocalRateLimit::default`], which counts in this process; several processes
    /// behind one address share an implementation of yours.
    #[must_use]
    pub fn rate_limit(mut self, rate_limit: Arc<dyn RateLimit>) -> Self {
        self.rate_limit = rate_limit;
        self
    }

    /// Hands out opaque tokens: 32 random bytes, with the signed token in this store. Give the streamer the same
    /// [`token_store`](crate::StreamerBuilder::token_store). Default: off. They are short and say nothing, and cost the store; no
    /// CDN can judge them.
    #[must_use]
    pub fn opaque_tokens(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.shared.tokens = Some(store);
        self
    }

    /// Sets which tokens do not count any more, where a token stands in for the viewer. Give the streamer the same. Default: none is
    /// revoked.
    #[must_use]
    pub fn revocations(mut self, revocations: Arc<dyn Revocations>) -> Self {
        self.shared.revocations = Some(revocations);
        self
    }

    /// Sets who counts the screens of viewers: a token is minted for a screen, and refused with 409 when all are in use. Give the
    /// streamer the same. Default: nobody.
    #[must_use]
    pub fn screens(mut self, screens: Arc<dyn Screens>) -> Self {
        self.shared.screens = Some(screens);
        self
    }

    /// Sets who signs the URLs of titles on other hosts. Default: [`UnsignedUrls`].
    #[must_use]
    pub fn url_signer(mut self, url_signer: Arc<dyn UrlSigner>) -> Self {
        self.url_signer = url_signer;
        self
    }

    /// Sets how long a token lives, in whole seconds. Default: 4 h, longer than most films with a pause. Longer lets a
    /// subscription that has ended watch on, shorter makes players mint again in the middle of a film.
    #[must_use]
    pub const fn token_ttl(mut self, ttl: Duration) -> Self {
        self.token_ttl = ttl;
        self
    }

    /// Sets the path that the streamer is mounted at as clients see it, not percent-encoded. Default: the root.
    ///
    /// It stands in `stream_url`, in the links of pages, and in the tokens: give the same to
    /// [`Verifier::mount`](flaskflix_core::token::Verifier::mount) of the streamer. Slashes around it do not matter.
    #[must_use]
    pub fn mount(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Sets the issuer of the tokens, and the only one that progress accepts. Default: tokens are of
    /// [`DEFAULT_ISSUER`](flaskflix_core::token::DEFAULT_ISSUER), and those of any issuer that holds a key are accepted.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets how long the body of a request may take to come. Default: 10 s, then 408. A body has at most 4 KiB: longer
    /// forgives bad lines, shorter frees what a slow client holds.
    #[must_use]
    pub const fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Lets pages of other sites change progress in the viewer's name. Default: off. Only for an application that knows its
    /// viewers by something that browsers do not send by themselves, or that has a check of its own.
    #[must_use]
    pub const fn cross_site(mut self) -> Self {
        self.cross_site = true;
        self
    }

    /// Sets the clock that tokens and progress are dated by. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the API.
    ///
    /// # Errors
    /// [`BuildError`] when a setting can never work.
    pub fn build(self) -> Result<ViewerApi, BuildError> {
        let secs = self.token_ttl.as_secs();
        if !(1..=MAX_TTL.as_secs()).contains(&secs) {
            return Err(BuildError::TokenTtl { secs });
        }
        let mut verifier = Verifier::new().mount(self.mount.clone());
        if let Some(issuer) = &self.issuer {
            verifier = verifier.issuer(issuer.clone());
        }
        let mut base = String::new();
        for segment in self.mount.split('/').filter(|segment| !segment.is_empty()) {
            base.push('/');
            base.extend(encode_segment(segment));
        }
        Ok(ViewerApi::new(Desk {
            catalog: self.catalog,
            progress: self.progress,
            rate_limit: self.rate_limit,
            mint: Mint {
                entitlement: self.entitlement,
                url_signer: self.url_signer,
                ttl: self.token_ttl,
                mount: self.mount,
                issuer: self.issuer,
                opaque: self.shared.tokens.clone(),
            },
            admission: Admission {
                signer: self.signer,
                verifier,
                shared: self.shared,
            },
            base,
            decision_timeout: self.decision_timeout,
            body_timeout: self.body_timeout,
            cross_site: self.cross_site,
            clock: self.clock,
        }))
    }
}
