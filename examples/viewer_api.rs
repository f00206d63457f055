//! An app that knows its viewers: tokens, progress and "continue watching" beside the media.
//!
//! `cargo run -p flaskflix-examples --example viewer_api -- FOLDER`, then
//!
//! ```text
//! curl -H 'X-Viewer: anna' http://127.0.0.1:3000/media/stream/demo/token
//! curl -H 'X-Viewer: anna' http://127.0.0.1:3000/media/stream/demo/progress -d '{"current_time": 100, "total_duration": 1000}'
//! curl -H 'X-Viewer: anna' http://127.0.0.1:3000/media/continue-watching
//! ```

use std::{env, error::Error, future::ready, sync::Arc};

use async_trait::async_trait;
use axum::{Router, extract::Request, middleware::map_request};
use flaskflix_core::{
    access::{AccessError, Entitlement, Verdict},
    catalog::Title,
    id::ViewerId,
    progress::Rules,
    token::{KeyRing, Verifier},
};
use flaskflix_http::{
    Streamer, Vod,
    axum::vod_router,
    serve::Server,
    viewer::{TrustedProxies, Viewer, ViewerApi},
};
use flaskflix_storage::{
    fs::{FolderCatalog, LocalFiles},
    memory::MemoryProgress,
};
use tokio::net::TcpListener;

/// Where the media are mounted: the streamer's verifier and the API are told the same.
const MOUNT: &str = "/media";

/// Who may watch what. Yours asks about a subscription, an age, a country.
#[derive(Debug)]
struct Subscriptions;

#[async_trait]
impl Entitlement for Subscriptions {
    async fn check(&self, viewer: &ViewerId, title: &Title) -> Result<Verdict, AccessError> {
        if viewer.as_str() == "guest" && title.name.contains("premium") {
            let reason = "this film is for subscribers".to_owned();
            return Ok(Verdict::Denied { reason });
        }
        Ok(Verdict::Allowed)
    }
}

/// Names the viewer. Yours reads a session; this one believes everybody.
fn name_viewer(mut request: Request) -> Request {
    let name = request
        .headers()
        .get("x-viewer")
        .and_then(|name| name.to_str().ok());
    if let Some(Ok(viewer)) = name.map(ViewerId::parse) {
        request.extensions_mut().insert(Viewer(viewer));
    }
    request
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args()
        .nth(1)
        .unwrap_or_else(|| "examples/demo/media".to_owned());
    let files = LocalFiles::open(folder)?;
    let catalog = Arc::new(FolderCatalog::new(&files));
    // Yours come from a file or a vault: with this key everybody who reads the example can make tokens.
    let keys = Arc::new(KeyRing::new("example", &[7; 32])?);

    let streamer = Streamer::builder(catalog.clone(), Arc::new(files), keys.clone())
        .verifier(Verifier::new().mount(MOUNT))
        .build()?;
    let api = ViewerApi::builder(catalog, Arc::new(MemoryProgress::new(Rules::default())), keys)
        .entitlement(Arc::new(Subscriptions))
        .mount(MOUNT)
        .build()?;

    // What is added last sees a request first.
    let proxies = TrustedProxies::new(["127.0.0.0/8".parse()?]);
    let app = Router::new()
        .nest(MOUNT, vod_router(Vod::new(streamer, api)))
        .layer(map_request(|request| ready(name_viewer(request))))
        .layer(map_request(move |request: Request| {
            ready(proxies.locate(request))
        }));

    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    Server::new().serve(listener, app).await;
    Ok(())
}
