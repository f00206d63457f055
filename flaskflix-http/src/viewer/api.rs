//! `ViewerApi`: the service an application embeds.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use flaskflix_core::{catalog::Catalog, progress::ProgressStore, token::TokenSigner};
use http::{Request, Response};
use tower_service::Service;

use super::{builder::ViewerApiBuilder, desk::Desk};
use crate::{
    body::Body,
    metrics::Exchange,
    response,
    route::RouteLabel,
    streamer::{InfallibleFuture, ResponseFuture},
};

/// Answers the JSON endpoints of [`viewer`](crate::viewer) from a catalogue, a store of progress and a token signer.
///
/// A cheap handle: clones share everything. It is a tower service over `http` types for any request body, as
/// [`Streamer`](crate::Streamer) is; every other URL is 404. [`Vod`](crate::Vod) is both in one. It runs in a tokio runtime
/// with time enabled.
///
/// The endpoints are same-origin: they send no CORS headers, and a change that a browser says comes from a page of another
/// site (`Sec-Fetch-Site`) is refused with 403, unless a stream token stands in for the viewer. Put a CORS layer in front
/// and set [`cross_site`](ViewerApiBuilder::cross_site) when that is not what you want.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{
///     catalog::{Delivery, Title}, id::{AssetKey, TitleId, ViewerId}, progress::Rules, token::KeyRing,
/// };
/// use flaskflix_http::viewer::{Viewer, ViewerApi};
/// use flaskflix_storage::memory::{MemoryCatalog, MemoryProgress};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let catalog = MemoryCatalog::new();
/// let delivery = Delivery::File { asset: AssetKey::parse("hello.mp4")? };
/// catalog.put(Title::new(TitleId::parse("1")?, "Hello", delivery));
/// let keys = KeyRing::new("2026-01", &[7; 32])?;
/// let progress = MemoryProgress::new(Rules::default());
///
/// let api = ViewerApi::builder(Arc::new(catalog), Arc::new(progress), Arc::new(keys)).build()?;
/// let mut request = http::Request::get("/stream/1/token").body(String::new())?;
/// assert_eq!(api.handle(request.clone()).await.status(), 401);
/// request.extensions_mut().insert(Viewer(ViewerId::parse("anna")?));
/// assert_eq!(api.handle(request).await.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ViewerApi {
    desk: Arc<Desk>,
}

impl ViewerApi {
    /// Starts an API over these. Its tokens open a [`Streamer`](crate::Streamer) of the same signer, mount and issuer.
    #[must_use]
    pub fn builder(
        catalog: Arc<dyn Catalog>,
        progress: Arc<dyn ProgressStore>,
        signer: Arc<dyn TokenSigner>,
    ) -> ViewerApiBuilder {
        ViewerApiBuilder::new(catalog, progress, signer)
    }

    pub(super) fn new(desk: Desk) -> Self {
        Self { desk: Arc::new(desk) }
    }

    /// Answers one request. The path is read relative to the mount point; a body is read up to its limit, and only where
    /// the endpoint takes one.
    ///
    /// Never fails: what goes wrong is a response.
    ///
    /// # Cancellation
    /// A dropped future may have made its change or not; it is never half made.
    pub fn handle<B>(&self, request: Request<B>) -> ResponseFuture
    where
        B: http_body::Body + Send + 'static,
    {
        let desk = Arc::clone(&self.desk);
        let exchange = Exchange::begin(RouteLabel::of_path(request.uri().path()));
        ResponseFuture(Box::pin(async move {
            response::counted(desk.answer(request).await, exchange)
        }))
    }
}

impl<B> Service<Request<B>> for ViewerApi
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
