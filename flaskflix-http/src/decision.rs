//! What others decide, within the time that they have.

use std::{error::Error as StdError, time::Duration};

use crate::trace;

/// Waits for a decision; `None` when it cannot be had, which was logged. `what` names it in the log.
pub(crate) async fn within<T, E: StdError + 'static>(
    what: &'static str,
    limit: Duration,
    decision: impl Future<Output = Result<T, E>>,
) -> Option<T> {
    let decided = match tokio::runtime::Handle::try_current() {
        Ok(_) => tokio::time::timeout(limit, decision).await,
        // Without a runtime of tokio there is nobody who could tell the time.
        Err(_) => Ok(decision.await),
    };
    match decided {
        Ok(Ok(decided)) => Some(decided),
        Ok(Err(error)) => {
            trace::decision_failed(what, &error);
            None
        }
        Err(_) => {
            trace::decision_timed_out(what, limit);
            None
        }
    }
}
