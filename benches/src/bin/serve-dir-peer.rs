//! The peer: tower-http's `ServeDir` under axum on a current-thread runtime, as its documentation shows it.

use std::{env, io, io::Write};

use axum::{Router, serve::ListenerExt};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let root = env::args_os()
        .nth(1)
        .ok_or_else(|| io::Error::other("usage: serve-dir-peer FOLDER"))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "listening on http://{}/", listener.local_addr()?)?;
    let listener = listener.tap_io(|socket| {
        // Without it, ServeDir would be measured waiting for delayed acknowledgements.
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback_service(ServeDir::new(root))).await
}
