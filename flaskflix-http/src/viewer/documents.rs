//! The JSON that goes out, with the names of requirements.md.

use std::time::Duration;

use flaskflix_core::{
    access::{Screen, ScreenId},
    catalog::Title,
    id::TitleId,
    progress::{Rules, WatchProgress},
    time::{UnixMillis, UnixTime},
};
use serde::{Serialize, Serializer};
use serde_json::Number;

use super::mint::mime_type;

/// The answer of the token endpoint.
#[derive(Serialize)]
pub(super) struct TokenDocument {
    token: String,
    movie_id: MovieId,
    stream_type: &'static str,
    stream_url: String,
    mime_type: &'static str,
    /// Whether the URL leads to another host; left out when it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    external: bool,
    /// Seconds.
    expires_in: u64,
    expires_at: String,
    /// The screen that the token is for; left out when screens are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    screen: Option<String>,
}

impl TokenDocument {
    pub(super) fn new(
        title: &Title,
        token: String,
        stream_url: String,
        external: bool,
        now: UnixTime,
        expires: UnixTime,
    ) -> Self {
        Self {
            token,
            movie_id: MovieId(title.id.clone()),
            stream_type: title.delivery.kind().as_str(),
            stream_url,
            mime_type: mime_type(&title.delivery),
            external,
            expires_in: expires.as_secs().saturating_sub(now.as_secs()),
            expires_at: UnixMillis::from(expires).to_string(),
            screen: None,
        }
    }

    /// The same for a token of this screen.
    pub(super) fn on_screen(mut self, screen: Option<ScreenId>) -> Self {
        self.screen = screen.map(|screen| screen.to_string());
        self
    }
}

/// A screen in use.
#[derive(Serialize)]
pub(super) struct ScreenDocument {
    id: String,
    movie_id: MovieId,
    /// The name of the title; null when it has left the catalogue.
    title: Option<String>,
    since: String,
    last_seen: String,
}

impl ScreenDocument {
    pub(super) fn new(screen: &Screen, title: Option<&Title>) -> Self {
        Self {
            id: screen.id.to_string(),
            movie_id: MovieId(screen.title.clone()),
            title: title.map(|title| title.name.clone()),
            since: screen.since.to_string(),
            last_seen: screen.last_seen.to_string(),
        }
    }
}

/// How far a viewer is in a title.
#[derive(Serialize)]
pub(super) struct ProgressDocument {
    movie_id: MovieId,
    current_time: Number,
    total_duration: Number,
    percentage: Number,
    completed: bool,
    last_watched_at: Option<String>,
    resume_at: Option<Number>,
    play_count: u32,
}

impl ProgressDocument {
    pub(super) fn new(rules: &Rules, entry: &WatchProgress) -> Self {
        Self {
            movie_id: MovieId(entry.title.clone()),
            current_time: seconds(entry.position),
            total_duration: seconds(entry.duration),
            percentage: plain(entry.percentage()),
            completed: entry.is_completed(),
            last_watched_at: Some(entry.activity_at.to_string()),
            resume_at: rules.resume_point(entry).map(seconds),
            play_count: entry.plays,
        }
    }

    /// Nothing is stored: not begun.
    pub(super) fn unwatched(title: &TitleId) -> Self {
        Self {
            movie_id: MovieId(title.clone()),
            current_time: Number::from(0),
            total_duration: Number::from(0),
            percentage: Number::from(0),
            completed: false,
            last_watched_at: None,
            resume_at: None,
            play_count: 0,
        }
    }
}

/// One title of the row.
#[derive(Serialize)]
pub(super) struct RowItem {
    movie: Movie,
    progress: ProgressDocument,
}

#[derive(Serialize)]
struct Movie {
    id: MovieId,
    title: String,
    poster: Option<String>,
    duration_seconds: Option<Number>,
    stream_type: &'static str,
}

impl RowItem {
    pub(super) fn new(title: &Title, rules: &Rules, entry: &WatchProgress) -> Self {
        Self {
            movie: Movie {
                id: MovieId(title.id.clone()),
                title: title.name.clone(),
                poster: title.poster.clone(),
                duration_seconds: title.duration.map(seconds),
                stream_type: title.delivery.kind().as_str(),
            },
            progress: ProgressDocument::new(rules, entry),
        }
    }
}

/// A title's id: a number when it is written as JSON writes one and every client can hold it, else a text.
struct MovieId(TitleId);

impl Serialize for MovieId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.as_str();
        match text.parse::<u64>() {
            Ok(number) if number < EXACT_IN_JAVASCRIPT && number.to_string() == text => {
                serializer.serialize_u64(number)
            }
            _ => serializer.serialize_str(text),
        }
    }
}

/// 2^53: below it every whole number is a number of JavaScript's own.
const EXACT_IN_JAVASCRIPT: u64 = 1 << 53;

/// Whole milliseconds as seconds.
fn seconds(time: Duration) -> Number {
    let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    plain(f64::from(millis) / 1000.0)
}

/// A number as people write it: 100 and not 100.0, because some clients tell them apart.
fn plain(number: f64) -> Number {
    number.to_string().parse().unwrap_or(Number::from(0))
}
