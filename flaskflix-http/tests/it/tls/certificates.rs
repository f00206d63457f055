//! Certificates: renewed while the server runs, and refused when they are none.

use std::{error::Error as _, fs, path::Path};

use flaskflix_http::{
    StreamerBuilder,
    serve::{Server, Tls, TlsError},
};

use super::peer::{Files, Trust, issue};
use crate::scene::{Scene, pattern};

const URL: &str = "/stream/f.bin/video";

#[tokio::test]
async fn a_new_certificate_is_for_new_connections_and_old_ones_go_on() {
    let (files, old) = Files::new();
    let tls = files.tls();
    let bytes = pattern(1000);
    let server = Server::new().tls(tls.clone());
    let scene = Scene::with(&[("f.bin", &bytes)], StreamerBuilder::open, server).await;
    for alpn in ["h2", "http/1.1"] {
        let old = if alpn == "h2" {
            old.clone()
        } else {
            renew(&files, &tls)
        };
        let trust = Trust::new(&old, &[alpn]);
        let mut before = trust.connect(scene.address).await;
        assert_eq!(before.read(URL, Some("bytes=0-9")).await.1, bytes[..10]);
        let new = renew(&files, &tls);
        assert_eq!(before.read(URL, Some("bytes=10-19")).await.1, bytes[10..20]);
        // Not the same configuration: it would resume the session, and nobody shows a certificate then.
        let refused = Trust::new(&old, &[alpn]).try_connect(scene.address).await;
        refused.expect_err("the old certificate is not shown any more");
        let mut after = Trust::new(&new, &[alpn]).connect(scene.address).await;
        assert_eq!(after.read(URL, Some("bytes=0-9")).await.1, bytes[..10]);
        assert_eq!(before.read(URL, None).await.1, bytes);
    }
}

fn renew(files: &Files, tls: &Tls) -> super::peer::Certificate {
    let certificate = files.renew();
    tls.reload().unwrap();
    certificate
}

#[tokio::test]
async fn files_that_cannot_be_used_keep_the_old_certificate() {
    let (files, certificate) = Files::new();
    let tls = files.tls();
    let server = Server::new().tls(tls.clone());
    let scene = Scene::with(&[("f.bin", b"film")], StreamerBuilder::open, server).await;
    let (good_chain, good_key) = (fs::read(files.chain()).unwrap(), fs::read(files.key()).unwrap());
    let breaks: [&dyn Fn(); 4] = [
        &|| fs::write(files.chain(), "").unwrap(),
        &|| fs::write(files.key(), "").unwrap(),
        &|| fs::write(files.key(), issue().1.serialize_pem()).unwrap(),
        &|| fs::remove_file(files.chain()).unwrap(),
    ];
    for (n, break_it) in breaks.into_iter().enumerate() {
        break_it();
        tls.reload().expect_err("a broken file");
        let mut peer = Trust::new(&certificate, &["h2"]).connect(scene.address).await;
        assert_eq!(peer.read(URL, None).await.0, 200, "{n}");
        fs::write(files.chain(), &good_chain).unwrap();
        fs::write(files.key(), &good_key).unwrap();
    }
    tls.reload().expect("they are whole again");
}

#[test]
fn an_error_names_the_file_and_what_is_wrong_with_it_and_nothing_of_the_key() {
    let (files, _) = Files::new();
    let (chain, key) = (files.chain(), files.key());
    let good_key = fs::read_to_string(&key).unwrap();
    let refused = |chain: &Path, key: &Path| Tls::from_pem_files(chain, key).unwrap_err();
    let with = |path: &Path, text: &str| {
        let kept = fs::read(path).unwrap();
        fs::write(path, text).unwrap();
        let error = refused(&chain, &key);
        fs::write(path, kept).unwrap();
        error
    };
    let secret = good_key.lines().nth(1).unwrap();
    let broken_key = good_key.replace(secret, &format!("{secret}!"));
    let short_key = good_key.replace(secret, &secret[..secret.len() - 8]);
    let encrypted = good_key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let foreign_key = issue().1.serialize_pem();
    let broken_chain = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let missing = chain.with_file_name("missing.pem");
    let (chain_name, key_name) = (chain.to_str().unwrap(), key.to_str().unwrap());
    #[rustfmt::skip]
    let table = [
        (refused(&missing, &key),       "cannot read ",                         missing.to_str().unwrap()),
        (refused(&chain, chain.parent().unwrap()), "cannot read ",              chain.parent().unwrap().to_str().unwrap()),
        (with(&chain, ""),              "holds no certificate",                 chain_name),
        (with(&chain, &good_key),       "holds no certificate",                 chain_name),
        (with(&chain, broken_chain),    "holds a certificate that cannot be",   chain_name),
        (with(&key, ""),                "holds no private key",                 key_name),
        (with(&key, &encrypted),        "that is not encrypted",                key_name),
        (with(&key, &broken_key),       "holds a private key that cannot be",   key_name),
        (with(&key, &short_key),        "holds a private key that cannot be",   key_name),
        (with(&key, &foreign_key),      "is not that of the first certificate", key_name),
        (with(&key, &"x".repeat(1 << 21)), "cannot read ",                      key_name),
    ];
    for (error, what, file) in table {
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(file), "{what}: {text}");
        let all = format!("{text} {:?} {error:?}", error.source());
        assert!(!all.contains(&secret[..16]), "{all}");
    }
    assert!(matches!(with(&key, &foreign_key), TlsError::Mismatch { .. }));
}

#[test]
fn debug_tells_the_files_and_not_the_key() {
    let (files, _) = Files::new();
    let text = format!("{:?}", Server::new().tls(files.tls()));
    assert!(text.contains("chain.pem"), "{text}");
    assert!(!text.contains("CertifiedKey"), "{text}");
}
