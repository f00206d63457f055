//! Adding and editing a movie.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use flaskflix_storage::sql::{Movie, MovieData};
use serde::Deserialize;

use super::{
    form::{Errors, MovieForm},
    upload,
};
use crate::{
    accounts::User,
    app::App,
    inspection::{self, Inspection},
    web::{
        Admin, Problem, Visitor,
        layout::Layout,
        movie::find,
        posters::{self, StoreError},
        problem::page,
        wording,
    },
};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/movies/new", get(empty).post(add))
        .route("/admin/movies/{id}", get(stored).post(change))
        // Read only after the handler knows that an administrator sends it; the setting limits the image while it is read.
        .layer(DefaultBodyLimit::max(upload::request_bytes(MOST_UPLOAD)))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    done: String,
}

async fn empty(State(app): State<App>, Admin(user): Admin) -> Result<Response, Problem> {
    page(&FormPage::new(&app, user, None, MovieForm::empty()))
}

async fn stored(
    State(app): State<App>,
    Admin(user): Admin,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let movie = find(&app, &id).await?;
    let report = inspection::of_movie(&app, &movie).await;
    let mut form = FormPage::new(&app, user, Some(&movie), MovieForm::of(&movie));
    form.report = Some(report);
    form.done = match asked.done.as_str() {
        "added" => Some("The movie is in the catalogue."),
        "saved" => Some("Saved."),
        _ => None,
    };
    page(&form)
}

async fn add(State(app): State<App>, Admin(user): Admin, parts: Multipart) -> Result<Response, Problem> {
    save(app, user, None, parts).await
}

async fn change(
    State(app): State<App>,
    Admin(user): Admin,
    Path(id): Path<String>,
    parts: Multipart,
) -> Result<Response, Problem> {
    let movie = find(&app, &id).await?;
    save(app, user, Some(movie), parts).await
}

/// Stores what was sent, or shows it again with what is wrong.
async fn save(app: App, user: User, movie: Option<Movie>, parts: Multipart) -> Result<Response, Problem> {
    let received = upload::read(parts, app.settings().max_upload).await?;
    let form = received.form;
    let report = inspection::inspect(&app, form.columns()).await;
    match judge(&app, movie.as_ref(), &form, received.image, &report).await? {
        Ok(data) => {
            let admin = user.id;
            let now = app.clock().now_millis();
            let (id, done) = match &movie {
                Some(movie) => {
                    if !app.movies().update(movie.id, &data, now).await? {
                        return Err(Problem::not_found());
                    }
                    if data.poster != movie.poster {
                        posters::forget(&app, movie.poster.as_deref()).await?;
                    }
                    (movie.id, "saved")
                }
                None => (app.movies().insert(&data, now).await?, "added"),
            };
            tracing::info!(movie = id, admin, done, "movie stored");
            Ok(Redirect::to(&format!("/admin/movies/{id}?done={done}")).into_response())
        }
        Err(errors) => {
            let mut again = FormPage::new(&app, user, movie.as_ref(), form);
            again.report = again.form.has_source().then_some(report);
            again.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response())
        }
    }
}

/// What is to be stored, or what is wrong with it.
async fn judge(
    app: &App,
    movie: Option<&Movie>,
    form: &MovieForm,
    image: Option<String>,
    report: &Inspection,
) -> Result<Result<MovieData, Errors>, Problem> {
    let (mut data, mut errors) = match form.to_data() {
        Ok(data) => (data, Errors::default()),
        Err(errors) => (MovieData::default(), *errors),
    };
    errors.poster = image;
    // A movie whose file has gone can still be renamed; new streams have to play.
    let is_new = movie.is_none_or(|movie| !form.same_streams(movie));
    if let inspection::State::Refused(reason) = &report.state
        && is_new
        && !errors.any()
    {
        errors.unplayable(&form.columns(), reason.clone());
    }
    if errors.any() {
        return Ok(Err(errors));
    }
    let known = movie.and_then(|movie| movie.duration_seconds).filter(|_| !is_new);
    data.duration_seconds = report.duration.map(whole_seconds).or(known);
    match poster(app, movie, form, report).await {
        Ok(poster) => {
            data.poster = poster;
            Ok(Ok(data))
        }
        Err(StoreError::Image(error)) => {
            errors.poster = Some(error.to_string());
            Ok(Err(errors))
        }
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Rounded, and at least one: nothing is shown of a film of no length.
fn whole_seconds(duration: Duration) -> i64 {
    let rounded = duration.as_millis().saturating_add(500) / 1000;
    i64::try_from(rounded.max(1)).unwrap_or(i64::MAX)
}

/// The poster's address: of the image that was sent, else of the one that was there, else of the file's cover. `None`: a drawn one.
async fn poster(
    app: &App,
    movie: Option<&Movie>,
    form: &MovieForm,
    report: &Inspection,
) -> Result<Option<String>, StoreError> {
    let folder = app.posters_folder();
    if let Some(image) = &form.poster {
        return Ok(Some(posters::store(folder, image.clone()).await?.url()));
    }
    let old = movie.and_then(|movie| movie.poster.clone());
    if old.is_some() {
        return Ok(old.filter(|_| !form.remove_poster));
    }
    match &report.file {
        Some(file) if form.use_cover => match posters::cover(app, file).await {
            Some(cover) => Ok(Some(posters::store(folder, cover).await?.url())),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

#[derive(Template)]
#[template(path = "admin/movie_form.html")]
struct FormPage {
    layout: Layout,
    heading: String,
    action: String,
    id: Option<i64>,
    done: Option<&'static str>,
    form: MovieForm,
    errors: Errors,
    report: Option<Inspection>,
    poster: Option<String>,
    has_own_poster: bool,
    upload_limit: String,
}

impl FormPage {
    fn new(app: &App, user: User, movie: Option<&Movie>, form: MovieForm) -> Self {
        Self {
            layout: Layout::of(app, &Visitor(Some(user))),
            heading: movie.map_or_else(
                || "Add a movie".to_owned(),
                |movie| format!("Edit “{}”", movie.title),
            ),
            action: movie.map_or_else(
                || "/admin/movies/new".to_owned(),
                |movie| format!("/admin/movies/{}", movie.id),
            ),
            id: movie.map(|movie| movie.id),
            done: None,
            form,
            errors: Errors::default(),
            report: None,
            poster: movie.map(posters::url),
            has_own_poster: movie.is_some_and(|movie| movie.poster.is_some()),
            upload_limit: wording::size(app.settings().max_upload),
        }
    }
}

/// The largest `max_upload` that has an effect, in bytes.
const MOST_UPLOAD: u64 = 64 << 20;
