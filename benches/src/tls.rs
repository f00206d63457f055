//! A TLS load client: one thread for each connection, because what counts is the server's CPU time.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use crate::{
    client::{Load, PATIENCE},
    connection::Ask,
    head::Head,
};

/// A self-signed certificate and its key, as files.
#[derive(Debug, Clone)]
pub struct Identity {
    /// PEM.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

impl Identity {
    /// Makes one for `localhost` (ECDSA, P-256) with openssl.
    ///
    /// # Errors
    /// When openssl is missing or fails.
    pub fn make(folder: &Path) -> io::Result<Self> {
        let identity = Self {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        let mut command = Command::new("openssl");
        command.args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]);
        command.args(["-nodes", "-days", "2", "-subj", "/CN=localhost"]);
        command.args(["-addext", "subjectAltName=DNS:localhost"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        command.arg("-keyout").arg(&identity.key);
        command.arg("-out").arg(&identity.certificate);
        let output = command.output()?;
        if output.status.success() {
            Ok(identity)
        } else {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(io::Error::other(format!("openssl: {complaint}")))
        }
    }

    /// TLS 1.3 with one cipher suite, so that every server does the same work.
    fn client(&self) -> io::Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(&self.certificate).map_err(io::Error::other)?;
        roots.add(certificate).map_err(io::Error::other)?;
        let provider = CryptoProvider {
            cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256],
            ..aws_lc_rs::default_provider()
        };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

/// Keep-alive connections over TLS.
#[derive(Debug)]
pub struct Clients(Vec<Client>);

#[derive(Debug)]
struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    window: Vec<u8>,
}

impl Clients {
    /// Opens `connections` connections; their threads run on the CPUs of this one.
    ///
    /// # Errors
    /// When the server does not accept them.
    pub fn connect(host: SocketAddr, identity: &Identity, connections: usize) -> io::Result<Self> {
        let config = identity.client()?;
        let open = || {
            let socket = TcpStream::connect(host)?;
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
            let connection = ClientConnection::new(Arc::clone(&config), name).map_err(io::Error::other)?;
            Ok(Client {
                stream: StreamOwned::new(connection, socket),
                window: vec![0; 1 << 18],
            })
        };
        (0..connections)
            .map(|_| open())
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Keeps every connection asking until `duration` is over, then waits for the answers in flight; each goes through the
    /// requests in turn, beginning with another one.
    ///
    /// # Errors
    /// At the first wrong answer.
    pub fn run(&mut self, duration: Duration, asks: &[Ask]) -> io::Result<Load> {
        let started = Instant::now();
        let mut load = thread::scope(|scope| {
            let threads: Vec<_> = (self.0.iter_mut().enumerate())
                .map(|(first, client)| {
                    let asks = asks.iter().cycle().skip(first);
                    scope.spawn(move || client.ask_for(asks, started, duration))
                })
                .collect();
            let mut sum = Load::default();
            for thread in threads {
                let load = thread.join();
                let load = load.unwrap_or_else(|_| Err(io::Error::other("a client panicked")))?;
                sum.bytes = sum.bytes.saturating_add(load.bytes);
                sum.requests = sum.requests.saturating_add(load.requests);
            }
            io::Result::Ok(sum)
        })?;
        load.wall = started.elapsed();
        Ok(load)
    }
}

impl Client {
    fn ask_for<'a>(
        &mut self,
        asks: impl Iterator<Item = &'a Ask>,
        started: Instant,
        duration: Duration,
    ) -> io::Result<Load> {
        let mut load = Load::default();
        for ask in asks {
            load.bytes = load.bytes.saturating_add(self.ask(ask)?);
            load.requests = load.requests.saturating_add(1);
            if started.elapsed() >= duration {
                break;
            }
        }
        Ok(load)
    }

    fn ask(&mut self, ask: &Ask) -> io::Result<u64> {
        let request = ask.request("localhost");
        self.stream.write_all(request.as_bytes())?;
        let mut text = Vec::new();
        let head = loop {
            let got = self.stream.read(&mut self.window)?;
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            text.extend_from_slice(self.window.get(..got).unwrap_or_default());
            if let Some(head) = Head::parse(&text)? {
                break head;
            }
        };
        ask.check(&head)?;
        let early = u64::try_from(text.len().saturating_sub(head.len)).map_err(io::Error::other)?;
        let mut left = head
            .content_length
            .checked_sub(early)
            .ok_or(io::ErrorKind::InvalidData)?;
        while left > 0 {
            let got = u64::try_from(self.stream.read(&mut self.window)?).map_err(io::Error::other)?;
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left = left.checked_sub(got).ok_or(io::ErrorKind::InvalidData)?;
        }
        Ok(head.content_length)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use rustls::{ServerConfig, ServerConnection, pki_types::PrivateKeyDer};

    use super::*;

    const BODY: usize = 300_000;

    /// Answers every request of so many connections, one after the other, with a body of this length.
    fn answering(identity: &Identity, connections: usize) -> SocketAddr {
        let certificate = CertificateDer::from_pem_file(&identity.certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap();
        thread::spawn(move || {
            for _ in 0..connections {
                let (socket, _) = listener.accept().unwrap();
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                thread::spawn(move || {
                    let mut stream = StreamOwned::new(connection, socket);
                    let mut request = [0; 4096];
                    while stream.read(&mut request).is_ok_and(|got| got > 0) {
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n");
                        stream.write_all(head.as_bytes()).unwrap();
                        stream.write_all(&vec![b'a'; BODY]).unwrap();
                    }
                });
            }
        });
        host
    }

    fn ask(len: usize) -> Ask {
        Ask {
            path: "/".to_owned(),
            range_start: None,
            len: u64::try_from(len).unwrap(),
            compare: false,
        }
    }

    #[test]
    fn every_answer_is_read_to_its_end_and_counted_and_another_length_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let identity = match Identity::make(folder.path()) {
            Ok(identity) => identity,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "{error}");
                return println!("LEFT OUT: {error}");
            }
        };
        let host = answering(&identity, 3);
        let mut clients = Clients::connect(host, &identity, 2).unwrap();
        let load = clients.run(Duration::ZERO, &[ask(BODY)]).unwrap();
        let body = u64::try_from(BODY).unwrap();
        assert_eq!((load.requests, load.bytes), (2, 2 * body));
        let mut client = Clients::connect(host, &identity, 1).unwrap();
        assert!(client.run(Duration::ZERO, &[ask(BODY + 1)]).is_err());
    }
}
