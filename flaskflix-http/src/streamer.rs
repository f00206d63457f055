//! `Streamer`: the service an application embeds. Its settings are in `builder`.

mod builder;

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use flaskflix_core::{catalog::Catalog, source::ByteSource, token::TokenSigner};
use http::{Request, Response};
use tower_service::Service;

pub use self::builder::{BuildError, StreamerBuilder};
use crate::{body::Body, service::Edge};

/// Answers every URL of [`route`](crate::route) from a catalogue and a byte source, to those who hold a token.
///
/// A cheap handle: clones share everything. It is a tower service over `http` types for any request body (which it does
/// not read), so it runs under the accept loop of [`serve`](crate::serve), in an axum app
/// ([`axum::router`](crate::axum::router)) or in any framework that speaks `http`.
///
/// # Cost
/// One call of the catalogue and one opened object for a request; playlists open every file of their title.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{catalog::{Delivery, Title}, id::{AssetKey, TitleId}, Bytes};
/// use flaskflix_http::Streamer;
/// use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = MemorySource::new();
/// source.put(AssetKey::parse("hello.txt")?, Bytes::from_static(b"hello"));
/// let catalog = MemoryCatalog::new();
/// let delivery = Delivery::File { asset: AssetKey::parse("hello.txt")? };
/// catalog.put(Title::new(TitleId::parse("hello")?, "Hello", delivery));
///
/// let streamer = Streamer::open_builder(Arc::new(catalog), Arc::new(source)).build()?;
/// let request = http::Request::get("/stream/hello/video").header("Range", "bytes=1-3").body(())?;
/// let response = streamer.handle(request).await;
/// assert_eq!(response.status(), 206);
/// assert_eq!(response.headers()["content-range"], "bytes 1-3/5");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Streamer {
    edge: Arc<Edge>,
}

impl Streamer {
    /// Starts a streamer whose every URL needs a token of this signer.
    #[must_use]
    pub fn builder(
        catalog: Arc<dyn Catalog>,
        source: Arc<dyn ByteSource>,
        signer: Arc<dyn TokenSigner>,
    ) -> StreamerBuilder {
        StreamerBuilder::new(catalog, source, Some(signer))
    }

    /// Starts a streamer that needs no tokens: everybody who reaches it can watch everything. A token in a URL is
    /// ignored.
    #[must_use]
    pub fn open_builder(catalog: Arc<dyn Catalog>, source: Arc<dyn ByteSource>) -> StreamerBuilder {
        StreamerBuilder::new(catalog, source, None)
    }

    /// Answers one request. The path is read relative to the mount point; the request's body is dropped unread.
    ///
    /// Never fails: what goes wrong is a response.
    ///
    /// # Cancellation
    /// Dropping the future leaves nothing behind.
    pub fn handle<B>(&self, request: Request<B>) -> ResponseFuture {
        let (head, _) = request.into_parts();
        let edge = Arc::clone(&self.edge);
        ResponseFuture(Box::pin(async move { edge.answer(head).await }))
    }
}

impl<B> Service<Request<B>> for Streamer {
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

/// The response to come, of [`Streamer::handle`] and its like.
pub struct ResponseFuture(pub(crate) Pin<Box<dyn Future<Output = Response<Body>> + Send>>);

impl Future for ResponseFuture {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// The response to come, of [`Streamer`] and its like as tower services.
#[derive(Debug)]
pub struct InfallibleFuture(pub(crate) ResponseFuture);

impl Future for InfallibleFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Ok)
    }
}
