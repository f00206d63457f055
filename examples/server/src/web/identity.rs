//! Who is it: the session's user, for handlers and for the library.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use flaskflix_core::access::LogInId;
use flaskflix_http::{
    route::ApiRoute,
    viewer::{LogIn, Viewer},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower_sessions::Session;

use super::{Problem, problem::wants_json};
use crate::{accounts::User, app::App};

/// Whoever looks at a page: a user who is logged in, or anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor(pub(crate) Option<User>);

/// A user who is logged in. Others are sent to log in (pages) or told to (401, JSON).
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) User);

/// A user who may change the catalogue and the users. Others get a 403 when they are logged in.
#[derive(Debug, Clone)]
pub(crate) struct Admin(pub(crate) User);

/// Finds the session's user and tells the rest: [`Visitor`] for our handlers, [`Viewer`] for the library.
pub(crate) async fn identify(
    State(app): State<App>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    if !asks_who(request.uri().path(), app.settings().private) {
        return next.run(request).await;
    }
    let user = match user_of(&app, &session).await {
        Ok(user) => user,
        Err(problem) => return problem.into_response(),
    };
    if user.is_none() && app.settings().private && !is_open(request.uri().path()) {
        let (parts, _) = request.into_parts();
        return ask_to_log_in(&parts);
    }
    if let Some(viewer) = user.as_ref().and_then(|user| user.viewer().ok()) {
        request.extensions_mut().insert(Viewer(viewer));
        match log_in_of(&session).await {
            Ok(Some(log_in)) => request.extensions_mut().insert(LogIn(log_in)),
            Ok(None) => None,
            Err(problem) => return problem.into_response(),
        };
    }
    request.extensions_mut().insert(Visitor(user));
    next.run(request).await
}

/// Whether the answer depends on who asks. Media carry tokens: their requests, which are most, do not touch the database.
fn asks_who(path: &str, private: bool) -> bool {
    if path.starts_with("/stream/") {
        return ApiRoute::parse(path).is_some();
    }
    let same_for_all = ["/static/", "/healthz", "/readyz", "/metrics"];
    !same_for_all.iter().any(|prefix| path.starts_with(prefix)) && (private || !path.starts_with("/posters/"))
}

/// What a private site shows to everybody. The library refuses by itself.
fn is_open(path: &str) -> bool {
    matches!(
        path,
        "/login" | "/register" | "/logout" | "/continue-watching" | "/screens"
    ) || path.starts_with("/screens/")
        || path.starts_with("/stream/")
}

async fn user_of(app: &App, session: &Session) -> Result<Option<User>, Problem> {
    let Some(id) = session.get::<i64>(USER_KEY).await? else {
        return Ok(None);
    };
    let begun_with: Option<String> = session.get(PASSWORD_KEY).await?;
    let user = app.accounts().user(id).await?;
    let user = user.filter(|user| begun_with.as_deref() == Some(user.password.as_str()));
    match &user {
        Some(_) => keep_alive(app, session).await?,
        // Of a user who is not there any more, or who has another password now.
        None => session.flush().await?,
    }
    Ok(user)
}

/// Lets the session begin its time anew, at most thirty times within it: a visit is not worth a write each.
async fn keep_alive(app: &App, session: &Session) -> Result<(), Problem> {
    let now = app.clock().now().as_secs();
    let seen: u64 = session.get(SEEN_KEY).await?.unwrap_or(0);
    if now.saturating_sub(seen) > app.settings().session_ttl.as_secs() / 30 {
        session.insert(SEEN_KEY, now).await?;
        session.save().await?;
    }
    Ok(())
}

/// Logs a user in: the session gets a new id, so that one that was planted or seen before is worth nothing.
///
/// Saved here and not only on the way out, where a store that is away would be a 500 without a word.
pub(super) async fn begin_session(app: &App, session: &Session, user: &User) -> Result<(), Problem> {
    session.cycle_id().await?;
    session.insert(USER_KEY, user.id).await?;
    session.insert(PASSWORD_KEY, user.password.as_str()).await?;
    session.insert(SEEN_KEY, app.clock().now().as_secs()).await?;
    session.insert(LOG_IN_KEY, rand::random::<[u8; 4]>()).await?;
    session.save().await?;
    Ok(())
}

/// What stands in the ids of the stream tokens that are minted in this session.
pub(super) async fn log_in_of(session: &Session) -> Result<Option<LogInId>, Problem> {
    Ok(session.get(LOG_IN_KEY).await?.map(LogInId::from_bytes))
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match parts.extensions.get().cloned() {
            Some(Visitor(Some(user))) => Ok(Self(user)),
            _ => Err(ask_to_log_in(parts)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let SignedIn(user) = SignedIn::from_request_parts(parts, state).await?;
        if user.is_admin {
            Ok(Self(user))
        } else {
            Err(Problem::forbidden("this page is for administrators").into_response())
        }
    }
}

/// 401 for programs; a way to the log-in page and back for people.
fn ask_to_log_in(parts: &Parts) -> Response {
    if wants_json(parts.uri.path(), &parts.headers) {
        return Problem::unauthorized().into_response();
    }
    let back = match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET, Some(page)) => page.as_str(),
        // A form that was sent cannot be sent again by a link.
        _ => "/",
    };
    let next = utf8_percent_encode(back, NON_ALPHANUMERIC);
    Redirect::to(&format!("/login?next={next}")).into_response()
}

/// Where a session keeps the id of its user.
pub(crate) const USER_KEY: &str = "user";

/// Where a session keeps which password it was begun with.
const PASSWORD_KEY: &str = "password";

/// Where a session keeps the name of the log-in that began it.
const LOG_IN_KEY: &str = "log_in";

/// Where a session keeps when it last began its time anew.
const SEEN_KEY: &str = "seen";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_do_not_ask_who() {
        for (path, asks) in [
            ("/", true),
            ("/stream/1/token", true),
            ("/stream/1/progress", true),
            ("/continue-watching", true),
            ("/stream/1/t/abc/v0/17.m4s", false),
            ("/stream/1/video", false),
            ("/static/app.css", false),
            ("/posters/generated/1.svg", false),
            ("/healthz", false),
        ] {
            assert_eq!(asks_who(path, false), asks, "{path}");
        }
        assert!(asks_who("/posters/generated/1.svg", true));
    }
}
