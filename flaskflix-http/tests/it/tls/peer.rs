//! Certificates made for a test, and a client that trusts one of them.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use bytes::Bytes;
use flaskflix_http::serve::Tls;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
        version,
    },
};

use crate::client::PATIENCE;

/// A folder with a certificate for `localhost` and its key, as an operator would have it.
pub(crate) struct Files {
    folder: TempDir,
}

/// What a client has to trust.
pub(crate) type Certificate = CertificateDer<'static>;

impl Files {
    pub(crate) fn new() -> (Self, Certificate) {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let certificate = files.renew();
        (files, certificate)
    }

    pub(crate) fn chain(&self) -> PathBuf {
        self.folder.path().join("chain.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Writes another certificate in place of the one there is.
    pub(crate) fn renew(&self) -> Certificate {
        let (certificate, key) = issue();
        std::fs::write(self.chain(), certificate.1).unwrap();
        std::fs::write(self.key(), key.serialize_pem()).unwrap();
        certificate.0
    }

    pub(crate) fn tls(&self) -> Tls {
        Tls::from_pem_files(self.chain(), self.key()).unwrap()
    }
}

/// A new certificate, as bytes and as PEM, and its key.
pub(crate) fn issue() -> ((Certificate, String), KeyPair) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    ((cert.der().clone(), cert.pem()), signing_key)
}

/// How a client connects. Clones share the sessions that may be resumed.
#[derive(Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts this certificate alone, and speaks what is listed.
    pub(crate) fn new(certificate: &Certificate, alpn: &[&str]) -> Self {
        Self::with(certificate, alpn, &[&version::TLS13, &version::TLS12])
    }

    pub(crate) fn with(
        certificate: &Certificate,
        alpn: &[&str],
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_protocol_versions(versions).unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self(Arc::new(config))
    }

    /// A stream after its handshake, or why there is none.
    pub(crate) async fn try_connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let connect = TlsConnector::from(Arc::clone(&self.0)).connect(name, socket);
        timeout(PATIENCE, connect)
            .await
            .expect("a handshake in good time")
    }

    /// A client that speaks what was agreed on.
    pub(crate) async fn connect(&self, address: SocketAddr) -> Peer {
        let stream = self.try_connect(address).await.expect("a trusted server");
        let session = stream.get_ref().1;
        let agreed = Agreed {
            alpn: session
                .alpn_protocol()
                .map(|name| String::from_utf8(name.to_vec()).unwrap()),
            version: session.protocol_version().unwrap(),
            kind: session.handshake_kind().unwrap(),
        };
        let io = TokioIo::new(stream);
        if agreed.alpn.as_deref() == Some("h2") {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            Peer {
                agreed,
                sender: Sender::Http2(sender),
                connection: tokio::spawn(connection),
            }
        } else {
            let (sender, connection) = http1::handshake(io).await.unwrap();
            Peer {
                agreed,
                sender: Sender::Http1(sender),
                connection: tokio::spawn(connection),
            }
        }
    }
}

/// What a handshake came to.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) alpn: Option<String>,
    pub(crate) version: ProtocolVersion,
    pub(crate) kind: HandshakeKind,
}

/// A connection over TLS.
pub(crate) struct Peer {
    pub(crate) agreed: Agreed,
    sender: Sender,
    connection: JoinHandle<hyper::Result<()>>,
}

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Peer {
    /// Sends a request for a range, or for everything, and reads the head of its response.
    pub(crate) async fn ask(&mut self, path: &str, range: Option<&str>) -> Response<Incoming> {
        let mut request = Request::get(format!("https://localhost{path}")).header("host", "localhost");
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let request = request.body(Empty::new()).unwrap();
        let response = async {
            match &mut self.sender {
                Sender::Http1(sender) => sender.send_request(request).await,
                Sender::Http2(sender) => sender.send_request(request).await,
            }
        };
        timeout(PATIENCE, response).await.unwrap().unwrap()
    }

    /// Sends a request and reads the whole body of its response.
    pub(crate) async fn read(&mut self, path: &str, range: Option<&str>) -> (u16, Bytes) {
        let response = self.ask(path, range).await;
        let status = response.status().as_u16();
        (status, body(response).await)
    }

    /// Waits until the server closes the connection, and tells whether it did so in order.
    pub(crate) async fn closed(self) -> bool {
        let Self {
            sender, connection, ..
        } = self;
        let ended = timeout(PATIENCE, connection).await.unwrap().unwrap();
        drop(sender);
        ended.is_ok()
    }
}

/// The whole body.
pub(crate) async fn body(response: Response<Incoming>) -> Bytes {
    let body = timeout(PATIENCE, response.into_body().collect());
    body.await.unwrap().unwrap().to_bytes()
}
