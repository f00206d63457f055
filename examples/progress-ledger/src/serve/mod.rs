//! The servers to judge: the library's API over its SQLite store, and over two wrong stores.

mod ack_first;
mod last_writer;

use std::{
    error::Error,
    future,
    io::{self, Write as _},
    sync::Arc,
};

use flaskflix_core::{
    catalog::{Delivery, Title},
    id::{AssetKey, TitleId, ViewerId},
    progress::{ProgressStore, Rules},
    token::KeyRing,
};
use flaskflix_http::{
    serve::Server,
    viewer::{LocalRateLimit, Viewer, ViewerApi},
};
use flaskflix_storage::{
    memory::MemoryCatalog,
    sql::{SqliteDatabase, SqliteOptions},
};
use http::Request;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use self::{ack_first::AckFirst, last_writer::LastWriter};
use crate::{
    args::{ServeArgs, Store},
    badges::VIEWER,
};

/// Serves until it is killed.
pub(crate) async fn run(args: ServeArgs) -> Result<(), Box<dyn Error>> {
    let path = args.data.join("progress.db");
    let database = SqliteDatabase::open(path, SqliteOptions::default()).await?;
    let sqlite = database.progress(Rules::default());
    let store: Arc<dyn ProgressStore> = match args.store {
        Store::Sqlite => Arc::new(sqlite),
        Store::AckFirst => Arc::new(AckFirst::start(sqlite)),
        Store::LastWriter => Arc::new(LastWriter::new(sqlite)),
    };
    let catalog = MemoryCatalog::new();
    for number in 1..=args.titles {
        let asset = AssetKey::parse("never-opened.mp4")?;
        let id = TitleId::parse(&number.to_string())?;
        catalog.put(Title::new(id, "A film", Delivery::File { asset }));
    }
    // Nobody has a token of this key: the viewer is named in a header.
    let keys = KeyRing::new("ledger", &[0; 32])?;
    let api = ViewerApi::builder(Arc::new(catalog), store, Arc::new(keys))
        .rate_limit(Arc::new(LocalRateLimit::unlimited()))
        .build()?;
    let listener = TcpListener::bind(args.listen).await?;
    writeln!(io::stdout(), "listening on http://{}/", listener.local_addr()?)?;
    Server::new()
        .serve_until(listener, api.map_request(named), future::pending())
        .await;
    Ok(())
}

/// Believes the header that names the viewer. Only a test program on loopback may do that.
fn named<B>(mut request: Request<B>) -> Request<B> {
    let name = request.headers().get(VIEWER).and_then(|name| name.to_str().ok());
    if let Some(viewer) = name.and_then(|name| ViewerId::parse(name).ok()) {
        request.extensions_mut().insert(Viewer(viewer));
    }
    request
}
