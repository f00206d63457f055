//! The way of a request, on one page: which endpoint, which method, who asks, how often.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{AccessError, Action, Quota, RateLimit, Subject},
    catalog::{Catalog, Title},
    id::{TitleId, ViewerId},
    progress::{ProgressError, ProgressStore},
    time::Clock,
};
use http::{HeaderValue, Method, Request, Response, request::Parts};

use super::{identity::Viewer, mint::Mint, received};
use crate::{
    admission::Admission,
    body::Body,
    decision, request,
    response::api::{self as response, Answer},
    route::ApiRoute,
    status::{Missing, Refusal, api::ApiRefusal},
    trace,
};

/// Everything a request passes on its way.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) catalog: Arc<dyn Catalog>,
    pub(super) progress: Arc<dyn ProgressStore>,
    pub(super) rate_limit: Arc<dyn RateLimit>,
    pub(super) mint: Mint,
    pub(super) admission: Admission,
    /// The mount point as it stands in URLs: empty, or `/a/b`.
    pub(super) base: String,
    pub(super) decision_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) cross_site: bool,
    pub(super) clock: Arc<dyn Clock>,
}

impl Desk {
    /// The response to a request, whatever happens.
    pub(super) async fn answer<B: http_body::Body + Send>(&self, request: Request<B>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let with_body = head.method != Method::HEAD;
        match self.serve(&head, body).await {
            Ok(answer) => response::of_answer(answer, with_body),
            Err(refusal) => response::of_refusal(&refusal, with_body),
        }
    }

    async fn serve<B: http_body::Body + Send>(&self, head: &Parts, body: B) -> Result<Answer, ApiRefusal> {
        let route = ApiRoute::parse(head.uri.path()).ok_or(Refusal::from(Missing::Url))?;
        let allow = methods(&route);
        if head.method == Method::OPTIONS {
            return Ok(Answer::Options { allow });
        }
        match (&route, &head.method) {
            (ApiRoute::Token { title }, &Method::GET | &Method::HEAD) => self.token(head, title).await,
            (ApiRoute::Progress { title }, &Method::GET | &Method::HEAD) => self.position(head, title).await,
            (ApiRoute::Progress { title }, &Method::POST) => {
                self.report(head, title, &self.body(body).await?).await
            }
            (ApiRoute::Progress { title }, &Method::PUT) => {
                self.mark(head, title, &self.body(body).await?).await
            }
            (ApiRoute::Progress { title }, &Method::DELETE) => self.delete(head, title).await,
            (ApiRoute::ContinueWatching, &Method::GET | &Method::HEAD) => self.row(head).await,
            (ApiRoute::ContinueWatching, &Method::DELETE) => self.forget(head).await,
            (ApiRoute::Screens, &Method::GET | &Method::HEAD) => self.screens(head).await,
            (ApiRoute::Screen { id }, &Method::DELETE) => self.end_screen(head, *id).await,
            _ => Err(ApiRefusal::MethodNotAllowed { allow }),
        }
    }

    async fn body<B: http_body::Body + Send>(&self, body: B) -> Result<Vec<u8>, ApiRefusal> {
        received::read(body, self.body_timeout).await
    }

    /// The viewer that the application names; else the one of a stream token that opens this title.
    ///
    /// `in_body` is the token that the body holds. Where a token is given beside a named viewer, it does not count.
    pub(super) async fn viewer(
        &self,
        head: &Parts,
        title: &TitleId,
        in_body: Option<&str>,
    ) -> Result<ViewerId, ApiRefusal> {
        if let Ok(viewer) = named(head) {
            self.same_site(head)?;
            return Ok(viewer.clone());
        }
        let nobody = |refusal| match refusal {
            Refusal::NoGrant { presented } => ApiRefusal::NoViewer { presented },
            other => other.into(),
        };
        let token = request::only_token(in_body, head.uri.query(), &head.headers).map_err(nobody)?;
        let grant = self.admission.grant(&token, self.clock.now()).await;
        let grant = grant.map_err(nobody)?;
        if grant.permits(title) {
            Ok(grant.viewer().clone())
        } else {
            Err(Refusal::OtherTitle.into())
        }
    }

    /// A cookie goes along with requests of other sites' pages; what changes something must not (CSRF). Browsers say where
    /// a request comes from, and pages cannot make them lie. Other clients say nothing, and have no cookies of others.
    pub(super) fn same_site(&self, head: &Parts) -> Result<(), ApiRefusal> {
        let changes = !matches!(head.method, Method::GET | Method::HEAD);
        let from = head.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let foreign = !matches!(from, None | Some(b"same-origin" | b"none"));
        if changes && foreign && !self.cross_site {
            return Err(ApiRefusal::CrossSite);
        }
        Ok(())
    }

    /// Takes one request from the quota of a subject.
    pub(super) async fn within_quota(&self, action: Action, subject: &Subject) -> Result<(), ApiRefusal> {
        match self
            .decided("rate limit", self.rate_limit.take(action, subject))
            .await?
        {
            Quota::Within => Ok(()),
            Quota::Exceeded { retry_after } => Err(ApiRefusal::TooMany { retry_after }),
        }
    }

    /// What the embedder decides, within the time that it has. No decision is a refusal.
    pub(super) async fn decided<T>(
        &self,
        what: &'static str,
        decision: impl Future<Output = Result<T, AccessError>>,
    ) -> Result<T, ApiRefusal> {
        let decided = decision::within(what, self.decision_timeout, decision).await;
        decided.ok_or(ApiRefusal::AWAY)
    }

    /// The title, or 404.
    pub(super) async fn title(&self, id: &TitleId) -> Result<Arc<Title>, ApiRefusal> {
        match self.catalog.title(id).await {
            Ok(title) => Ok(title.ok_or(Refusal::from(Missing::Title))?),
            Err(error) => {
                trace::catalog_failed(id, &error);
                Err(Refusal::Busy.into())
            }
        }
    }
}

/// The viewer that the application names.
pub(super) fn named(head: &Parts) -> Result<&ViewerId, ApiRefusal> {
    match head.extensions.get::<Viewer>() {
        Some(Viewer(viewer)) => Ok(viewer),
        None => Err(ApiRefusal::NoViewer { presented: false }),
    }
}

/// What the store of progress could not do.
pub(super) fn store_failed(error: &ProgressError) -> ApiRefusal {
    if let ProgressError::Unavailable(_) = error {
        trace::progress_failed(error);
    }
    error.into()
}

fn methods(route: &ApiRoute) -> HeaderValue {
    HeaderValue::from_static(match route {
        ApiRoute::Token { .. } => "GET, HEAD, OPTIONS",
        ApiRoute::Progress { .. } => "GET, HEAD, POST, PUT, DELETE, OPTIONS",
        ApiRoute::ContinueWatching => "GET, HEAD, DELETE, OPTIONS",
        ApiRoute::Screens => "GET, HEAD, OPTIONS",
        ApiRoute::Screen { .. } => "DELETE, OPTIONS",
    })
}
