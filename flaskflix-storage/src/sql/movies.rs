//! The movies of a database: the catalogue and its editing.

use async_trait::async_trait;
use flaskflix_core::{catalog::Catalog, time::UnixMillis};

use super::{Movie, MovieData, SqlError};

/// Movies that can be listed and edited: what an administrator works with, on either database.
///
/// As a [`Catalog`] the ids are the numbers of the movies in canonical decimal: `1`, never `01` or `+1`. A movie whose
/// columns give no [delivery](Movie::delivery) stays in lists, so that it can be mended; the catalogue answers that there is no
/// such title, and the log says why, once per edit.
///
/// # Contract
/// * An edit is durable when it is answered, and seen at once through the handle that made it and its clones.
/// * The number of a movie that was removed is never given to another one.
/// * Anybody else, another node for example, sees an edit within the time that titles are kept in memory, 1 s by default;
///   lists and single movies are read from the database every time.
///
/// The conformance suite is `flaskflix_storage::testing::movies` (feature `testing`).
///
/// # Examples
/// ```
/// use flaskflix_core::time::UnixMillis;
/// use flaskflix_storage::sql::{MovieData, MovieQuery, MovieStore, SqlError};
/// /// Adds a film and says how many there are now.
/// async fn add(movies: &dyn MovieStore, name: &str, now: UnixMillis) -> Result<u64, SqlError> {
///     let film = MovieData { title: name.into(), ..MovieData::default() };
///     movies.insert(&film, now).await?;
///     movies.count(None).await
/// }
/// ```
#[async_trait]
pub trait MovieStore: Catalog {
    /// The movie of this number.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    async fn movie(&self, id: i64) -> Result<Option<Movie>, SqlError>;

    /// Movies, newest first. Reads the text of every movie when it searches.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    async fn list(&self, query: &MovieQuery) -> Result<Vec<Movie>, SqlError>;

    /// How many movies a search finds; all of them without one.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot answer.
    async fn count(&self, search: Option<&str>) -> Result<u64, SqlError>;

    /// Adds a movie and returns its number.
    ///
    /// # Errors
    /// [`SqlError::Movie`] names the column that cannot be stored; others when the database fails.
    async fn insert(&self, movie: &MovieData, now: UnixMillis) -> Result<i64, SqlError>;

    /// Edits a movie. Returns whether there is one of this number.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    async fn update(&self, id: i64, movie: &MovieData, now: UnixMillis) -> Result<bool, SqlError>;

    /// Removes a movie and everybody's progress in it. Returns whether there was one of this number.
    ///
    /// # Errors
    /// [`SqlError`] when the database fails; then nothing was removed.
    async fn remove(&self, id: i64) -> Result<bool, SqlError>;
}

/// Which movies to list. The default is the 50 newest.
///
/// # Examples
/// ```
/// use flaskflix_storage::sql::MovieQuery;
/// let second_page = MovieQuery { search: Some("horror".into()), offset: 50, ..MovieQuery::default() };
/// assert_eq!(second_page.limit, 50);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovieQuery {
    /// Only movies with this text in title, description or genre, in upper or lower case, of any script. Space around it
    /// does not count; empty text is no search.
    pub search: Option<String>,
    /// Most movies to return.
    pub limit: u32,
    /// How many to leave out at the beginning.
    pub offset: u32,
}

impl Default for MovieQuery {
    fn default() -> Self {
        Self {
            search: None,
            limit: 50,
            offset: 0,
        }
    }
}

/// A search in the letters of `search_text`.
pub(super) fn folded(search: Option<&str>) -> String {
    search.unwrap_or_default().trim().to_lowercase()
}
