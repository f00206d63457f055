//! The home page: hero, continue watching, catalogue, search.

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use flaskflix_core::progress::WatchProgress;
use flaskflix_storage::sql::{Movie, MovieQuery};
use serde::Deserialize;

use super::{
    Problem, Visitor,
    card::{Card, Seen},
    layout::Layout,
    paging::Pages,
    problem::page,
    wording,
};
use crate::{accounts::User, app::App};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

/// What the address asks for. A number that is none is the first page.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

async fn home(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let search: String = asked.q.trim().chars().take(MAX_SEARCH_CHARS).collect();
    let total = app.movies().count(Some(&search)).await?;
    let pages = Pages::new("/", &search, asked.page.parse().unwrap_or(1), total, PER_PAGE);
    let movies = app
        .movies()
        .list(&MovieQuery {
            search: Some(search.clone()),
            limit: PER_PAGE,
            offset: pages.offset(PER_PAGE),
        })
        .await?;
    let user = visitor.0.as_ref();
    let seen = Seen::of(&app, user, &movies).await?;
    let cards: Vec<Card> = movies.iter().map(|movie| seen.card(&app, movie)).collect();
    // The front of the house is for those who have not asked for something else yet.
    let is_front = search.is_empty() && pages.number == 1;
    let row = if is_front {
        row(&app, user).await?
    } else {
        Vec::new()
    };
    let hero = is_front.then(|| Hero::choose(&row, &movies, &cards)).flatten();
    page(&Home {
        layout: Layout::of(&app, &visitor),
        count: wording::count(total, "movie", "movies"),
        row: row.into_iter().map(|(_, card)| card).collect(),
        search,
        hero,
        cards,
        pages,
    })
}

/// "Continue watching": newest activity first. Movies that are gone are left out.
async fn row(app: &App, user: Option<&User>) -> Result<Vec<(Movie, Card)>, Problem> {
    let Some(viewer) = user.and_then(|user| user.viewer().ok()) else {
        return Ok(Vec::new());
    };
    let entries: Vec<WatchProgress> = app.progress().continue_watching(&viewer, None, ROW).await?;
    let mut row = Vec::with_capacity(entries.len());
    for entry in &entries {
        let Ok(id) = entry.title.as_str().parse() else {
            continue;
        };
        if let Some(movie) = app.movies().movie(id).await? {
            let card = Card::of(&movie, Some(entry), app.progress().rules());
            row.push((movie, card));
        }
    }
    Ok(row)
}

/// The movie at the top of the page.
struct Hero {
    card: Card,
    eyebrow: &'static str,
    description: String,
    resumes: bool,
}

impl Hero {
    /// The movie last watched, else the newest.
    fn choose(row: &[(Movie, Card)], movies: &[Movie], cards: &[Card]) -> Option<Self> {
        let last = row.first().map(|(movie, card)| (movie, card));
        let (movie, card) = last.or_else(|| movies.first().zip(cards.first()))?;
        Some(Self {
            card: card.clone(),
            eyebrow: if last.is_some() {
                "Where you left off"
            } else {
                "New here"
            },
            description: movie.description.clone(),
            resumes: card.resume_at.is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    search: String,
    count: String,
    hero: Option<Hero>,
    row: Vec<Card>,
    cards: Vec<Card>,
    pages: Pages,
}

/// Movies on one page of the grid: whole rows of 2, 3, 4, 5, 6 and 10.
const PER_PAGE: u32 = 60;

/// Movies in the row at most.
const ROW: u32 = 20;

const MAX_SEARCH_CHARS: usize = 100;
