//! https, and certificates that are renewed.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use rustix::process::Signal;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};

use crate::process::{PATIENCE, Server, run, text};

#[test]
fn https_is_spoken_cookies_are_secure_and_hangup_renews_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path());
    let old = files.issue();
    let server = Server::start(
        &folder.path().join("data"),
        &[&["--demo"][..], &files.flags()].concat(),
    );
    assert_eq!(server.scheme, "https");
    let form = "name=demo&password=demo-demo";
    let log_in = format!(
        "POST /login HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: https://localhost\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = ask(&server.address, &old, &log_in).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.unwrap_or_else(|| panic!("{answer}"));
    assert!(
        cookie.starts_with("__Host-flaskflix=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(
        answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n"),
        "{answer}"
    );

    let new = files.issue();
    server.signal(Signal::HUP);
    wait_for(&server.address, &new);
    ask(&server.address, &old, HEALTH).expect_err("the old one is not shown any more");

    fs::write(&files.key, "no key").unwrap();
    server.signal(Signal::HUP);
    let begun = Instant::now();
    while !server.log().contains("the certificate stays as it was") {
        assert!(begun.elapsed() < PATIENCE, "{}", server.log());
        std::thread::yield_now();
    }
    ask(&server.address, &new, HEALTH).unwrap();
    server.stop();
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_the_password_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = Files::in_folder(folder.path());
    files.issue();
    fs::write(&files.key, "").unwrap();
    let args = ["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let output = run(&[&args[..], &files.flags()].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("key.pem holds no private key"),
        "{output:?}"
    );
    assert_eq!(text(&output.stdout), "");
}

/// A certificate for `localhost` and its key, as PEM files in a folder.
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

/// What a client has to trust.
type Certificate = CertificateDer<'static>;

impl Files {
    fn in_folder(folder: &Path) -> Self {
        Self {
            chain: folder.join("chain.pem"),
            key: folder.join("key.pem"),
        }
    }

    /// Writes a new certificate, over the one there is.
    fn issue(&self) -> Certificate {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&self.chain, made.cert.pem()).unwrap();
        fs::write(&self.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn flags(&self) -> [&str; 4] {
        let [chain, key] = [&self.chain, &self.key].map(|path| path.to_str().unwrap());
        ["--tls-cert", chain, "--tls-key", key]
    }
}

/// One request over TLS by a client that trusts this certificate alone. An error when it is not shown.
fn ask(address: &str, trusted: &Certificate, request: &str) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(session, socket);
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Waits until this certificate is shown.
fn wait_for(address: &str, certificate: &Certificate) {
    let begun = Instant::now();
    while ask(address, certificate, HEALTH).is_err() {
        assert!(begun.elapsed() < PATIENCE, "the old certificate is still shown");
    }
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
