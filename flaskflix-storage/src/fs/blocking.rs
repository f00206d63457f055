//! Where calls that may wait for a disk are made.

use std::io;

use tokio::runtime::Handle;

/// Runs `work` on Tokio's blocking pool and waits for its answer.
///
/// Outside a Tokio runtime there is no such pool, and the calling thread waits itself: right for a command
/// line program that drives one future, slow for a server on another executor.
pub(crate) async fn blocking<T, F>(work: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(io::Error::other),
        Err(_) => Ok(work()),
    }
}
