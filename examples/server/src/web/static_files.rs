//! Styles, scripts and icons: part of the program.

use std::fmt::Write as _;

use axum::{
    Router,
    extract::{Path, Query},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use super::Problem;
use crate::app::App;

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/static/{*file}", get(file))
}

/// The address of a file of `assets/`: its version is part of it, so a browser may keep what it got for ever.
pub(crate) fn url(name: &str) -> String {
    match Assets::get(name) {
        Some(file) => format!("/static/{name}?v={}", version(&file)),
        // A slip in a template: the page works without the file, and the test of all templates does not.
        None => format!("/static/{name}"),
    }
}

#[derive(Debug, RustEmbed)]
#[folder = "assets"]
struct Assets;

#[derive(Debug, Deserialize)]
struct Asked {
    v: Option<String>,
}

async fn file(
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = Assets::get(&name).ok_or_else(Problem::not_found)?;
    let kind = media_type(&name).ok_or_else(Problem::not_found)?;
    let version = version(&file);
    let tag = format!("\"{version}\"");
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|tags| {
        let mut tags = tags.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.any(|known| known == tag || known.strip_prefix("W/") == Some(&tag))
    });
    let keep = if asked.v.as_deref() == Some(&version) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, kind)], file.data).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

/// Twelve hexadecimal digits of the file's SHA-256.
fn version(file: &EmbeddedFile) -> String {
    let mut version = String::new();
    for byte in file.metadata.sha256_hash().iter().take(6) {
        // Writing to a string does not fail.
        let _ = write!(version, "{byte:02x}");
    }
    version
}

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_the_version_of_their_file() {
        let url = url("app.css");
        let version = url.strip_prefix("/static/app.css?v=").unwrap();
        assert_eq!(version.len(), 12);
        assert_eq!(super::url("missing.css"), "/static/missing.css");
    }

    #[test]
    fn every_file_has_a_media_type() {
        for name in Assets::iter() {
            assert!(media_type(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn nothing_refers_to_another_host() {
        for name in Assets::iter() {
            let file = Assets::get(&name).unwrap();
            let text = String::from_utf8_lossy(&file.data).replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("//cdn") && !text.contains("url(http") && !text.contains("@import"),
                "{name}"
            );
        }
    }
}
