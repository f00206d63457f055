//! One's own account: the password.

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use flaskflix_core::ErrorChain;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Problem, SignedIn, Visitor, doors::Address, identity::begin_session, layout::Layout, problem::page,
};
use crate::{
    accounts::{AccountError, User},
    app::App,
};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/account", get(account).post(change_password))
}

#[derive(Deserialize)]
struct Change {
    current: String,
    password: String,
}

async fn account(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, Problem> {
    page(&Account::new(&app, user, Notice::None))
}

/// Changes the password and ends every session of the user but this one, which gets a new id.
async fn change_password(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    session: Session,
    from: Address,
    Form(form): Form<Change>,
) -> Result<Response, Problem> {
    // Somebody at an unlocked screen guesses as well as somebody at the door.
    app.doors()
        .log_in(&user.name, from, app.clock().now_millis())
        .await?;
    let changed = match app.accounts().verify(&user.name, &form.current).await {
        Ok(_) => app.accounts().replace_password(user.id, &form.password).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(password) => {
            app.doors()
                .let_in(&user.name, from, app.clock().now_millis())
                .await;
            let user = User { password, ..user };
            begin_session(&app, &session, &user).await?;
            end_streams(&app, &user).await;
            page(&Account::new(&app, user, Notice::Done))
        }
        Err(error @ (AccountError::WrongCredentials | AccountError::InvalidPassword)) => {
            let text = match error {
                AccountError::WrongCredentials => "this is not your current password".to_owned(),
                error => error.to_string(),
            };
            let again = page(&Account::new(&app, user, Notice::Failed(text)))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever knew the old password may have stream tokens, too.
pub(crate) async fn end_streams(app: &App, user: &User) {
    let Ok(viewer) = user.viewer() else { return };
    if let Err(error) = app.viewers().revoke_all_of(viewer, &**app.clock()).await {
        // The password is changed all the same: the tokens expire by themselves.
        tracing::error!(error = %ErrorChain(&error), "stream tokens cannot be revoked");
    }
}

/// What came of the last change.
enum Notice {
    None,
    Done,
    Failed(String),
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    layout: Layout,
    name: String,
    notice: Notice,
}

impl Account {
    fn new(app: &App, user: User, notice: Notice) -> Self {
        Self {
            name: user.name.clone(),
            layout: Layout::of(app, &Visitor(Some(user))),
            notice,
        }
    }
}
