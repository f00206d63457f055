//! The titles of a catalogue, kept in memory for a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use flaskflix_core::{catalog::Title, time::UnixMillis};
use moka::future::Cache;

use super::{Movie, SqlError};

/// Titles that were read a moment ago, cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Titles {
    titles: Cache<Key, Option<Arc<Title>>>,
    /// How many edits this process has made.
    edits: Arc<AtomicU64>,
    /// The movies, with the moment of their last edit, of which the log says that they cannot be delivered.
    reported: Cache<(i64, UnixMillis), ()>,
}

/// How many edits this process had made when a title was read, and its number.
type Key = (u64, i64);

impl Titles {
    pub(super) fn new(most: u64, keep_for: Duration) -> Self {
        let titles = Cache::builder()
            .name("flaskflix titles")
            .max_capacity(most)
            .time_to_live(keep_for)
            .build();
        Self {
            titles,
            edits: Arc::default(),
            reported: Cache::new(1_000),
        }
    }

    /// What was read before the edit is not answered any more.
    pub(super) fn edited(&self) {
        self.edits.fetch_add(1, Ordering::SeqCst);
    }

    /// The title of a movie, read once by all who ask for it.
    pub(super) async fn title(
        &self,
        id: i64,
        read: impl Future<Output = Result<Option<Movie>, SqlError>>,
    ) -> Result<Option<Arc<Title>>, Arc<SqlError>> {
        // Taken before the database is read: a title that was read before an edit is never found under the number after it.
        let key = (self.edits.load(Ordering::SeqCst), id);
        let read = async { Ok(self.deliverable(read.await?).await) };
        self.titles.try_get_with(key, read).await
    }

    async fn deliverable(&self, movie: Option<Movie>) -> Option<Arc<Title>> {
        let movie = movie?;
        match movie.to_title() {
            Ok(title) => Some(Arc::new(title)),
            Err(error) => {
                let edit = (movie.id, movie.updated_at);
                if self.reported.entry(edit).or_insert(()).await.is_fresh() {
                    tracing::warn!(
                        movie = movie.id,
                        error = &error as &dyn std::error::Error,
                        "a movie cannot be delivered"
                    );
                }
                None
            }
        }
    }
}
