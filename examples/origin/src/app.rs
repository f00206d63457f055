//! Puts the library's parts together and serves until a signal.

use std::{
    convert::Infallible,
    error::Error,
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use flaskflix_core::{
    encrypt::DerivedKeys,
    package::IndexStore,
    token::{KeyRing, TokenSigner},
};
use flaskflix_http::{Cors, Streamer, serve::Server};
use http::{Request, Response};
use http_body_util::Either;
use tokio::net::TcpListener;
use tower::Service;

use crate::{
    access_log::{AccessLog, Logged},
    args::ServeArgs,
    assets::PlayerAssets,
    cache::{self, CacheArgs},
    films::Films,
    indexes, keys,
    pages::{self, Site},
    signals,
};

/// Serves until SIGTERM or Ctrl-C, then drains.
pub(crate) async fn run(args: ServeArgs, cache: &CacheArgs) -> Result<(), Box<dyn Error>> {
    // Before anything can be waited for: a signal that comes early is not lost.
    let stop = signals::Stop::listen()?;
    let mut films = Films::open(&args)?;
    films.source = cache::over(films.source, cache, args.root.as_deref())?;
    let keys = args
        .key_file
        .as_deref()
        .map(keys::read)
        .transpose()?
        .map(Arc::new);
    if let (Some(keys), Some(path)) = (&keys, args.key_file) {
        signals::reload_keys_on_hangup(Arc::clone(keys), path)?;
    }
    let site = Site {
        catalog: Arc::clone(&films.catalog),
        assets: PlayerAssets::new(args.player_assets),
        tokens: keys.is_some(),
    };
    let indexes = indexes::open(args.root.as_deref(), args.index_dir.as_deref())?;
    let content_keys = args.encrypt_with.as_deref().map(keys::read_secret).transpose()?;
    let streamer = streamer(
        films,
        indexes,
        keys,
        content_keys,
        args.cors_origin,
        args.recheck_after,
    )?;
    let (log, log_thread) = args.access_log.then(AccessLog::start).transpose()?.unzip();

    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    writeln!(io::stdout(), "listening on http://{}/", listener.local_addr()?)?;

    let service = service(streamer, pages::router(site), log);
    let drained = Server::new()
        .max_connections(args.max_connections)
        .max_connections_per_address(args.max_connections_per_address)
        .drain_deadline(args.drain)
        .serve_until(listener, service, stop.first())
        .await;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "cut at the drain deadline");
    }
    if let Some(thread) = log_thread {
        thread.finish();
    }
    Ok(())
}

/// Media over the films; with keys, every URL needs a token; with content keys, HLS is encrypted.
fn streamer(
    films: Films,
    indexes: Arc<dyn IndexStore>,
    keys: Option<Arc<KeyRing>>,
    content_keys: Option<DerivedKeys>,
    cors_origins: Vec<String>,
    recheck_after: Duration,
) -> Result<Streamer, Box<dyn Error>> {
    let Films { source, catalog } = films;
    let builder = match keys {
        Some(keys) => Streamer::builder(catalog, source, keys as Arc<dyn TokenSigner>),
        None => Streamer::open_builder(catalog, source),
    };
    let mut builder = builder.index_store(indexes).recheck_after(recheck_after);
    if let Some(content_keys) = content_keys {
        builder = builder.key_provider(Arc::new(content_keys));
    }
    if !cors_origins.is_empty() {
        builder = builder.cors(Cors::origins(cors_origins));
    }
    Ok(builder.build()?)
}

/// Media goes straight to the streamer, everything else to the pages: one comparison, no routing table on the way of
/// a segment.
fn service<B>(
    streamer: Streamer,
    pages: axum::Router,
    log: Option<AccessLog>,
) -> impl Service<
    Request<B>,
    Response = Response<Logged<Either<flaskflix_http::Body, axum::body::Body>>>,
    Error = Infallible,
    Future = impl Future + Send,
> + Clone
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    tower::service_fn(move |request: Request<B>| {
        let (mut streamer, mut pages) = (streamer.clone(), pages.clone());
        let line = log.as_ref().map(|log| log.begin(&request));
        async move {
            let response = if request.uri().path().starts_with("/stream/") {
                streamer.call(request).await?.map(Either::Left)
            } else {
                pages.call(request).await?.map(Either::Right)
            };
            Ok(Logged::wrap(response, line))
        }
    })
}
