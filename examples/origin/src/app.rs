//! Puts the library's parts together and serves until a signal.

use std::{
    convert::Infallible,
    error::Error,
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;
use flaskflix_core::token::{KeyRing, TokenSigner};
use flaskflix_http::{
    Cors, Streamer, StreamerBuilder,
    serve::{Tls, TlsError},
};
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
    limits::LimitArgs,
    pages::{self, Site},
    signals::{self, Renewable},
};

/// Serves until SIGTERM or Ctrl-C, then drains. The listener is one that was opened before us, if any.
pub(crate) async fn run(
    args: ServeArgs,
    cache: &CacheArgs,
    limits: &LimitArgs,
    inherited: Option<std::net::TcpListener>,
) -> Result<(), Box<dyn Error>> {
    // Before anything can be waited for: a signal that comes early is not lost.
    let stop = signals::Stop::listen()?;
    let mut films = Films::open(&args, limits)?;
    films.source = cache::over(films.source, cache, args.root.as_deref())?;
    let keys = args
        .key_file
        .as_deref()
        .map(keys::read)
        .transpose()?
        .map(Arc::new);
    let tls = tls(args.tls_cert, args.tls_key)?;
    let renewable = Renewable {
        keys: keys.clone().zip(args.key_file),
        tls: tls.clone(),
    };
    renewable.renew_on_hangup()?;
    let site = Site {
        catalog: Arc::clone(&films.catalog),
        assets: PlayerAssets::new(args.player_assets),
        tokens: keys.is_some(),
    };
    let indexes = indexes::open(args.root.as_deref(), args.index_dir.as_deref())?;
    let content_keys = args.encrypt_with.as_deref().map(keys::read_secret).transpose()?;
    let mut streamer = streamer(films, keys)
        .index_store(indexes)
        .recheck_after(args.recheck_after)
        .hot_segment_bytes(limits.hot_segments);
    if let Some(content_keys) = content_keys {
        streamer = streamer.key_provider(Arc::new(content_keys));
    }
    if !args.cors_origin.is_empty() {
        streamer = streamer.cors(Cors::origins(args.cors_origin));
    }
    if let Some(offload) = args.offload {
        streamer = streamer.offload(offload);
    }
    let streamer = streamer.build()?;
    let (log, log_thread) = args.access_log.then(AccessLog::start).transpose()?.unzip();

    let mut server = limits
        .server()
        .drain_deadline(args.drain)
        .zero_copy(!args.no_zero_copy)
        .pace_loopback(args.pace_loopback);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = listen(inherited, args.listen, scheme).await?;
    let service = service(streamer, pages::router(site), log);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    let drained = server.serve_direct_until(listener, service, stop.first()).await;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "cut at the drain deadline");
    }
    if let Some(thread) = log_thread {
        thread.finish();
    }
    Ok(())
}

/// The listener that was opened before us, or one of ours; says where it listens.
async fn listen(
    inherited: Option<std::net::TcpListener>,
    address: SocketAddr,
    scheme: &str,
) -> Result<TcpListener, Box<dyn Error>> {
    let listener = match inherited {
        Some(listener) => TcpListener::from_std(listener),
        None => TcpListener::bind(address).await,
    };
    let listener = listener.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    writeln!(
        io::stdout(),
        "listening on {scheme}://{}/",
        listener.local_addr()?
    )?;
    Ok(listener)
}

/// The certificate; none without its two files, which the command line takes together only.
fn tls(chain: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Tls>, TlsError> {
    let files = chain.zip(key);
    files
        .map(|(chain, key)| Tls::from_pem_files(chain, key))
        .transpose()
}

/// Media over the films; with keys, every URL needs a token.
fn streamer(Films { source, catalog }: Films, keys: Option<Arc<KeyRing>>) -> StreamerBuilder {
    match keys {
        Some(keys) => Streamer::builder(catalog, source, keys as Arc<dyn TokenSigner>),
        None => Streamer::open_builder(catalog, source),
    }
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
