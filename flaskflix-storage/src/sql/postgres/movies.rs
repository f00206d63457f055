//! The movies of a database: the catalogue and its editing.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
    time::UnixMillis,
};
use sqlx::{Postgres, Row, postgres::PgArguments, query::Query};

use super::{PostgresOptions, link::Link};
use crate::sql::{
    Movie, MovieData, MovieQuery, MovieStore, SqlError,
    movie::{MovieRow, parse_id, title_id, to_column},
    movies::folded,
    titles::Titles,
};

/// The movies of a [`PostgresDatabase`](crate::sql::PostgresDatabase), cheap to clone: a [`Catalog`] and a [`MovieStore`].
///
/// # Cost
/// Titles are answered from memory, at most [`cached_titles`](PostgresOptions::cached_titles) of them, and read again after
/// [`cache_for`](PostgresOptions::cache_for): once a second by default, however many viewers ask. So a segment asks the
/// database for nothing, an edit through this handle or a clone is seen at once, and one by another node, or by SQL, within
/// a second. There is no `LISTEN`: it would keep a connection for each node, get lost when that connection does, and not pass
/// a transaction pooler; a bound that needs no message holds in all three cases.
///
/// A search reads the text of every movie: it is meant for thousands of them, not for millions.
#[derive(Debug, Clone)]
pub struct PostgresMovies {
    link: Link,
    titles: Titles,
}

impl PostgresMovies {
    pub(super) fn new(link: Link, options: &PostgresOptions) -> Self {
        Self {
            link,
            titles: Titles::new(options.cached_titles, options.cache_for),
        }
    }
}

#[async_trait]
impl MovieStore for PostgresMovies {
    async fn movie(&self, id: i64) -> Result<Option<Movie>, SqlError> {
        let read = async {
            let mut session = self.link.read("movie").await?;
            let row: Option<MovieRow> = sqlx::query_as("SELECT * FROM movies WHERE id = $1")
                .bind(id)
                .persistent(session.prepares())
                .fetch_optional(&mut *session)
                .await
                .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(row.map(Movie::from))
        };
        self.link.bounded(read).await
    }

    async fn list(&self, query: &MovieQuery) -> Result<Vec<Movie>, SqlError> {
        let Some(search) = searchable(query.search.as_deref()) else {
            return Ok(Vec::new());
        };
        let read = async {
            let mut session = self.link.read("movies_list").await?;
            let rows: Vec<MovieRow> = sqlx::query_as(
                "SELECT * FROM movies WHERE $1 = '' OR strpos(search_text, $1) > 0 \
                 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3",
            )
            .bind(search)
            .bind(i64::from(query.limit))
            .bind(i64::from(query.offset))
            .persistent(session.prepares())
            .fetch_all(&mut *session)
            .await
            .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(rows.into_iter().map(Movie::from).collect())
        };
        self.link.bounded(read).await
    }

    async fn count(&self, search: Option<&str>) -> Result<u64, SqlError> {
        let Some(search) = searchable(search) else {
            return Ok(0);
        };
        let read = async {
            let mut session = self.link.read("movies_count").await?;
            let movies: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM movies WHERE $1 = '' OR strpos(search_text, $1) > 0",
            )
            .bind(search)
            .persistent(session.prepares())
            .fetch_one(&mut *session)
            .await
            .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(u64::try_from(movies).unwrap_or(0))
        };
        self.link.bounded(read).await
    }

    async fn insert(&self, movie: &MovieData, now: UnixMillis) -> Result<i64, SqlError> {
        let movie = movie.clean()?;
        let write = async {
            let mut session = self.link.begin("movie_insert").await?;
            let insert = sqlx::query(
                "INSERT INTO movies (title, description, release_year, genre, poster, video_url, hls_url, \
                 quality_variants, progressive, duration_seconds, search_text, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING id",
            );
            let id = with_columns(insert, &movie, now)
                .persistent(session.prepares())
                .fetch_one(&mut *session)
                .await
                .and_then(|row| row.try_get("id"))
                .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(id)
        };
        let inserted = self.link.bounded(write).await;
        self.titles.edited();
        inserted
    }

    async fn update(&self, id: i64, movie: &MovieData, now: UnixMillis) -> Result<bool, SqlError> {
        let movie = movie.clean()?;
        let write = async {
            let mut session = self.link.begin("movie_update").await?;
            let update = sqlx::query(
                "UPDATE movies SET title = $1, description = $2, release_year = $3, genre = $4, poster = $5, \
                 video_url = $6, hls_url = $7, quality_variants = $8, progressive = $9, duration_seconds = $10, \
                 search_text = $11, updated_at = $12 WHERE id = $13",
            );
            let updated = with_columns(update, &movie, now)
                .bind(id)
                .persistent(session.prepares())
                .execute(&mut *session)
                .await
                .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(updated.rows_affected() > 0)
        };
        let updated = self.link.bounded(write).await;
        // Also after an error: nobody knows what became of a commit without an answer.
        self.titles.edited();
        updated
    }

    async fn remove(&self, id: i64) -> Result<bool, SqlError> {
        let title = title_id(id);
        let write = async {
            let mut session = self.link.begin("movie_remove").await?;
            let removed = sqlx::query("DELETE FROM movies WHERE id = $1")
                .bind(id)
                .persistent(session.prepares())
                .execute(&mut *session)
                .await
                .map_err(SqlError::of_server)?;
            // In the order in which batches of progress take their entries: neither waits for the other in a circle.
            sqlx::query(
                "WITH entries AS (SELECT viewer, title FROM watch_progress WHERE title = $1 ORDER BY viewer FOR UPDATE) \
                 DELETE FROM watch_progress USING entries \
                 WHERE watch_progress.viewer = entries.viewer AND watch_progress.title = entries.title",
            )
            .bind(title.as_str())
            .persistent(session.prepares())
            .execute(&mut *session)
            .await
            .map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(removed.rows_affected() > 0)
        };
        let removed = self.link.bounded(write).await;
        self.titles.edited();
        removed
    }
}

#[async_trait]
impl Catalog for PostgresMovies {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let Some(id) = parse_id(id) else {
            return Ok(None);
        };
        self.titles
            .title(id, self.movie(id))
            .await
            .map_err(CatalogError::new)
    }
}

/// A search in the letters of `search_text`; `None` for one that finds nothing, and that the server would take for an error:
/// its texts hold no NUL.
fn searchable(search: Option<&str>) -> Option<String> {
    Some(folded(search)).filter(|search| !search.contains('\0'))
}

/// Binds the columns of a movie as `$1` to `$11`, and the time as `$12`.
fn with_columns<'q>(
    query: Query<'q, Postgres, PgArguments>,
    movie: &'q MovieData,
    now: UnixMillis,
) -> Query<'q, Postgres, PgArguments> {
    query
        .bind(&movie.title)
        .bind(&movie.description)
        .bind(movie.release_year.map(i64::from))
        .bind(&movie.genre)
        .bind(&movie.poster)
        .bind(&movie.video_url)
        .bind(&movie.hls_url)
        .bind(&movie.quality_variants)
        .bind(movie.progressive)
        .bind(movie.duration_seconds)
        .bind(movie.search_text())
        .bind(to_column(now))
}
