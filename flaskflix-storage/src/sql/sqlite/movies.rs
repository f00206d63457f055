//! The movies of a database: the catalogue and its editing.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
    time::UnixMillis,
};
use sqlx::{Connection, Sqlite, SqlitePool, query::Query, sqlite::SqliteArguments};

use super::SqliteOptions;
use crate::{
    metrics::db_query,
    sql::{
        Movie, MovieData, MovieQuery, MovieStore, SqlError,
        movie::{MovieRow, parse_id, title_id, to_column},
        movies::folded,
        titles::Titles,
    },
};

/// The movies of a [`SqliteDatabase`](crate::sql::SqliteDatabase), cheap to clone.
///
/// As a [`Catalog`] its ids are the numbers of the movies in canonical decimal: `1`, never `01` or `+1`. A movie whose columns
/// give no [delivery](Movie::delivery) stays in lists, so that it can be mended; the catalogue answers that there is no
/// such title, and the log says why, once per edit.
///
/// # Cost
/// Titles are answered from memory, at most [`cached_titles`](SqliteOptions::cached_titles) of them, and read again after
/// [`cache_for`](SqliteOptions::cache_for): once a second by default, however many viewers ask. So a segment asks the
/// database for nothing, an edit through this handle or a clone is seen at once, and one by another process, or by SQL
/// through [`writer`](crate::sql::SqliteDatabase::writer), within a second.
///
/// A search reads the text of every movie: it is meant for thousands of them, not for millions.
#[derive(Debug, Clone)]
pub struct SqliteMovies {
    writer: SqlitePool,
    reader: SqlitePool,
    titles: Titles,
}

impl SqliteMovies {
    pub(super) fn new(writer: SqlitePool, reader: SqlitePool, options: &SqliteOptions) -> Self {
        Self {
            writer,
            reader,
            titles: Titles::new(options.cached_titles, options.cache_for),
        }
    }

    /// The movie of this number.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    pub async fn movie(&self, id: i64) -> Result<Option<Movie>, SqlError> {
        db_query("movie");
        let row: Option<MovieRow> = sqlx::query_as("SELECT * FROM movies WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map(Movie::from))
    }

    /// Movies, newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    pub async fn list(&self, query: &MovieQuery) -> Result<Vec<Movie>, SqlError> {
        db_query("movies_list");
        let rows: Vec<MovieRow> = sqlx::query_as(
            "SELECT * FROM movies WHERE ?1 = '' OR instr(search_text, ?1) > 0 \
             ORDER BY created_at DESC, id DESC LIMIT ?2 OFFSET ?3",
        )
        .bind(folded(query.search.as_deref()))
        .bind(query.limit)
        .bind(query.offset)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(Movie::from).collect())
    }

    /// How many movies a search finds; all of them without one.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    pub async fn count(&self, search: Option<&str>) -> Result<u64, SqlError> {
        db_query("movies_count");
        let movies: i64 =
            sqlx::query_scalar("SELECT count(*) FROM movies WHERE ?1 = '' OR instr(search_text, ?1) > 0")
                .bind(folded(search))
                .fetch_one(&self.reader)
                .await?;
        Ok(u64::try_from(movies).unwrap_or(0))
    }

    /// Adds a movie and returns its number.
    ///
    /// # Errors
    /// [`SqlError::Movie`] names the column that cannot be stored; others when the database fails.
    pub async fn insert(&self, movie: &MovieData, now: UnixMillis) -> Result<i64, SqlError> {
        db_query("movie_insert");
        let movie = movie.clean()?;
        let insert = sqlx::query(
            "INSERT INTO movies (title, description, release_year, genre, poster, video_url, hls_url, quality_variants, \
             progressive, duration_seconds, search_text, created_at, updated_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
        );
        let inserted = with_columns(insert, &movie, now).execute(&self.writer).await?;
        self.titles.edited();
        Ok(inserted.last_insert_rowid())
    }

    /// Edits a movie. Returns whether there is one of this number.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub async fn update(&self, id: i64, movie: &MovieData, now: UnixMillis) -> Result<bool, SqlError> {
        db_query("movie_update");
        let movie = movie.clean()?;
        let update = sqlx::query(
            "UPDATE movies SET title = ?1, description = ?2, release_year = ?3, genre = ?4, poster = ?5, video_url = ?6, \
             hls_url = ?7, quality_variants = ?8, progressive = ?9, duration_seconds = ?10, search_text = ?11, \
             updated_at = ?12 WHERE id = ?13",
        );
        let updated = with_columns(update, &movie, now)
            .bind(id)
            .execute(&self.writer)
            .await?;
        self.titles.edited();
        Ok(updated.rows_affected() > 0)
    }

    /// Removes a movie and everybody's progress in it. Returns whether there was one of this number.
    ///
    /// # Errors
    /// [`SqlError`] when the database fails; then nothing was removed.
    pub async fn remove(&self, id: i64) -> Result<bool, SqlError> {
        db_query("movie_remove");
        let mut connection = self.writer.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let removed = sqlx::query("DELETE FROM movies WHERE id = ?")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM watch_progress WHERE title = ?")
            .bind(title_id(id).as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.titles.edited();
        Ok(removed.rows_affected() > 0)
    }
}

#[async_trait]
impl Catalog for SqliteMovies {
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

#[async_trait]
impl MovieStore for SqliteMovies {
    async fn movie(&self, id: i64) -> Result<Option<Movie>, SqlError> {
        self.movie(id).await
    }

    async fn list(&self, query: &MovieQuery) -> Result<Vec<Movie>, SqlError> {
        self.list(query).await
    }

    async fn count(&self, search: Option<&str>) -> Result<u64, SqlError> {
        self.count(search).await
    }

    async fn insert(&self, movie: &MovieData, now: UnixMillis) -> Result<i64, SqlError> {
        self.insert(movie, now).await
    }

    async fn update(&self, id: i64, movie: &MovieData, now: UnixMillis) -> Result<bool, SqlError> {
        self.update(id, movie, now).await
    }

    async fn remove(&self, id: i64) -> Result<bool, SqlError> {
        self.remove(id).await
    }
}

/// Binds the columns of a movie as `?1` to `?11`, and the time as `?12`.
fn with_columns<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    movie: &'q MovieData,
    now: UnixMillis,
) -> Query<'q, Sqlite, SqliteArguments> {
    query
        .bind(&movie.title)
        .bind(&movie.description)
        .bind(movie.release_year)
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
