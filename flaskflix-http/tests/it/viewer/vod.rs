//! Streamer and endpoints as one service: under a mount, over a socket, behind proxies.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, map_request},
};
use flaskflix_core::token::Verifier;
use flaskflix_http::{
    axum::vod_router,
    serve::{PeerAddress, Server},
    viewer::{ClientAddress, LocalRateLimit, TrustedProxies},
};
use serde_json::Value;
use tokio::net::TcpListener;

use super::scene::{Api, named};
use crate::client::Client;

/// Names the viewer by a header, as an application does by its session.
async fn name(mut request: Request, next: Next) -> axum::response::Response {
    if let Some(viewer) = request.headers().get("viewer") {
        let viewer = named(viewer.to_str().expect("ASCII"));
        request.extensions_mut().insert(viewer);
    }
    next.run(request).await
}

/// An app with the service under `/media`, on a free port.
async fn serve(api: &Api, proxies: TrustedProxies) -> std::net::SocketAddr {
    let app = Router::new()
        .nest("/media", vod_router(api.vod.clone()))
        .layer(from_fn(name))
        .layer(map_request(move |request: Request| {
            assert!(request.extensions().get::<PeerAddress>().is_some());
            let request = proxies.locate(request);
            assert!(request.extensions().get::<ClientAddress>().is_some());
            std::future::ready(request)
        }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { Server::new().serve(listener, app).await });
    address
}

#[tokio::test]
async fn below_a_mount_the_url_of_the_token_plays_and_progress_is_kept() {
    let api = Api::verified_by(Verifier::new().mount("media"), |builder| builder.mount("media"));
    let address = serve(&api, TrustedProxies::default()).await;
    let mut client = Client::connect(address).await;
    let viewer = [("viewer", "anna")];
    let minted = client.ask("GET", "/media/stream/2/token", &viewer).await;
    assert_eq!(minted.status, 200);
    let json: Value = serde_json::from_slice(&minted.body).expect("JSON");
    let url = json["stream_url"].as_str().expect("a URL");
    let played = client.ask("GET", url, &[]).await;
    assert_eq!(
        (played.status, &played.body[..]),
        (200, &b"not really a film"[..])
    );

    let body = r#"{"current_time":100,"total_duration":1000}"#;
    client
        .send(format!(
            "POST /media/stream/2/progress HTTP/1.1\r\nHost: x\r\nViewer: anna\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
    assert_eq!(client.reply("POST").await.status, 200);
    let read = client.ask("GET", "/media/stream/2/progress", &viewer).await;
    let json: Value = serde_json::from_slice(&read.body).expect("JSON");
    assert_eq!(json["current_time"], 100);
    assert_eq!(
        client.ask("GET", "/media/continue-watching", &[]).await.status,
        401
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_quota_is_the_clients() {
    let strict = || {
        let limit = LocalRateLimit::new().mint_per_address(1, Duration::from_secs(3600));
        Api::with(|builder| builder.rate_limit(Arc::new(limit)))
    };
    let mint = async |address, forwarded: &[&str]| {
        let mut headers = vec![("viewer", "anna")];
        headers.extend(forwarded.iter().map(|line| ("x-forwarded-for", *line)));
        let mut client = Client::connect(address).await;
        client.ask("GET", "/media/stream/2/token", &headers).await.status
    };
    let loopback = TrustedProxies::new(["127.0.0.0/8".parse().unwrap()]);
    let trusting = serve(&strict(), loopback).await;
    assert_eq!(mint(trusting, &["192.0.2.1"]).await, 200);
    assert_eq!(mint(trusting, &["192.0.2.2"]).await, 200);
    // The client writes what it likes; the proxy appends the truth.
    assert_eq!(mint(trusting, &["6.6.6.6, 192.0.2.2"]).await, 429);
    assert_eq!(mint(trusting, &["6.6.6.7", "192.0.2.2"]).await, 429);

    let trusting_nobody = serve(&strict(), TrustedProxies::default()).await;
    assert_eq!(mint(trusting_nobody, &["192.0.2.1"]).await, 200);
    assert_eq!(mint(trusting_nobody, &["192.0.2.2"]).await, 429);
}

#[tokio::test]
async fn an_endpoint_is_the_apis_and_all_else_the_streamers() {
    let api = Api::new();
    // A title may be called like anything.
    let detail = async |target: &str| api.anonymous("GET", target, "").await.detail();
    assert!(detail("/stream/1/token").await.contains("nobody is known"));
    assert!(detail("/stream/token/token").await.contains("nobody is known"));
    assert!(
        detail("/stream/token/video")
            .await
            .contains("stream token is needed")
    );
    assert!(
        detail("/stream/1/token/")
            .await
            .contains("no resource has this URL")
    );
    assert_eq!(api.anonymous("POST", "/stream/1/video", "").await.status, 405);
    let token = api.token("anna", "2").await;
    let video = api
        .anonymous("GET", &format!("/stream/2/video?token={token}"), "")
        .await;
    assert_eq!(video.body, "not really a film");
}
