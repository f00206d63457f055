//! The files below the media folder, for the form's chooser.

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use flaskflix_core::{id::AssetKey, source::SourceError};
use flaskflix_storage::fs::FolderEntry;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    web::{Admin, Problem},
};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/browse", get(browse))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    dir: String,
}

async fn browse(
    State(app): State<App>,
    Admin(_): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let folder = match asked.dir.as_str() {
        "" => None,
        dir => Some(AssetKey::parse(dir).map_err(|_| Problem::not_found())?),
    };
    let listing = app
        .files()
        .list(folder.as_ref(), MOST_ENTRIES)
        .await
        .map_err(|error| match error {
            SourceError::NotFound => Problem::not_found(),
            SourceError::Busy => Problem::unavailable(),
            error => Problem::internal(&error),
        })?;
    let parent = folder
        .as_ref()
        .map(|folder| folder.as_str().rsplit_once('/').map_or("", |(parent, _)| parent));
    let entries: Vec<Value> = listing.entries.iter().map(entry).collect();
    Ok(Json(json!({
        "dir": asked.dir,
        "parent": parent,
        "entries": entries,
        "truncated": listing.truncated,
    }))
    .into_response())
}

fn entry(entry: &FolderEntry) -> Value {
    let extension = entry.key.extension().map(str::to_ascii_lowercase);
    let kind = match extension.as_deref() {
        _ if entry.is_folder => "folder",
        Some("mp4" | "m4v" | "mov" | "m4a" | "webm" | "mkv") => "film",
        Some("m3u8") => "playlist",
        _ => "other",
    };
    json!({ "name": entry.name, "path": entry.key.as_str(), "kind": kind })
}

/// More cannot be chosen from by hand.
const MOST_ENTRIES: usize = 2000;
