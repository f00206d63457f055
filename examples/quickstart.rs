//! From a folder of MP4 files to a running axum app: `cargo run -p flaskflix-examples --example quickstart -- FOLDER`.
//!
//! Open `http://127.0.0.1:3000/stream/demo/master.m3u8` in an HLS player, or `.../video` in anything. Without a folder it serves
//! the demo film. Everybody may watch; the README shows the same with tokens.

use std::{env, error::Error, sync::Arc};

use flaskflix_http::{Streamer, axum::router};
use flaskflix_storage::fs::{FolderCatalog, LocalFiles};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args()
        .nth(1)
        .unwrap_or_else(|| "examples/demo/media".to_owned());
    let files = LocalFiles::open(folder)?;
    let catalog = FolderCatalog::new(&files);
    let streamer = Streamer::open_builder(Arc::new(catalog), Arc::new(files)).build()?;

    let app = axum::Router::new().merge(router(streamer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
