//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use flaskflix_core::ErrorChain;
use http::header::CONTENT_TYPE;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    app::App,
    database::{Database, Queue},
    media::Media,
};

/// The process answers: no part is asked. For the supervisor that restarts what hangs.
pub(crate) async fn healthz() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Every part that a request may need. For the load balancer that sends requests here or elsewhere: 503 when one fails.
///
/// The reasons stand in the log; a stranger learns only which part it is.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let probe = app.probe();
    let (database, media) = tokio::join!(probe.database(), probe.media());
    let parts = [
        ("database", database),
        ("media", media),
        ("progress", probe.progress()),
    ];
    let is_ready = parts.iter().all(|(_, part)| *part == Part::Ok);
    let (status, word) = if is_ready {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failed")
    };
    let checks: serde_json::Map<_, _> = parts
        .into_iter()
        .map(|(name, part)| (name.to_owned(), part.as_str().into()))
        .collect();
    answer(status, &json!({ "status": word, "checks": checks }))
}

/// What readiness asks.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    database: Database,
    media: Media,
    queue: Queue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Ok,
    Failed,
    /// No answer in time.
    Slow,
    /// The queue takes nothing more.
    Full,
}

impl Probe {
    pub(crate) const fn new(database: Database, media: Media, queue: Queue) -> Self {
        Self {
            database,
            media,
            queue,
        }
    }

    async fn database(&self) -> Part {
        match timeout(PATIENCE, self.database.check()).await {
            Ok(Ok(())) => Part::Ok,
            Ok(Err(error)) => {
                tracing::warn!(error = %ErrorChain(&error), "not ready: the database cannot be used");
                Part::Failed
            }
            Err(_) => {
                tracing::warn!("not ready: the database does not answer in time");
                Part::Slow
            }
        }
    }

    /// Whether the films can be listed: a disk or a store that is gone shows here first.
    async fn media(&self) -> Part {
        // A network disk may hang, and so may a store: not for long.
        match timeout(PATIENCE, self.media.check()).await {
            Ok(Ok(())) => Part::Ok,
            Ok(Err(error)) => {
                tracing::warn!(error = %ErrorChain(&error), "not ready: the films cannot be listed");
                Part::Failed
            }
            Err(_) => {
                tracing::warn!("not ready: the films cannot be listed in time");
                Part::Slow
            }
        }
    }

    fn progress(&self) -> Part {
        if self.queue.free_places() > 0 {
            Part::Ok
        } else {
            tracing::warn!("not ready: the queue of progress is full");
            Part::Full
        }
    }
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Slow => "slow",
            Self::Full => "full",
        }
    }
}

fn answer(status: StatusCode, document: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

/// Shorter than the time limits of load balancers, 5 s and more.
const PATIENCE: Duration = Duration::from_secs(2);
