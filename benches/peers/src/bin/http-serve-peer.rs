//! The peer: http-serve under hyper, as its example shows it.

use std::{env, error::Error, fs::File, io, io::Write, path::Path, sync::Arc};

use http::{HeaderMap, Request, Response};
use http_serve::{Body, ChunkedReadFile};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Builder, task::spawn_blocking};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::args()
        .nth(1)
        .ok_or("usage: http-serve-peer FOLDER [WORKERS]")?;
    let workers = env::args().nth(2).map_or(Ok(1), |workers| workers.parse())?;
    // It reads with `block_in_place`, which a current-thread runtime does not have.
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    Ok(runtime.block_on(listen(Path::new(&root).into()))?)
}

async fn listen(root: Arc<Path>) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "listening on http://{}/", listener.local_addr()?)?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let root = Arc::clone(&root);
        tokio::spawn(async move {
            let service = service_fn(move |request| serve(Arc::clone(&root), request));
            // A client that leaves is no failure of the server.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn serve(root: Arc<Path>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let path = root.join(request.uri().path().trim_start_matches('/'));
    let entity = spawn_blocking(move || ChunkedReadFile::new(File::open(path)?, HeaderMap::new()));
    let entity = entity.await.map_err(io::Error::other)??;
    Ok(http_serve::serve(entity, &request))
}
