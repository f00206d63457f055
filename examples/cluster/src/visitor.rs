//! Somebody who asks: one connection, a session, and the patience of a player.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use flaskflix_benches::load::line::{Ask, Keep, Line, Reply};
use serde_json::Value;
use tokio::time::sleep;

use crate::retry::{self, Failure};

/// A visitor of the site.
#[derive(Debug)]
pub(crate) struct Visitor {
    line: Line,
    /// The session, for a `Cookie` header.
    cookie: Option<String>,
    /// How often a request had to be made again, by what had happened.
    pub(crate) retries: BTreeMap<String, u64>,
}

/// Why a player gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GaveUp {
    /// What it wanted, without the token.
    what: String,
    why: String,
}

/// An answer that was had in the end.
#[derive(Debug)]
pub(crate) struct Had {
    pub(crate) reply: Reply,
    /// From the first try to the last byte.
    pub(crate) wait: Duration,
}

impl Visitor {
    pub(crate) const fn new(host: SocketAddr) -> Self {
        Self {
            line: Line::new(host, retry::PATIENCE),
            cookie: None,
            retries: BTreeMap::new(),
        }
    }

    /// With the session of a log-in.
    pub(crate) fn with_session(host: SocketAddr, cookie: &str) -> Self {
        Self {
            cookie: Some(cookie.to_owned()),
            ..Self::new(host)
        }
    }

    /// Makes an account by the form.
    pub(crate) async fn register(&mut self, name: &str) -> Result<(), GaveUp> {
        self.form("/register", name).await.map(|_| ())
    }

    /// Logs in by the form; gives the session.
    pub(crate) async fn log_in(&mut self, name: &str) -> Result<String, GaveUp> {
        let reply = self.form("/login", name).await?.reply;
        let cookie = reply.cookies().ok_or_else(|| gave_up("/login", "no session"))?;
        self.cookie = Some(cookie.clone());
        Ok(cookie)
    }

    /// Mints a stream token; gives the folder of the master playlist, with a slash at its end.
    pub(crate) async fn mint(&mut self, movie: u64) -> Result<String, GaveUp> {
        let path = format!("/stream/{movie}/token");
        let document = json(&path, &self.get(&path, Keep::All).await?.reply)?;
        let url = document.get("stream_url").and_then(Value::as_str);
        let folder = url.and_then(|url| url.rsplit_once('/'));
        folder.map_or_else(
            || Err(gave_up(&path, "no stream URL")),
            |(folder, _)| Ok(format!("{folder}/")),
        )
    }

    /// Reports a position until it is acknowledged; gives what the answer says is stored.
    pub(crate) async fn report(&mut self, movie: u64, report: &Report<'_>) -> Result<Option<u64>, GaveUp> {
        let path = progress_path(movie);
        let body = report.json();
        let ask = Ask {
            method: "POST",
            path: &path,
            body: Some(("application/json", body.as_bytes())),
            keep: Keep::All,
            ..Ask::default()
        };
        let reply = self.insist(ask, 200).await?.reply;
        stored_position(&json(&path, &reply)?)
    }

    /// The position that is stored, in milliseconds; `None`: nothing is.
    pub(crate) async fn position(&mut self, movie: u64) -> Result<Option<u64>, GaveUp> {
        let path = progress_path(movie);
        let reply = self.get(&path, Keep::All).await?.reply;
        stored_position(&json(&path, &reply)?)
    }

    /// Gets it, as a player does.
    pub(crate) async fn get(&mut self, path: &str, keep: Keep) -> Result<Had, GaveUp> {
        let ask = Ask {
            method: "GET",
            path,
            keep,
            ..Ask::default()
        };
        self.insist(ask, 200).await
    }

    /// The status of one request; `None`: no whole answer.
    pub(crate) async fn status(&mut self, path: &str) -> Option<u16> {
        let cookie = self.cookie.clone();
        let ask = Ask {
            method: "GET",
            path,
            cookie: cookie.as_deref(),
            ..Ask::default()
        };
        self.line.ask(&ask).await.ok().map(|reply| reply.status)
    }

    async fn form(&mut self, path: &str, name: &str) -> Result<Had, GaveUp> {
        let form = format!("name={name}&password={PASSWORD}&next=%2F");
        let ask = Ask {
            method: "POST",
            path,
            body: Some(("application/x-www-form-urlencoded", form.as_bytes())),
            ..Ask::default()
        };
        self.insist(ask, 303).await
    }

    /// Asks until it is answered as it should be, or a player would have given up.
    async fn insist(&mut self, ask: Ask<'_>, wanted: u16) -> Result<Had, GaveUp> {
        let cookie = self.cookie.clone();
        let ask = Ask {
            cookie: cookie.as_deref(),
            ..ask
        };
        let begun = Instant::now();
        for tries in 1.. {
            let failure = match self.line.ask(&ask).await {
                Ok(reply) if reply.status == wanted => {
                    let wait = begun.elapsed();
                    return Ok(Had { reply, wait });
                }
                Ok(reply) => Failure::Status(reply.status),
                Err(fault) => Failure::NoAnswer(fault),
            };
            let Some(pause) = retry::pause(tries, failure) else {
                return Err(gave_up(ask.path, failure));
            };
            let what = format!("{failure} ({})", kind(ask.path));
            let count = self.retries.entry(what).or_default();
            *count = count.saturating_add(1);
            sleep(pause).await;
        }
        Err(gave_up(ask.path, "too many tries"))
    }
}

/// A position to report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The playback.
    pub(crate) session: &'a str,
    /// Which report of it this is.
    pub(crate) seq: usize,
    pub(crate) position_ms: u64,
    pub(crate) duration_ms: u64,
}

impl Report<'_> {
    fn json(&self) -> String {
        let secs = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let (position, duration) = (secs(self.position_ms), secs(self.duration_ms));
        let (session, seq) = (self.session, self.seq);
        format!(
            r#"{{"current_time":{position},"total_duration":{duration},"session":"{session}","seq":{seq}}}"#
        )
    }
}

/// The position of a progress object.
fn stored_position(progress: &Value) -> Result<Option<u64>, GaveUp> {
    if progress.get("last_watched_at").is_none_or(Value::is_null) {
        return Ok(None);
    }
    let secs = progress.get("current_time").and_then(Value::as_f64);
    let time = secs.and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    let millis = time.and_then(|time| u64::try_from(time.as_millis()).ok());
    millis.map_or_else(|| Err(gave_up("progress", "no position")), |ms| Ok(Some(ms)))
}

fn json(path: &str, reply: &Reply) -> Result<Value, GaveUp> {
    serde_json::from_slice(&reply.body).map_err(|error| gave_up(path, error))
}

fn progress_path(movie: u64) -> String {
    format!("/stream/{movie}/progress")
}

pub(crate) fn gave_up(path: &str, why: impl fmt::Display) -> GaveUp {
    GaveUp {
        what: without_token(path),
        why: why.to_string(),
    }
}

/// What is asked for, as the report names it.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('/').map_or(path, |(_, last)| last) {
        "login" | "register" => "log-in",
        "token" => "token",
        "progress" => "progress",
        name if name.ends_with(".m3u8") => "playlist",
        _ => "segment",
    }
}

/// A path as it may be shown.
fn without_token(path: &str) -> String {
    let Some((before, after)) = path.split_once("/t/") else {
        return path.to_owned();
    };
    let after = after.split_once('/').map_or("", |(_, after)| after);
    format!("{before}/t/.../{after}")
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl Error for GaveUp {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::NoAnswer(fault) => fault.fmt(f),
        }
    }
}

/// Everybody's.
const PASSWORD: &str = "sits-in-the-third-row";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_in_whole_milliseconds() {
        let stored = |text: &str| stored_position(&serde_json::from_str(text).unwrap()).unwrap();
        let answer = r#"{"current_time": 4.021, "last_watched_at": "2026-01-01T00:00:00Z"}"#;
        assert_eq!(stored(answer), Some(4_021));
        assert_eq!(stored(r#"{"current_time": 0.0, "last_watched_at": null}"#), None);
    }

    #[test]
    fn a_report_says_which_one_it_is() {
        let report = Report {
            session: "s1",
            seq: 3,
            position_ms: 4_021,
            duration_ms: 60_000,
        };
        let expected = r#"{"current_time":4.021,"total_duration":60.000,"session":"s1","seq":3}"#;
        assert_eq!(report.json(), expected);
    }

    #[test]
    fn a_path_tells_what_is_asked_for() {
        let kinds = [
            "/login",
            "/stream/1/token",
            "/stream/1/progress",
            "/stream/1/t/T/v1/1.m4s",
        ]
        .map(kind);
        assert_eq!(kinds, ["log-in", "token", "progress", "segment"]);
        assert_eq!(kind("/stream/1/t/T/master.m3u8"), "playlist");
    }

    #[test]
    fn a_token_is_not_shown() {
        let failure = gave_up("/stream/1/t/SECRET/v1/1.m4s", Failure::Status(404));
        assert_eq!(failure.to_string(), "/stream/1/t/.../v1/1.m4s: status 404");
    }
}
