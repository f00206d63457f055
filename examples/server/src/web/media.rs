//! Media beside the router: the bodies of films keep their type, so that the kernel can send them.
//!
//! An axum router makes one kind of body of all bodies. So requests for media go to the library before it, and get here what the
//! router's middleware gives the others: a line in the log, the form of problems, security headers. Sessions and forms
//! have no part in them.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use flaskflix_http::{route::ApiRoute, serve::DirectBody};
use http::{Method, Request, Response};
use http_body_util::Either;
use tower::{BoxError, Service};
use tracing::Instrument as _;

use super::{headers, problem};
use crate::{
    app::{App, router},
    ops::{Observation, Observed},
};

/// The whole server as one service: media as they are, everything else through the router.
pub fn service<B>(
    app: App,
) -> impl Service<
    Request<B>,
    Response = Response<impl DirectBody<Error: Into<BoxError>> + Send + Unpin + 'static>,
    Error = Infallible,
    Future = impl Future + Send,
> + Clone
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let pages = router(app.clone());
    tower::service_fn(move |request: Request<B>| {
        let (app, mut pages) = (app.clone(), pages.clone());
        async move {
            if is_media(&request) {
                Ok(answer(&app, request).await)
            } else {
                pages
                    .call(request)
                    .await
                    .map(|response| response.map(Either::Right))
            }
        }
    })
}

/// Whether nobody but the streamer has a part in the answer.
fn is_media<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    matches!(*request.method(), Method::GET | Method::HEAD)
        && path.starts_with("/stream/")
        && ApiRoute::parse(path).is_none()
}

async fn answer<B>(app: &App, request: Request<B>) -> Response<Either<Observed<flaskflix_http::Body>, Body>>
where
    B: http_body::Body + Send + 'static,
{
    let observation = Observation::begin(app, &request);
    let wants_json = problem::wants_json(request.uri().path(), request.headers());
    let mut response = app
        .vod()
        .handle(request)
        .instrument(observation.span().clone())
        .await;
    if response.status().is_client_error() || response.status().is_server_error() {
        let mut response = problem::formed(response.map(Body::new), app, wants_json);
        headers::set_defaults(response.headers_mut(), app);
        return observation
            .end(response)
            .map(|body| Either::Right(Body::new(body)));
    }
    headers::set_defaults(response.headers_mut(), app);
    observation.end(response).map(Either::Left)
}
