//! A whole server in a temporary folder, asked without a network.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body};
use flaskflix_core::time::SystemClock;
use flaskflix_http::serve::PeerAddress;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{app::App, first_run, router, settings::Settings};

pub(super) struct Scene {
    pub(super) app: App,
    pub(super) router: Router,
    pub(super) folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Scene {
    pub(super) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With the demo film, and settings of the test's own.
    pub(super) async fn with(configure: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings {
            data: folder.path().join("data"),
            admin_password: Some("a password of the test".to_owned()),
            ..Settings::default()
        };
        configure(&mut settings);
        super::super::count().unwrap();
        let app = App::open(settings, Arc::new(SystemClock)).await.unwrap();
        first_run::prepare(&app, &mut Vec::new()).await.unwrap();
        Self {
            router: router(app.clone()),
            app,
            folder,
        }
    }

    /// Asks as a peer on this machine.
    pub(super) async fn get(&self, path: &str) -> Reply {
        self.ask(Request::get(path), "").await
    }

    pub(super) async fn ask(&self, request: http::request::Builder, body: &str) -> Reply {
        self.ask_from("127.0.0.1:9", request, body).await
    }

    pub(super) async fn ask_from(&self, peer: &str, request: http::request::Builder, body: &str) -> Reply {
        let peer = PeerAddress(peer.parse::<SocketAddr>().unwrap());
        let request = request.header("host", "localhost").extension(peer);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// The session cookie of the administrator.
    pub(super) async fn log_in(&self) -> String {
        let request = Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let form = "name=admin&password=a+password+of+the+test";
        let reply = self.ask(request, form).await;
        assert_eq!(reply.status, 303, "{reply:?}");
        let cookie = reply.headers["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Reply {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
