//! The S3 server of the crate `s3s-fs`, in this process. It checks signatures, and does not look at `If-Match` of reads.

use std::path::PathBuf;

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::rt::TokioIo;
use object_store::path::Path;
use s3s::{
    Body, HttpError,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{KEY_ID, SECRET};

pub(crate) struct S3sServer {
    endpoint: String,
    task: JoinHandle<()>,
    _root: TempDir,
}

impl S3sServer {
    pub(crate) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let files = s3s_fs::FileSystem::new(root.path()).unwrap();
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let path = root.path().to_owned();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (service, path) = (service.clone(), path.clone());
                let service = service_fn(move |request| serve(service.clone(), path.clone(), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Self {
            endpoint,
            task,
            _root: root,
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for S3sServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The server's answers, but for its 500 to a `HEAD` of what is a folder on its disk: to S3 that is a name without an object.
async fn serve(
    service: S3Service,
    root: PathBuf,
    request: Request<Incoming>,
) -> Result<Response<Body>, HttpError> {
    let name = Path::from_url_path(request.uri().path()).unwrap_or_default();
    let is_folder = *request.method() == Method::HEAD && root.join(name.as_ref()).is_dir();
    let mut response = Service::call(&service, request).await?;
    if is_folder {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}
