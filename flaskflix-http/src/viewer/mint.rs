//! `GET /stream/{movie_id}/token`: who may watch gets a token, and the URL to play.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Action, Entitlement, ScreenId, Subject, UrlSigner, Verdict},
    catalog::{Delivery, StreamKind, Title},
    id::{TitleId, ViewerId},
    progress::Event,
    time::UnixTime,
    token::{self, Claims, OpaqueToken, PathPrefix, TokenStore},
};
use http::request::Parts;

use super::{
    counters,
    desk::{Desk, named},
    documents::TokenDocument,
    identity::{ClientAddress, LogIn},
};
use crate::{
    decision,
    media_type::MediaType,
    response::api::Answer,
    route::{Route, Target},
    status::{Refusal, api::ApiRefusal},
    trace,
};

/// The settings of minting.
#[derive(Debug)]
pub(super) struct Mint {
    pub(super) entitlement: Arc<dyn Entitlement>,
    pub(super) url_signer: Arc<dyn UrlSigner>,
    pub(super) ttl: Duration,
    pub(super) mount: String,
    pub(super) issuer: Option<String>,
    /// Where signed tokens are kept, when viewers get opaque ones.
    pub(super) opaque: Option<Arc<dyn TokenStore>>,
}

impl Desk {
    pub(super) async fn token(&self, head: &Parts, id: &TitleId) -> Result<Answer, ApiRefusal> {
        match self.mint(head, id).await {
            Ok(document) => {
                counters::token_minted();
                Ok(Answer::json(&document))
            }
            Err(refusal) => {
                counters::token_refused(&refusal);
                Err(refusal)
            }
        }
    }

    async fn mint(&self, head: &Parts, id: &TitleId) -> Result<TokenDocument, ApiRefusal> {
        // viewer       the application's word                        401
        let viewer = named(head)?;
        trace::token_requested(id, viewer);

        // quota        viewer, then address                          429
        // In this order, because a viewer who is over the own quota must not use up what others behind the same address
        // share.
        self.within_quota(Action::Mint, &Subject::Viewer(viewer.clone()))
            .await?;
        if let Some(&ClientAddress(address)) = head.extensions.get() {
            self.within_quota(Action::Mint, &Subject::address(address))
                .await?;
        }

        // catalogue    TitleId -> Title                              404
        let title = self.title(id).await?;

        // entitlement  viewer x title -> verdict                     403, 503
        let verdict = self.mint.entitlement.check(viewer, &title);
        if let Verdict::Denied { reason } = self.decided("entitlement", verdict).await? {
            return Err(ApiRefusal::Denied { reason });
        }

        // screen       viewer x limit -> lease                       409, 503
        let screen = self.open_screen(head, viewer, id).await?;

        // token        claims x key -> text                          503
        let now = self.clock.now();
        let claims = self.mint.claims(id, viewer, now);
        let token_id = token_id(screen, head.extensions.get());
        let made = async {
            let token = self.make_token(&claims, id, token_id).await?;
            self.ticket(&title, viewer, token, now, claims.expires()).await
        };
        match (made.await, screen) {
            (Ok(document), screen) => Ok(document.on_screen(screen)),
            (Err(refusal), Some(screen)) => {
                // Nobody will watch there. When this fails the lease runs out by itself.
                let _ = self.report_screen(viewer, id, screen, Event::Stop).await;
                Err(refusal)
            }
            (Err(refusal), None) => Err(refusal),
        }
    }

    /// The token that the viewer gets: signed, or opaque with the signed one in the store.
    async fn make_token(
        &self,
        claims: &Claims,
        id: &TitleId,
        token_id: [u8; 16],
    ) -> Result<String, ApiRefusal> {
        let signed = token::mint(&*self.admission.signer, claims, token_id).map_err(|error| {
            trace::mint_failed(id, &error);
            Refusal::Failed
        })?;
        let Some(store) = &self.mint.opaque else {
            return Ok(signed);
        };
        let opaque = OpaqueToken::from_bytes(rand::random());
        let key = opaque.key();
        let kept = store.put(&key, &signed, self.mint.ttl);
        let kept = decision::within("token store", self.decision_timeout, kept).await;
        kept.ok_or(ApiRefusal::AWAY)?;
        Ok(opaque.text())
    }

    /// The answer: the token, and the URL that it opens.
    async fn ticket(
        &self,
        title: &Title,
        viewer: &ViewerId,
        token: String,
        now: UnixTime,
        expires: UnixTime,
    ) -> Result<TokenDocument, ApiRefusal> {
        let (stream_url, external) = match &title.delivery {
            Delivery::External { url, .. } => {
                let signed = self.mint.url_signer.sign(url, Some(viewer), expires);
                (
                    self.decided("URL signer", signed).await?.as_str().to_owned(),
                    true,
                )
            }
            delivery => {
                let target = match delivery.kind() {
                    StreamKind::Hls => Target::Master,
                    StreamKind::Mp4 => Target::Video,
                };
                let route = Route::new(title.id.clone(), target).with_token(token.as_str());
                (format!("{}{}", self.base, route.path()), false)
            }
        };
        Ok(TokenDocument::new(
            title, token, stream_url, external, now, expires,
        ))
    }
}

impl Mint {
    fn claims(&self, title: &TitleId, viewer: &ViewerId, now: UnixTime) -> Claims {
        let claims = Claims::new(title.clone(), viewer.clone(), now, self.ttl)
            .path_prefix(PathPrefix::of_title(&self.mount, title));
        match &self.issuer {
            Some(issuer) => claims.issuer(issuer.clone()),
            None => claims,
        }
    }
}

/// An id that says which screen the token is for, and under which log-in; the rest is random.
fn token_id(screen: Option<ScreenId>, log_in: Option<&LogIn>) -> [u8; 16] {
    let id = screen.map_or_else(rand::random, |screen| screen.token_id(rand::random()));
    log_in.map_or(id, |LogIn(log_in)| log_in.token_id(id))
}

/// The media type that a page gives its player.
pub(super) fn mime_type(delivery: &Delivery) -> &'static str {
    let extension = match delivery {
        _ if delivery.kind() == StreamKind::Hls => return MediaType::PLAYLIST.as_str(),
        Delivery::File { asset } => asset.extension(),
        Delivery::External { url, .. } => url.extension(),
        _ => None,
    };
    match MediaType::of_extension(extension) {
        // A player refuses what it is told to be bytes; told that it is MP4, it looks.
        MediaType::UNKNOWN => MediaType::MP4.as_str(),
        known => known.as_str(),
    }
}
