//! `Vod`: the streamer and what viewers do beside watching, as one service.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use crate::{
    Streamer,
    body::Body,
    route::ApiRoute,
    streamer::{InfallibleFuture, ResponseFuture},
    viewer::ViewerApi,
};

/// A [`Streamer`] and a [`ViewerApi`] as one tower service: the JSON endpoints first, every other URL to the streamer.
///
/// A cheap handle: clones share everything. Give both the same catalogue, signer and mount point. CORS is the streamer's
/// alone; the JSON endpoints stay same-origin.
///
/// # Examples
/// ```
/// use axum::Router;
/// use flaskflix_http::{Streamer, Vod, viewer::ViewerApi};
///
/// fn app(streamer: Streamer, api: ViewerApi) -> Router {
///     // A layer of yours that names the viewer goes around it.
///     flaskflix_http::axum::vod_router(Vod::new(streamer, api))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Vod {
    streamer: Streamer,
    api: ViewerApi,
}

impl Vod {
    /// Puts the two together.
    #[must_use]
    pub const fn new(streamer: Streamer, api: ViewerApi) -> Self {
        Self { streamer, api }
    }

    /// Answers one request. The path is read relative to the mount point.
    ///
    /// Never fails: what goes wrong is a response.
    ///
    /// # Cancellation
    /// As for [`ViewerApi::handle`].
    pub fn handle<B>(&self, request: Request<B>) -> ResponseFuture
    where
        B: http_body::Body + Send + 'static,
    {
        if ApiRoute::parse(request.uri().path()).is_some() {
            self.api.handle(request)
        } else {
            self.streamer.handle(request)
        }
    }
}

impl<B> Service<Request<B>> for Vod
where
    B: http_body::Body + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = InfallibleFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> InfallibleFuture {
        InfallibleFuture(self.handle(request))
    }
}
