//! The list of users, and changing them.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;

use crate::{
    accounts::{AccountError, User, random_password},
    app::App,
    web::{Admin, Problem, Visitor, account::end_streams, layout::Layout, problem::page},
};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/users", get(list))
        .route("/admin/users/{id}/{action}", post(change))
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Admin,
    Viewer,
    Password,
    Remove,
}

async fn list(State(app): State<App>, Admin(me): Admin) -> Result<Response, Problem> {
    page(&Users::new(&app, me, Outcome::default()).await?)
}

/// Changes somebody else. The answer is the list itself, so that a new password is shown once and is in no address.
async fn change(
    State(app): State<App>,
    Admin(me): Admin,
    Path((id, action)): Path<(i64, Action)>,
) -> Result<Response, Problem> {
    let user = app.accounts().user(id).await?.ok_or_else(Problem::not_found)?;
    if user.id == me.id {
        let refused = Outcome::refused("Your own account is changed by another administrator.");
        return Ok((StatusCode::CONFLICT, page(&Users::new(&app, me, refused).await?)?).into_response());
    }
    match act(&app, &user, action).await {
        Ok(outcome) => {
            tracing::info!(user = user.id, admin = me.id, ?action, "user changed");
            page(&Users::new(&app, me, outcome).await?)
        }
        Err(AccountError::LastAdmin) => {
            let refused = Outcome::refused("There has to be one administrator: this is the last.");
            Ok((StatusCode::CONFLICT, page(&Users::new(&app, me, refused).await?)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn act(app: &App, user: &User, action: Action) -> Result<Outcome, AccountError> {
    let (accounts, name) = (app.accounts(), &user.name);
    match action {
        Action::Admin => {
            accounts.set_admin(user.id, true).await?;
            Ok(Outcome::done(format!("{name} is an administrator now.")))
        }
        Action::Viewer => {
            accounts.set_admin(user.id, false).await?;
            Ok(Outcome::done(format!("{name} is a viewer now.")))
        }
        Action::Password => {
            let password = random_password();
            accounts.set_password(user.id, &password).await?;
            end_streams(app, user).await;
            Ok(Outcome {
                secret: Some(Secret {
                    name: name.clone(),
                    password: password.to_string(),
                }),
                ..Outcome::default()
            })
        }
        Action::Remove => {
            accounts.remove(user.id).await?;
            end_streams(app, user).await;
            Ok(Outcome::done(format!("{name} was removed.")))
        }
    }
}

/// What came of a change.
#[derive(Default)]
struct Outcome {
    done: Option<String>,
    refused: Option<&'static str>,
    secret: Option<Secret>,
}

impl Outcome {
    fn done(text: String) -> Self {
        Self {
            done: Some(text),
            ..Self::default()
        }
    }

    fn refused(text: &'static str) -> Self {
        Self {
            refused: Some(text),
            ..Self::default()
        }
    }
}

/// A password that is shown once. No `Debug`: it stands in the page and nowhere else.
struct Secret {
    name: String,
    password: String,
}

/// One user of the list.
struct Row {
    id: i64,
    name: String,
    is_admin: bool,
    is_me: bool,
    since: String,
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Users {
    layout: Layout,
    rows: Vec<Row>,
    done: Option<String>,
    refused: Option<&'static str>,
    secret: Option<Secret>,
}

impl Users {
    async fn new(app: &App, me: User, outcome: Outcome) -> Result<Self, Problem> {
        let users = app.accounts().list().await?;
        let rows = users.into_iter().map(|user| Row {
            is_me: user.id == me.id,
            // The date of an RFC 3339 time.
            since: user.created_at.to_string().chars().take(10).collect(),
            id: user.id,
            name: user.name,
            is_admin: user.is_admin,
        });
        Ok(Self {
            rows: rows.collect(),
            layout: Layout::of(app, &Visitor(Some(me))),
            done: outcome.done,
            refused: outcome.refused,
            secret: outcome.secret,
        })
    }
}
