use std::{
    io,
    sync::{Arc, Mutex},
};

use flaskflix_http::route::redacted;
use http::Request;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use super::scene::Scene;
use crate::settings::{Key, Settings};

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Collects what this thread logs from now on, as JSON.
    fn collect(filter: &str) -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(lines.clone())
            .json()
            .flatten_event(true)
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines with this message.
    fn with(&self, message: &str) -> Vec<serde_json::Value> {
        let lines = self.text();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter(|line| line["message"] == message).collect()
    }
}

fn set(settings: &mut Settings, name: &str, value: &str) {
    assert!(Key::named(name).unwrap().set(settings, value), "{name}");
}

#[tokio::test]
async fn a_film_is_logged_from_its_token_to_its_bytes_and_the_token_never() {
    let scene = Scene::open().await;
    let cookie = scene.log_in().await;
    let (lines, _guard) = Lines::collect(FILTER);
    let token = scene
        .ask(Request::get("/stream/1/token").header("cookie", &cookie), "")
        .await;
    let url = token.json()["stream_url"].as_str().unwrap().to_owned();
    let master = scene.get(&url).await;
    let requests = lines.with("request");
    assert_eq!(requests.len(), 2, "{}", lines.text());
    let line = &requests[1];
    assert_eq!(line["path"], *redacted(&url));
    assert_eq!(
        (line["method"].as_str(), line["route"].as_str()),
        (Some("GET"), Some("master"))
    );
    assert_eq!(
        (line["status"].as_u64(), line["cut"].as_bool()),
        (Some(200), Some(false))
    );
    assert_eq!(line["bytes"], master.text.len());
    assert_eq!(
        line["span"]["id"],
        master.headers["x-request-id"].to_str().unwrap()
    );
    assert!(
        line.get("net").is_none(),
        "an address without the setting: {line}"
    );

    let asked = lines.with("stream token requested");
    assert_eq!(asked[0]["title"], "1");
    assert_eq!(
        asked[0]["span"]["id"], requests[0]["span"]["id"],
        "one request, one id"
    );
    let secret = url.split('/').nth(4).unwrap();
    let session = cookie.split('=').nth(1).unwrap();
    for (name, secret) in [("token", secret), ("session", session), ("viewer", "user")] {
        assert!(!lines.text().contains(secret), "{name} in {}", lines.text());
    }
}

#[tokio::test]
async fn the_client_is_a_network_and_only_when_asked_for() {
    let scene = Scene::with(|settings| {
        set(settings, "log_addresses", "on");
        set(settings, "trusted_proxies", "10.0.0.0/8");
    })
    .await;
    let (lines, _guard) = Lines::collect(FILTER);
    let request = Request::get("/login")
        .header("x-forwarded-for", "203.0.113.77")
        .header("x-request-id", "from-the-proxy");
    let reply = scene.ask_from("10.1.1.1:9", request, "").await;
    assert_eq!(reply.headers["x-request-id"], "from-the-proxy");
    let line = &lines.with("request")[0];
    assert_eq!(
        (line["net"].as_str(), line["span"]["id"].as_str()),
        (Some("203.0.113.0/24"), Some("from-the-proxy"))
    );
    let request = Request::get("/login").header("x-request-id", "from-a-stranger");
    let reply = scene.ask_from("203.0.113.9:9", request, "").await;
    assert_ne!(reply.headers["x-request-id"], "from-a-stranger");
}

#[tokio::test]
async fn probes_are_quiet() {
    let scene = Scene::open().await;
    let (lines, _guard) = Lines::collect(FILTER);
    for path in ["/healthz", "/readyz", "/metrics"] {
        scene.get(path).await;
    }
    assert_eq!(lines.with("request").len(), 0, "{}", lines.text());
}

/// As the program's own, which keeps the spans of the session layer out.
const FILTER: &str = "tower_sessions=error,info";
