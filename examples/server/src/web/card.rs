//! A movie as pages show it.

use std::{collections::HashMap, time::Duration};

use flaskflix_core::{
    id::TitleId,
    progress::{Rules, WatchProgress},
};
use flaskflix_storage::sql::Movie;

use super::{Problem, posters, wording};
use crate::{accounts::User, app::App};

/// What is shown of a movie, with what one viewer has seen of it.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) poster: String,
    /// What lies behind the title: a drawn picture in the shape of a screen, or the poster itself.
    pub(crate) backdrop: String,
    /// Whether the backdrop is the poster, which must be blurred to lie there.
    pub(crate) is_photo: bool,
    /// Year, genre, running time.
    pub(crate) facts: String,
    pub(crate) watched: bool,
    /// How much was seen, for a bar: only while there is something to resume.
    pub(crate) percent: Option<u8>,
    /// `23 min left`, with the bar.
    pub(crate) left: String,
    pub(crate) resume_at: Option<Duration>,
    pub(crate) has_progress: bool,
}

impl Card {
    pub(crate) fn of(movie: &Movie, progress: Option<&WatchProgress>, rules: &Rules) -> Self {
        let resume_at = progress.and_then(|entry| rules.resume_point(entry));
        let duration = progress
            .map(|entry| entry.duration)
            .filter(|duration| !duration.is_zero())
            .or_else(|| duration(movie))
            .unwrap_or_default();
        let part = resume_at.filter(|_| !duration.is_zero());
        Self {
            id: movie.id,
            title: movie.title.clone(),
            poster: posters::url(movie),
            backdrop: posters::backdrop_url(movie),
            is_photo: movie.poster.is_some(),
            facts: facts(movie),
            // While it is seen again it counts as being watched.
            watched: resume_at.is_none() && progress.is_some_and(WatchProgress::is_completed),
            percent: part.map(|position| percent(position, duration)),
            left: part.map_or_else(
                || {
                    resume_at
                        .map(|at| format!("at {}", wording::clock(at)))
                        .unwrap_or_default()
                },
                |position| wording::time_left(position, duration),
            ),
            resume_at,
            has_progress: progress.is_some_and(|entry| entry.is_completed() || !entry.position.is_zero()),
        }
    }
}

/// What one viewer has seen of some movies.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<TitleId, WatchProgress>);

impl Seen {
    /// Asks the store; a guest has seen nothing.
    pub(crate) async fn of(app: &App, user: Option<&User>, movies: &[Movie]) -> Result<Self, Problem> {
        let Some(viewer) = user.and_then(|user| user.viewer().ok()) else {
            return Ok(Self::default());
        };
        let titles: Vec<TitleId> = movies.iter().map(Movie::title_id).collect();
        let entries = app.progress().entries(&viewer, &titles).await?;
        Ok(Self(
            entries
                .into_iter()
                .map(|entry| (entry.title.clone(), entry))
                .collect(),
        ))
    }

    pub(crate) fn card(&self, app: &App, movie: &Movie) -> Card {
        Card::of(movie, self.0.get(&movie.title_id()), app.progress().rules())
    }
}

/// `2024 · Drama · 1 h 52 min`, what is known of it.
pub(crate) fn facts(movie: &Movie) -> String {
    let year = movie.release_year.map(|year| year.to_string());
    let genre = Some(movie.genre.clone()).filter(|genre| !genre.is_empty());
    let time = duration(movie).map(wording::running_time);
    let facts: Vec<String> = [year, genre, time].into_iter().flatten().collect();
    facts.join(" · ")
}

/// How long the movie is, as its row says.
pub(crate) fn duration(movie: &Movie) -> Option<Duration> {
    let secs = u64::try_from(movie.duration_seconds?).ok()?;
    (secs > 0).then(|| Duration::from_secs(secs))
}

/// Whole percent, at least 1 so that the bar can be seen.
fn percent(position: Duration, duration: Duration) -> u8 {
    let percent = position
        .as_millis()
        .saturating_mul(100)
        .checked_div(duration.as_millis())
        .unwrap_or(0);
    u8::try_from(percent.clamp(1, 100)).unwrap_or(100)
}
