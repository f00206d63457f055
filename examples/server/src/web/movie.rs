//! The page of one movie, and what a viewer says about it without a player: watched, not watched, forget it.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use flaskflix_core::progress::Change;
use flaskflix_storage::sql::Movie;
use serde::Deserialize;

use super::{
    Problem, SignedIn, Visitor,
    card::{Card, Seen},
    layout::Layout,
    problem::page,
    wording,
};
use crate::{
    app::App,
    inspection::{self, Inspection, State as PlayState},
};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/movie/{id}", get(movie))
        .route("/movie/{id}/progress", post(change))
}

/// The movie of an address; a number that is none is no movie.
pub(crate) async fn find(app: &App, id: &str) -> Result<Movie, Problem> {
    // Only the canonical spelling: `/movie/007` is another address.
    let number: i64 = id.parse().map_err(|_| Problem::not_found())?;
    if number.to_string() != id {
        return Err(Problem::not_found());
    }
    app.movies().movie(number).await?.ok_or_else(Problem::not_found)
}

async fn movie(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut movie = find(&app, &id).await?;
    let found = inspection::of_movie(&app, &movie).await;
    // A movie that was added by a program may come without its duration.
    let secs = found
        .duration
        .and_then(|duration| i64::try_from(duration.as_secs()).ok());
    movie.duration_seconds = movie.duration_seconds.or(secs);
    let movies = std::slice::from_ref(&movie);
    let card = Seen::of(&app, visitor.0.as_ref(), movies)
        .await?
        .card(&app, &movie);
    page(&MoviePage {
        layout: Layout::of(&app, &visitor),
        resume_at: card.resume_at.map(wording::clock),
        description: paragraphs(&movie.description),
        unplayable: reason(&found),
        qualities: found.qualities,
        languages: found.languages,
        card,
    })
}

fn reason(found: &Inspection) -> Option<String> {
    match &found.state {
        PlayState::Refused(reason) => Some(reason.clone()),
        PlayState::Plays | PlayState::Unchecked => None,
    }
}

/// The parts of a text between blank lines.
fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

#[derive(Debug, Deserialize)]
struct Wish {
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Watched,
    Unwatched,
    Dismiss,
    Delete,
}

/// What the buttons of pages do where no script runs. Scripts use the library's `PUT /stream/{id}/progress`.
async fn change(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Path(id): Path<String>,
    Form(Wish { action }): Form<Wish>,
) -> Result<Response, Problem> {
    let movie = find(&app, &id).await?;
    let change = match action {
        Action::Watched => Change::Watched,
        Action::Unwatched => Change::Unwatched,
        Action::Dismiss => Change::Dismiss,
        Action::Delete => Change::Delete,
    };
    let viewer = user.viewer().map_err(|error| Problem::internal(&error))?;
    let now = app.clock().now_millis();
    app.progress()
        .change(&viewer, &movie.title_id(), change, now)
        .await?;
    // The row is on the home page, the other buttons are on this one.
    let back = if action == Action::Dismiss {
        "/".to_owned()
    } else {
        format!("/movie/{}", movie.id)
    };
    Ok(Redirect::to(&back).into_response())
}

#[derive(Template)]
#[template(path = "movie.html")]
struct MoviePage {
    layout: Layout,
    card: Card,
    resume_at: Option<String>,
    description: Vec<String>,
    /// Why it cannot be played, for administrators.
    unplayable: Option<String>,
    qualities: Vec<String>,
    languages: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_paragraphs() {
        assert_eq!(paragraphs("a\nb\r\n\r\n c \n\n\n\n"), ["a\nb", "c"]);
        assert!(paragraphs(" \n\n ").is_empty());
    }
}
