//! What operators are told: logs and metrics, and what never stands in them.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use flaskflix_core::access::{AccessError, Action, Quota, RateLimit, Subject};
use flaskflix_http::viewer::LocalRateLimit;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::set_global_default,
};

use super::scene::Api;
use crate::counts::counted;

thread_local! {
    /// Every event of this thread, with its level and all its fields.
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// Hears every thread, because what is enabled is decided once for the whole process, by whoever comes first.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let level = *event.metadata().level();
        LINES.with_borrow_mut(|lines| lines.push((level, line.0)));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{field}={value:?} ").expect("a text takes all");
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(future)
}

/// requirements.md, "Logging": the title of every request for a token. Not the viewer, and never the token.
#[test]
fn a_request_for_a_token_is_logged_without_viewer_and_token() {
    set_global_default(Log).expect("the only log of the tests");
    let token = block_on(async {
        let api = Api::new();
        let token = api.token("viewer-4711", "1").await;
        let target = format!("/stream/1/progress?token={token}");
        api.anonymous("POST", &target, r#"{"current_time":1}"#).await;
        api.anonymous("POST", &format!("{target}x"), "").await;
        api.anonymous("GET", "/stream/1/token", "").await;
        token
    });
    let lines = LINES.take();
    let requested: Vec<_> = lines
        .iter()
        .filter(|(_, line)| line.contains("stream token requested"))
        .map(|(level, line)| (*level, line.contains("title=\"1\""), line.contains("4711")))
        .collect();
    assert_eq!(
        requested,
        [(Level::INFO, true, false), (Level::DEBUG, true, true)]
    );
    for (level, line) in &lines {
        assert!(!line.contains(&token), "{line}");
        assert!(*level > Level::INFO || !line.contains("4711"), "{level} {line}");
    }
}

/// A limit that cannot be asked.
#[derive(Debug)]
struct Away;

#[async_trait::async_trait]
impl RateLimit for Away {
    async fn take(&self, _: Action, _: &Subject) -> Result<Quota, AccessError> {
        Err(AccessError::new("away"))
    }
}

#[test]
fn tokens_and_refusals_are_counted_by_reason() {
    let counts = counted(async {
        let limit = LocalRateLimit::new().mint_per_viewer(2, Duration::from_secs(3600));
        let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
        api.get("anna", "/stream/1/token").await;
        api.get("anna", "/stream/nothing/token").await;
        api.get("anna", "/stream/1/token").await;
        api.anonymous("GET", "/stream/1/token", "").await;
        // Not asked for, so neither minted nor refused.
        api.anonymous("OPTIONS", "/stream/1/token", "").await;
        api.get("anna", "/continue-watching").await;
        let away = Api::with(|builder| builder.rate_limit(Arc::new(Away)));
        away.get("anna", "/stream/1/token").await;
    });
    let counts = counts.of("_tokens_");
    assert_eq!(
        counts,
        [
            ("flaskflix_tokens_minted_total".to_owned(), 1),
            ("flaskflix_tokens_refused_total reason=no_title".to_owned(), 1),
            ("flaskflix_tokens_refused_total reason=no_viewer".to_owned(), 1),
            ("flaskflix_tokens_refused_total reason=rate_limited".to_owned(), 1),
            ("flaskflix_tokens_refused_total reason=unavailable".to_owned(), 1),
        ]
    );
}
