//! Register, log in, log out.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use flaskflix_core::ErrorChain;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Problem, Visitor,
    doors::Address,
    identity::{begin_session, log_in_of},
    layout::Layout,
    problem::page,
};
use crate::{
    accounts::{AccountError, DEMO_NAME, DEMO_PASSWORD},
    app::App,
};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/login", get(log_in_page).post(log_in))
        .route("/register", get(register_page).post(register))
        .route("/logout", post(log_out))
}

#[derive(Debug, Deserialize)]
struct Way {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn log_in_page(
    State(app): State<App>,
    Visitor(user): Visitor,
    Query(Way { next }): Query<Way>,
) -> Result<Response, Problem> {
    if user.is_some() {
        return Ok(Redirect::to(local(&next)).into_response());
    }
    page(&LogIn::new(&app, "", &next, None))
}

async fn log_in(
    State(app): State<App>,
    session: Session,
    from: Address,
    Form(form): Form<Credentials>,
) -> Result<Response, Problem> {
    app.doors()
        .log_in(&form.name, from, app.clock().now_millis())
        .await?;
    match app.accounts().verify(&form.name, &form.password).await {
        Ok(user) => {
            app.doors()
                .let_in(&form.name, from, app.clock().now_millis())
                .await;
            begin_session(&app, &session, &user).await?;
            Ok(Redirect::to(local(&form.next)).into_response())
        }
        Err(error @ AccountError::WrongCredentials) => {
            let again = page(&LogIn::new(&app, &form.name, &form.next, Some(error.to_string())))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn register_page(
    State(app): State<App>,
    Visitor(user): Visitor,
    Query(Way { next }): Query<Way>,
) -> Result<Response, Problem> {
    refuse_when_closed(&app)?;
    if user.is_some() {
        return Ok(Redirect::to(local(&next)).into_response());
    }
    page(&Register::new(&app, "", &next, None))
}

async fn register(
    State(app): State<App>,
    session: Session,
    from: Address,
    Form(form): Form<Credentials>,
) -> Result<Response, Problem> {
    refuse_when_closed(&app)?;
    app.doors().register(from, app.clock().now_millis()).await?;
    match app.accounts().register(&form.name, &form.password).await {
        Ok(user) => {
            begin_session(&app, &session, &user).await?;
            Ok(Redirect::to(local(&form.next)).into_response())
        }
        Err(
            error @ (AccountError::InvalidName | AccountError::InvalidPassword | AccountError::NameTaken),
        ) => {
            let again = page(&Register::new(
                &app,
                &form.name,
                &form.next,
                Some(error.to_string()),
            ))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends the session here and in the browser, and the streams that were begun in it: whoever logs out leaves nothing playing
/// there, and everything elsewhere.
async fn log_out(
    State(app): State<App>,
    Visitor(user): Visitor,
    session: Session,
) -> Result<Redirect, Problem> {
    let log_in = log_in_of(&session).await?;
    session.flush().await?;
    if let (Some(viewer), Some(log_in)) = (user.and_then(|user| user.viewer().ok()), log_in)
        && let Err(error) = app.viewers().revoke_log_in(viewer, log_in).await
    {
        // Logged out all the same: the tokens expire by themselves.
        tracing::error!(error = %ErrorChain(&error), "stream tokens cannot be revoked");
    }
    Ok(Redirect::to("/"))
}

fn refuse_when_closed(app: &App) -> Result<(), Problem> {
    if app.settings().registration {
        Ok(())
    } else {
        Err(Problem::forbidden(
            "new accounts are made by the administrator here",
        ))
    }
}

/// The page to go on to: one of ours, whatever the link says that led here.
fn local(next: &str) -> &str {
    // A backslash is a slash to browsers, and two slashes begin another host.
    let stays = next.starts_with('/') && !next.starts_with("//") && next.len() <= 2000;
    let plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if stays && plain { next } else { "/" }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogIn<'a> {
    layout: Layout,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
    /// Name and password of the demo viewer.
    demo: Option<(&'static str, &'static str)>,
}

impl<'a> LogIn<'a> {
    fn new(app: &App, name: &'a str, next: &'a str, error: Option<String>) -> Self {
        let settings = app.settings();
        Self {
            layout: Layout::of(app, &Visitor(None)),
            name,
            next: local(next),
            error,
            demo: settings.demo.then_some((DEMO_NAME, DEMO_PASSWORD)),
        }
    }
}

#[derive(Template)]
#[template(path = "register.html")]
struct Register<'a> {
    layout: Layout,
    name: &'a str,
    next: &'a str,
    error: Option<String>,
}

impl<'a> Register<'a> {
    fn new(app: &App, name: &'a str, next: &'a str, error: Option<String>) -> Self {
        Self {
            layout: Layout::of(app, &Visitor(None)),
            name,
            next: local(next),
            error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_this_site() {
        for good in ["/", "/movie/1", "/movie/1/watch?t=60", "/?q=a%20b"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "",
            "movie/1",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nset-cookie: x",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/ä",
        ] {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
    }
}
