//! Handshakes that never end, or are none.

use std::time::{Duration, Instant};

use flaskflix_http::{StreamerBuilder, serve::Server};

use super::peer::{Files, Trust};
use crate::{
    client::{Client, PATIENCE, request},
    counts::counted,
    scene::Scene,
};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);
const URL: &str = "/stream/f.bin/video";

async fn scene(files: &Files) -> Scene {
    let server = Server::new()
        .tls(files.tls())
        .header_timeout(SHORT)
        .idle_timeout(LONG);
    Scene::with(&[("f.bin", b"film")], StreamerBuilder::open, server).await
}

/// The head of a TLS record that announces 512 bytes of a handshake, and the first of them: a client hello.
const HALF_A_HELLO: &[u8] = &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];

#[test]
fn a_handshake_that_does_not_end_is_cut_after_the_header_timeout_and_counted() {
    let counts = counted(async {
        let (files, certificate) = Files::new();
        let scene = scene(&files).await;
        let (silent, mut half) = (scene.client().await, scene.client().await);
        half.send(HALF_A_HELLO).await;
        for mut client in [silent, half] {
            let start = Instant::now();
            assert_eq!(client.rest().await, b"");
            assert!(start.elapsed() < PATIENCE);
        }
        let mut dripping = scene.client().await;
        dripping.send(HALF_A_HELLO).await;
        assert_eq!(dripping.drip(0).await, b"");
        // Whoever shakes hands and then says nothing has no more time.
        let peer = Trust::new(&certificate, &["http/1.1"])
            .connect(scene.address)
            .await;
        peer.closed().await;
    });
    assert_eq!(
        counts.of("cut"),
        [("flaskflix_connections_cut_total reason=head".to_owned(), 4)]
    );
    assert_eq!(counts.of("tls"), []);
}

#[test]
fn http_without_tls_is_answered_and_closed() {
    let counts = counted(async {
        let (files, certificate) = Files::new();
        let scene = scene(&files).await;
        for clear in [
            request("GET", URL, &[]),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
        ] {
            let mut client = scene.client().await;
            client.send(&clear).await;
            assert_eq!(client.reply("GET").await.status, 400, "{clear}");
            assert_eq!(client.rest().await, b"", "and then it is closed");
        }
        let mut peer = Trust::new(&certificate, &["h2"]).connect(scene.address).await;
        assert_eq!(peer.read(URL, None).await.0, 200);
    });
    assert_eq!(
        counts.of("tls"),
        [("flaskflix_tls_failures_total reason=clear-text".to_owned(), 2)]
    );
}

#[test]
fn what_is_no_handshake_is_closed_and_counted_and_a_look_at_the_port_is_not() {
    let counts = counted(async {
        let (files, certificate) = Files::new();
        let scene = scene(&files).await;
        let mut client = scene.client().await;
        client.send([0_u8; 64]).await;
        client.rest().await;
        // Leaves without a word.
        drop(Client::connect(scene.address).await);
        // A client that trusts somebody else ends it with an alert.
        let (_, other) = Files::new();
        let refused = Trust::new(&other, &["h2"]).try_connect(scene.address).await;
        refused.expect_err("not the trusted certificate");
        let mut peer = Trust::new(&certificate, &["h2"]).connect(scene.address).await;
        assert_eq!(peer.read(URL, None).await.0, 200);
    });
    assert_eq!(
        counts.of("tls"),
        [("flaskflix_tls_failures_total reason=handshake".to_owned(), 2)]
    );
}
