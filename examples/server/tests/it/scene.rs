//! A server in this process, and browsers that talk to it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::body::Body;
use flaskflix_core::{
    testing::clock::ManualClock,
    time::{Clock, UnixTime},
};
use flaskflix_http::serve::PeerAddress;
use flaskflix_server::{App, Database, Settings, User, service};
use flaskflix_storage::sql::MovieData;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};
use tempfile::TempDir;
use tower::{ServiceExt as _, util::BoxCloneSyncService};

use crate::engine;

/// The whole server, as the accept loop gets it.
type Service = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

fn whole(app: App) -> Service {
    BoxCloneSyncService::new(service(app).map_response(|response| response.map(Body::new)))
}

/// A server with one movie and a clock that is moved by hand.
pub(crate) struct Scene {
    pub(crate) app: App,
    clock: Arc<ManualClock>,
    service: Service,
    settings: Settings,
    folder: Arc<TempDir>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these settings.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::at(UnixTime::from_secs(1_800_000_000), settings).await
    }

    /// At a moment.
    pub(crate) async fn at(now: UnixTime, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut effective = Settings::default();
        effective.set("data", folder.path().to_str().unwrap()).unwrap();
        if let Some(url) = engine::fresh_url() {
            effective.set("database_url", &url).unwrap();
        }
        for (name, text) in settings {
            effective.set(name, text).unwrap();
        }
        let scene = Self::open(effective, now, Arc::new(folder)).await;
        std::fs::write(scene.folder().join("media/film.bin"), FILM).unwrap();
        assert_eq!(scene.add_movie("Big Film").await, 1);
        scene
    }

    /// Another node: over the same folder, database and Redis, with a clock of its own.
    pub(crate) async fn another(&self) -> Self {
        Self::open(self.settings.clone(), self.clock.now(), Arc::clone(&self.folder)).await
    }

    async fn open(settings: Settings, now: UnixTime, folder: Arc<TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        let app = App::open(settings.clone(), Arc::clone(&clock) as Arc<dyn Clock>)
            .await
            .unwrap();
        Self {
            service: whole(app.clone()),
            app,
            clock,
            settings,
            folder,
        }
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn add_movie(&self, title: &str) -> i64 {
        let movie = MovieData {
            title: title.to_owned(),
            video_url: Some("film.bin".to_owned()),
            ..MovieData::default()
        };
        let now = self.app.clock().now_millis();
        self.app.movies().insert(&movie, now).await.unwrap()
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        self.app.accounts().register(name, PASSWORD).await.unwrap()
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            service: self.service.clone(),
            cookie: None,
            peer: ([192, 0, 2, 1], 40_000).into(),
        }
    }

    /// A browser that is logged in to an account of its own.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        self.user(name).await;
        let mut browser = self.browser();
        assert_eq!(browser.log_in(name, PASSWORD).await.status, StatusCode::SEE_OTHER);
        browser
    }

    /// A browser that is logged in to an administrator's account, `root`.
    pub(crate) async fn admin(&self) -> Browser {
        self.app
            .accounts()
            .register_admin("root", PASSWORD)
            .await
            .unwrap();
        let mut browser = self.browser();
        assert_eq!(
            browser.log_in("root", PASSWORD).await.status,
            StatusCode::SEE_OTHER
        );
        browser
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let (count,) = self.row(sql).await;
        count
    }

    /// The one row of a query.
    pub(crate) async fn row<T>(&self, sql: &'static str) -> T
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let found = match self.app.database() {
            Database::Sqlite(database) => sqlx::query_as(sql).fetch_one(database.writer()).await,
            Database::Postgres(postgres) => sqlx::query_as(sql).fetch_one(postgres.database().pool()).await,
            other => panic!("{other:?}"),
        };
        found.unwrap()
    }
}

/// Keeps the cookie that it is given and sends it back.
#[derive(Clone)]
pub(crate) struct Browser {
    service: Service,
    /// Name and value.
    pub(crate) cookie: Option<String>,
    peer: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn at(&self, peer: &str) -> Self {
        Self {
            peer: SocketAddr::new(peer.parse().unwrap(), 40_000),
            ..self.clone()
        }
    }

    /// The same browser, whose next requests go to another node.
    pub(crate) fn on(&self, node: &Scene) -> Self {
        Self {
            service: node.service.clone(),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        self.send(Method::GET, target, &[], String::new()).await
    }

    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.form("/login", &[("name", name), ("password", password)])
            .await
    }

    /// Sends a form as a page of ours does.
    pub(crate) async fn form(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let lines = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, target, &lines, fields.join("&")).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        target: &str,
        lines: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, "films.example");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request
            .extension(PeerAddress(self.peer))
            .body(body.into())
            .unwrap();
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        if let Some(line) = answer.set_cookie() {
            let pair = line.split(';').next().unwrap();
            self.cookie = (!line.contains("Max-Age=0;")).then(|| pair.to_owned());
        }
        answer
    }

    /// Whether the server knows who this is.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        match self.get("/continue-watching").await.status {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }

    /// The id of the session, as the cookie has it.
    pub(crate) fn session(&self) -> String {
        self.cookie
            .as_ref()
            .unwrap()
            .split_once('=')
            .unwrap()
            .1
            .to_owned()
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn set_cookie(&self) -> Option<&str> {
        let mut lines = self.headers.get_all(header::SET_COOKIE).iter();
        let line = lines.next().map(|line| line.to_str().unwrap());
        assert!(lines.next().is_none(), "one cookie at most");
        line
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Asks again and again, up to 20 s; how long it took.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(20), "in 20 s not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    start.elapsed()
}

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const FILM: &[u8] = b"not a film, but bytes";
