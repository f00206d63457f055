//! `/screens`: where a viewer watches now, and ending one of them; and the screen that a new token is for.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Action, Lease, Opening, Playback, Screen, ScreenId, Screens, Subject},
    id::{TitleId, ViewerId},
    progress::Event,
};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::{
    desk::{Desk, named},
    documents::ScreenDocument,
};
use crate::{
    response::api::Answer,
    status::{Missing, Refusal, api::ApiRefusal, api::Invalid},
};

impl Desk {
    /// `GET`: the screens that are in use.
    pub(super) async fn screens(&self, head: &Parts) -> Result<Answer, ApiRefusal> {
        let (viewer, screens) = (named(head)?, self.counted_screens()?);
        let held = self.decided("screens", screens.list(viewer)).await?;
        Ok(Answer::json(&self.screen_documents(&held).await))
    }

    /// `DELETE`: one is ended.
    pub(super) async fn end_screen(&self, head: &Parts, id: ScreenId) -> Result<Answer, ApiRefusal> {
        let viewer = named(head)?;
        self.same_site(head)?;
        let screens = self.counted_screens()?;
        self.within_quota(Action::Progress, &Subject::Viewer(viewer.clone()))
            .await?;
        if self.decided("screens", screens.end(viewer, id)).await? {
            Ok(Answer::Done)
        } else {
            Err(Refusal::from(Missing::Screen).into())
        }
    }

    /// Opens the screen of a token that is about to be minted: the one that the request names, or a new one. `None` when
    /// screens are not counted.
    pub(super) async fn open_screen(
        &self,
        head: &Parts,
        viewer: &ViewerId,
        title: &TitleId,
    ) -> Result<Option<ScreenId>, ApiRefusal> {
        let Some(screens) = &self.admission.shared.screens else {
            return Ok(None);
        };
        let named = named_screen(head.uri.query())?;
        let fresh = ScreenId::from_bytes(rand::random());
        for screen in named.into_iter().chain([fresh]) {
            let playback = self.playback(screen, title);
            match self.decided("screens", screens.open(viewer, &playback)).await? {
                Opening::Opened => return Ok(Some(screen)),
                Opening::Full { screens } => {
                    let screens = self.screen_documents(&screens).await;
                    let screens = serde_json::to_value(screens).unwrap_or_default();
                    return Err(ApiRefusal::NoScreenFree { screens });
                }
                // The one that is named was ended: this is another one.
                Opening::Ended => {}
            }
        }
        Err(Refusal::Failed.into())
    }

    /// What a report of progress says about the screen that it names: it plays, or it has stopped.
    pub(super) async fn report_screen(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        screen: ScreenId,
        event: Event,
    ) -> Result<(), ApiRefusal> {
        let Some(screens) = &self.admission.shared.screens else {
            return Ok(());
        };
        if matches!(event, Event::Ended | Event::Stop) {
            self.decided("screens", screens.release(viewer, screen)).await?;
            return Ok(());
        }
        let playback = self.playback(screen, title);
        match self.decided("screens", screens.renew(viewer, &playback)).await? {
            Lease::Held => Ok(()),
            Lease::Ended => Err(Refusal::ScreenEnded.into()),
        }
    }

    fn playback(&self, screen: ScreenId, title: &TitleId) -> Playback {
        Playback {
            screen,
            title: title.clone(),
            lifetime: Duration::from_secs(self.mint.ttl.as_secs()),
        }
    }

    fn counted_screens(&self) -> Result<&Arc<dyn Screens>, ApiRefusal> {
        let screens = self.admission.shared.screens.as_ref();
        screens.ok_or_else(|| Refusal::from(Missing::Url).into())
    }

    /// The screens with the names of their titles, as far as the catalogue knows them.
    async fn screen_documents(&self, screens: &[Screen]) -> Vec<ScreenDocument> {
        let mut documents = Vec::with_capacity(screens.len());
        for screen in screens {
            let title = self.catalog.title(&screen.title).await.ok().flatten();
            documents.push(ScreenDocument::new(screen, title.as_deref()));
        }
        documents
    }
}

/// Reads the field or parameter `screen`.
pub(super) fn parse_screen(text: &str) -> Result<ScreenId, Invalid> {
    ScreenId::parse(text).map_err(|_| Invalid::field(SCREEN, "screen is none that a token came with"))
}

/// The screen that a request for a token names: its player has one already.
fn named_screen(query: Option<&str>) -> Result<Option<ScreenId>, Invalid> {
    let pairs = query.unwrap_or_default().split('&');
    let mut named = pairs.filter_map(|pair| pair.strip_prefix("screen="));
    match (named.next(), named.next()) {
        (None, _) => Ok(None),
        (Some(text), None) => parse_screen(&percent_decode_str(text).decode_utf8_lossy()).map(Some),
        (Some(_), Some(_)) => Err(Invalid::field(SCREEN, "screen stands twice in the query")),
    }
}

pub(super) const SCREEN: &str = "screen";
