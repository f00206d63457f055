//! A movie: what stands in its row, and what may.

use std::time::Duration;

use flaskflix_core::{
    catalog::{Delivery, DeliveryError, MovieColumns, Title},
    id::TitleId,
    time::UnixMillis,
};
use sqlx::FromRow;

/// A movie as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Movie {
    /// Its number: the catalogue's id in decimal. Never used again after the movie was removed.
    pub id: i64,
    /// Its name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The year in which it came out.
    pub release_year: Option<i32>,
    /// Its genre, or several in one text.
    pub genre: String,
    /// The URL of its poster, as pages use it.
    pub poster: Option<String>,
    /// One file: a path in the storage or a URL.
    pub video_url: Option<String>,
    /// An HLS playlist: a path in the storage or a URL.
    pub hls_url: Option<String>,
    /// Several qualities: `360p:url,720p:url`.
    pub quality_variants: Option<String>,
    /// Serve a local `video_url` as it is, and do not package it.
    pub progressive: bool,
    /// How long it is, in whole seconds.
    pub duration_seconds: Option<i64>,
    /// When it was added.
    pub created_at: UnixMillis,
    /// When it was last edited.
    pub updated_at: UnixMillis,
}

impl Movie {
    /// How it is delivered.
    ///
    /// # Errors
    /// [`DeliveryError`] names the column that gives no delivery.
    pub fn delivery(&self) -> Result<Delivery, DeliveryError> {
        MovieColumns {
            video_url: self.video_url.as_deref(),
            hls_url: self.hls_url.as_deref(),
            quality_variants: self.quality_variants.as_deref(),
            progressive: self.progressive,
        }
        .delivery()
    }

    /// Its id in the catalogue, in URLs and in tokens.
    #[must_use]
    pub fn title_id(&self) -> TitleId {
        title_id(self.id)
    }

    /// The movie as the catalogue's title.
    pub(super) fn to_title(&self) -> Result<Title, DeliveryError> {
        let mut title = Title::new(self.title_id(), self.title.as_str(), self.delivery()?);
        title.poster.clone_from(&self.poster);
        title.duration = self
            .duration_seconds
            .and_then(|secs| u64::try_from(secs).ok())
            .map(Duration::from_secs);
        Ok(title)
    }
}

/// What is said of a movie when it is added or edited.
///
/// Space around texts is cut off, and an optional text that is empty then counts as not set. Whether the columns give a
/// delivery is not asked here: a movie may be prepared before its files are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MovieData {
    /// Its name: 1 to 200 characters.
    pub title: String,
    /// What it is about: up to 5,000 characters.
    pub description: String,
    /// The year in which it came out: 1800 to 9999.
    pub release_year: Option<i32>,
    /// Its genre, or several in one text: up to 100 characters.
    pub genre: String,
    /// The URL of its poster, as pages use it: up to 2,048 characters.
    pub poster: Option<String>,
    /// One file: a path in the storage or a URL, up to 2,048 characters.
    pub video_url: Option<String>,
    /// An HLS playlist: a path in the storage or a URL, up to 2,048 characters.
    pub hls_url: Option<String>,
    /// Several qualities: `360p:url,720p:url`, up to 16,384 characters.
    pub quality_variants: Option<String>,
    /// Serve a local `video_url` as it is, and do not package it.
    pub progressive: bool,
    /// How long it is, in whole seconds: up to 30 days.
    pub duration_seconds: Option<i64>,
}

impl MovieData {
    /// The data as it is stored: without space around its texts, and without optional texts that are empty.
    pub(super) fn clean(&self) -> Result<Self, InvalidMovie> {
        let title = text("title", &self.title, 200)?;
        if title.is_empty() {
            return Err(InvalidMovie::Empty { field: "title" });
        }
        let year = self.release_year.map(i64::from);
        in_range("release_year", year, 1800, 9999)?;
        in_range("duration_seconds", self.duration_seconds, 0, MAX_DURATION_SECS)?;
        Ok(Self {
            title,
            description: text("description", &self.description, 5_000)?,
            release_year: self.release_year,
            genre: text("genre", &self.genre, 100)?,
            poster: optional("poster", self.poster.as_deref(), 2_048)?,
            video_url: optional("video_url", self.video_url.as_deref(), 2_048)?,
            hls_url: optional("hls_url", self.hls_url.as_deref(), 2_048)?,
            quality_variants: optional("quality_variants", self.quality_variants.as_deref(), 16 << 10)?,
            progressive: self.progressive,
            duration_seconds: self.duration_seconds,
        })
    }

    /// What a search looks at.
    pub(super) fn search_text(&self) -> String {
        [&*self.title, &self.description, &self.genre]
            .join("\n")
            .to_lowercase()
    }
}

fn text(field: &'static str, text: &str, limit: usize) -> Result<String, InvalidMovie> {
    let text = text.trim();
    if text.chars().count() > limit {
        return Err(InvalidMovie::TooLong { field, limit });
    }
    let allowed = |c: char| field == "description" && matches!(c, '\n' | '\r' | '\t');
    match text.chars().find(|&c| c.is_control() && !allowed(c)) {
        Some(character) => Err(InvalidMovie::ControlCharacter { field, character }),
        None => Ok(text.to_owned()),
    }
}

fn optional(field: &'static str, value: Option<&str>, limit: usize) -> Result<Option<String>, InvalidMovie> {
    let value = value.map(|value| text(field, value, limit)).transpose()?;
    Ok(value.filter(|text| !text.is_empty()))
}

fn in_range(field: &'static str, value: Option<i64>, min: i64, max: i64) -> Result<(), InvalidMovie> {
    if value.is_none_or(|value| (min..=max).contains(&value)) {
        Ok(())
    } else {
        Err(InvalidMovie::OutOfRange { field, min, max })
    }
}

/// 30 days, as long as a position may be.
const MAX_DURATION_SECS: i64 = 30 * 24 * 60 * 60;

/// Why a movie cannot be stored. The editor's concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMovie {
    /// A text that must be there is empty.
    #[error("{field} is empty")]
    Empty {
        /// The column.
        field: &'static str,
    },
    /// A text is longer than its limit.
    #[error("{field} is longer than {limit} characters")]
    TooLong {
        /// The column.
        field: &'static str,
        /// The limit it hit.
        limit: usize,
    },
    /// A text holds a control character; the description may hold line ends and tabs.
    #[error("{field} holds the control character {character:?}")]
    ControlCharacter {
        /// The column.
        field: &'static str,
        /// The first such character.
        character: char,
    },
    /// A number is outside its range.
    #[error("{field} is not from {min} to {max}")]
    OutOfRange {
        /// The column.
        field: &'static str,
        /// The smallest number that it may be.
        min: i64,
        /// The largest.
        max: i64,
    },
}

/// The row of a movie, as the database driver reads it.
#[derive(Debug, FromRow)]
pub(super) struct MovieRow {
    id: i64,
    title: String,
    description: String,
    release_year: Option<i64>,
    genre: String,
    poster: Option<String>,
    video_url: Option<String>,
    hls_url: Option<String>,
    quality_variants: Option<String>,
    progressive: bool,
    duration_seconds: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl From<MovieRow> for Movie {
    fn from(row: MovieRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
            release_year: row.release_year.and_then(|year| year.try_into().ok()),
            genre: row.genre,
            poster: row.poster,
            video_url: row.video_url,
            hls_url: row.hls_url,
            quality_variants: row.quality_variants,
            progressive: row.progressive,
            duration_seconds: row.duration_seconds,
            created_at: from_column(row.created_at),
            updated_at: from_column(row.updated_at),
        }
    }
}

/// The number that a catalogue id stands for; `None` for every text that is not written as [`title_id`] writes it.
pub(super) fn parse_id(id: &TitleId) -> Option<i64> {
    let text = id.as_str();
    let canonical =
        text.starts_with(|first| matches!(first, '1'..='9')) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| canonical)
}

/// The catalogue id of a number.
#[expect(
    clippy::expect_used,
    reason = "a number in decimal has 1 to 20 characters, none of them forbidden"
)]
pub(super) fn title_id(id: i64) -> TitleId {
    TitleId::parse(&id.to_string()).expect("decimal digits are an id")
}

/// A moment as a column holds it. Moments end with the year 9999, so they fit.
pub(super) fn to_column(moment: UnixMillis) -> i64 {
    i64::try_from(moment.as_millis()).unwrap_or(i64::MAX)
}

/// The moment that a column holds.
pub(super) fn from_column(millis: i64) -> UnixMillis {
    UnixMillis::from_millis(u64::try_from(millis).unwrap_or(0))
}
