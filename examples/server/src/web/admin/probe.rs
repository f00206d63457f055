//! A look into a film while it is being chosen.

use askama::Template;
use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use flaskflix_core::catalog::MovieColumns;
use http::{
    HeaderMap,
    header::{ACCEPT, VARY},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    inspection::{self, Inspection, State as PlayState},
    web::{Admin, Problem, problem::page},
};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/probe", get(probe))
}

/// The columns of a movie that is not stored yet. `path` is another name for `video_url`.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default, alias = "path")]
    video_url: String,
    #[serde(default)]
    hls_url: String,
    #[serde(default)]
    quality_variants: String,
    #[serde(default)]
    progressive: Option<String>,
}

/// JSON for programs, and for the form's script the list as the form itself shows it.
async fn probe(
    State(app): State<App>,
    Admin(_): Admin,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let columns = MovieColumns {
        video_url: Some(asked.video_url.trim()),
        hls_url: Some(asked.hls_url.trim()),
        quality_variants: Some(asked.quality_variants.trim()),
        progressive: asked.progressive.is_some(),
    };
    let texts = [columns.video_url, columns.hls_url, columns.quality_variants];
    let is_empty = texts.into_iter().flatten().all(str::is_empty);
    let wants_html = headers
        .get(ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    let found = inspection::inspect(&app, columns).await;
    let mut response = if wants_html {
        page(&ProbeFragment {
            report: (!is_empty).then_some(found),
        })?
    } else {
        Json(to_json(&found)).into_response()
    };
    response
        .headers_mut()
        .insert(VARY, http::HeaderValue::from_static("accept"));
    Ok(response)
}

fn to_json(found: &Inspection) -> Value {
    let (state, reason) = match &found.state {
        PlayState::Plays => ("plays", None),
        PlayState::Unchecked => ("unchecked", None),
        PlayState::Refused(reason) => ("refused", Some(reason)),
    };
    let tracks: Vec<Value> = found
        .tracks
        .iter()
        .map(|track| json!({ "what": track.what, "details": track.details, "planned": track.planned, "used": track.used }))
        .collect();
    json!({
        "state": state,
        "reason": reason,
        "delivery": found.delivery,
        "summary": found.summary,
        "duration_seconds": found.duration.map(|duration| duration.as_secs_f64()),
        "qualities": found.qualities,
        "languages": found.languages,
        "tracks": tracks,
        "warnings": found.warnings,
    })
}

#[derive(Template)]
#[template(path = "admin/probe.html")]
struct ProbeFragment {
    report: Option<Inspection>,
}
