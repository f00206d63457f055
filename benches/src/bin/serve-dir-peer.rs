//! The peer: tower-http's `ServeDir` under axum, as its documentation shows it; one worker is a current-thread runtime.

use std::{env, io, io::Write};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, runtime::Builder};
use tower_http::services::ServeDir;

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: serve-dir-peer FOLDER [WORKERS]");
    let root = env::args_os().nth(1).ok_or_else(usage)?;
    let workers = env::args().nth(2).map_or(Ok(1), |workers| workers.parse());
    let runtime = match workers.map_err(|_| usage())? {
        0 | 1 => Builder::new_current_thread().enable_all().build()?,
        workers => Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()?,
    };
    runtime.block_on(serve(ServeDir::new(root)))
}

async fn serve(files: ServeDir) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "listening on http://{}/", listener.local_addr()?)?;
    let listener = listener.tap_io(|socket| {
        // Without it, ServeDir would be measured waiting for delayed acknowledgements.
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback_service(files)).await
}
