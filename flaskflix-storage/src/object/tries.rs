//! Asking the store again, within the caller's patience.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use flaskflix_core::source::SourceError;
use tokio::time::{Instant, sleep, timeout};

use super::{
    failure::{Failure, StoreError},
    options::ObjectOptions,
    patience::Patience,
};

/// The tries of one open, list or read.
#[derive(Debug)]
pub(super) struct Tries {
    patience: Patience,
    idle_timeout: Duration,
    /// Tries that failed since the last bytes.
    failed: u32,
}

impl Tries {
    pub(super) fn new(options: &ObjectOptions) -> Self {
        Self {
            patience: Patience::new(options),
            idle_timeout: options.idle_timeout,
            failed: 0,
        }
    }

    /// For lists, which come in many answers at once: only the patience bounds them.
    pub(super) fn of_lists(options: &ObjectOptions) -> Self {
        Self {
            idle_timeout: options.patience,
            ..Self::new(options)
        }
    }

    /// Asks until there is an answer, a failure that lasts, or no patience left.
    pub(super) async fn ask<T, F>(&mut self, mut ask: impl FnMut() -> F) -> Result<T, SourceError>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        loop {
            let asked = ask();
            match self.wait(asked).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => self.pause(error.into()).await?,
                Err(silence) => self.pause(silence).await?,
            }
        }
    }

    /// Waits for something of the store, as long as one request may be silent.
    pub(super) async fn wait<T>(&mut self, coming: impl Future<Output = T>) -> Result<T, Failure> {
        let begun = Instant::now();
        let came = timeout(self.idle_timeout.min(self.patience.left()), coming).await;
        self.patience.waited(begun.elapsed());
        came.map_err(|_| Failure::Passing(StoreError::Silent))
    }

    /// Bytes arrived.
    pub(super) fn received(&mut self, bytes: usize) {
        self.patience.received(bytes);
        self.failed = 0;
    }

    /// A part of a list arrived: the store works, and all patience is back.
    pub(super) fn answered(&mut self) {
        self.received(usize::MAX);
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The failure, when it lasts or no patience is left for another try.
    pub(super) async fn pause(&mut self, failure: Failure) -> Result<(), SourceError> {
        let pause = match &failure {
            Failure::Missing | Failure::Changed | Failure::Lasting(_) => {
                return Err(failure.into_source_error());
            }
            Failure::Busy {
                retry_after: Some(time),
            } => *time,
            Failure::Busy { retry_after: None } | Failure::Passing(_) => backoff(self.failed),
        };
        if pause >= self.patience.left() {
            return Err(failure.into_source_error());
        }
        tracing::debug!(
            ?failure,
            pause_ms = pause.as_millis(),
            "the object store is asked again"
        );
        self.failed = self.failed.saturating_add(1);
        self.patience.waited(pause);
        sleep(pause).await;
        Ok(())
    }
}

/// 50 ms, doubled with each failure up to 1.6 s; a random half of it, so that readers which failed together do not come back
/// together.
fn backoff(failed: u32) -> Duration {
    let full = Duration::from_millis(50 << failed.min(5));
    // Every `RandomState` has keys of its own: randomness enough, and no dependency.
    let random = RandomState::new().hash_one(failed) % 512;
    let random = u32::try_from(random).unwrap_or_default();
    full / 2 + full * random / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(patience: Duration) -> Tries {
        Tries::new(&ObjectOptions::default().patience(patience))
    }

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        for (failed, full) in [(0, 50), (1, 100), (5, 1600), (u32::MAX, 1600)] {
            let pauses: Vec<_> = (0..20).map(|_| backoff(failed).as_millis()).collect();
            assert!(
                pauses.iter().all(|&pause| pause >= full / 2 && pause <= full),
                "{pauses:?}"
            );
        }
        let pauses: std::collections::HashSet<_> = (0..20).map(|_| backoff(5)).collect();
        assert!(pauses.len() > 5);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_waited_for_when_there_is_patience() {
        let mut tries = tries(Duration::from_secs(10));
        let begun = Instant::now();
        let busy = || Failure::Busy {
            retry_after: Some(Duration::from_secs(6)),
        };
        assert!(tries.pause(busy()).await.is_ok());
        assert_eq!(begun.elapsed().as_secs(), 6);
        assert!(matches!(tries.pause(busy()).await, Err(SourceError::Busy)));
        assert_eq!(
            begun.elapsed().as_secs(),
            6,
            "what would be too late is said at once"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_with_the_patience() {
        let mut tries = tries(Duration::from_secs(10));
        let begun = Instant::now();
        let asked = tries.ask(std::future::pending::<object_store::Result<()>>).await;
        assert!(matches!(asked, Err(SourceError::Io(_))), "{asked:?}");
        assert!(
            begun.elapsed() <= Duration::from_millis(10_010),
            "{:?}",
            begun.elapsed()
        );
        assert!(begun.elapsed() >= Duration::from_secs(9), "{:?}", begun.elapsed());
    }
}
