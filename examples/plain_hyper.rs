//! The same without axum: a `Streamer` is a tower service over `http` types, so hyper serves it as it is.
//!
//! `cargo run -p flaskflix-examples --example plain_hyper -- FOLDER`. For an accept loop with timeouts, a connection cap and a
//! graceful drain take `flaskflix_http::serve::Server`.

use std::{env, error::Error, sync::Arc};

use flaskflix_http::Streamer;
use flaskflix_storage::fs::{FolderCatalog, LocalFiles};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args()
        .nth(1)
        .unwrap_or_else(|| "examples/demo/media".to_owned());
    let files = LocalFiles::open(folder)?;
    let catalog = FolderCatalog::new(&files);
    let streamer = Streamer::open_builder(Arc::new(catalog), Arc::new(files)).build()?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    loop {
        let (connection, _) = listener.accept().await?;
        let service = TowerToHyperService::new(streamer.clone());
        tokio::spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new());
            // An error here is a client that went away.
            let _ = http.serve_connection(TokioIo::new(connection), service).await;
        });
    }
}
