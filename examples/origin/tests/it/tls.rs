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

use crate::program::{Folder, PATIENCE, run};

#[test]
fn https_is_spoken_and_hangup_renews_the_certificate() {
    let folder = Folder::new().with("a.bin", b"film a");
    let files = Files::in_folder(folder.root().parent().unwrap());
    let old = files.issue();
    let origin = folder.with_tokens(&files.flags());
    assert_eq!(origin.scheme, "https");
    let target = format!("/stream/a.bin/t/{}/video", folder.token("a.bin", &[]));
    let film = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let answer = ask(&origin.address, &old, &film).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("film a"),
        "{answer}"
    );
    assert_eq!(origin.get("/healthz").status, 400, "not without TLS");

    let new = files.issue();
    origin.signal(Signal::HUP);
    wait_for(&origin.address, &new);
    ask(&origin.address, &old, HEALTH).expect_err("the old one is not shown any more");

    // A file that is no key leaves everything as it is; the keys of tokens are renewed all the same.
    fs::write(&files.key, "no key").unwrap();
    fs::write(folder.key_file(), format!("other:{}\n", "ab".repeat(32))).unwrap();
    origin.signal(Signal::HUP);
    let begun = Instant::now();
    while !ask(&origin.address, &new, &film)
        .unwrap()
        .starts_with("HTTP/1.1 401")
    {
        assert!(begun.elapsed() < PATIENCE, "the old key still opens films");
    }
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_and_ends_the_program() {
    let folder = Folder::new();
    let root = folder.root();
    let files = Files::in_folder(root.parent().unwrap());
    files.issue();
    fs::write(&files.chain, "").unwrap();
    let args = [&["--root", root.to_str().unwrap(), "--open"][..], &files.flags()].concat();
    let output = run(&args);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("chain.pem holds no certificate"), "{error}");
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
