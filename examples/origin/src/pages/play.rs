//! `GET /play/{name}`: the player.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Response},
};
use flaskflix_core::{
    catalog::{Catalog as _, Title},
    id::TitleId,
};

use crate::pages::{
    Kind, Site,
    html::{Escaped, stream_path},
    kind, not_found, unavailable,
};

/// The page. It knows no token: the browser keeps that in the fragment of the address, which never leaves it.
pub(super) async fn page(State(site): State<Site>, Path(name): Path<String>) -> Response {
    let Ok(id) = TitleId::parse(&name) else {
        return not_found(NO_TITLE);
    };
    // Asking before a token is seen tells no more than the list of titles does.
    match site.catalog.title(&id).await {
        Ok(Some(title)) => Html(render(&title, &site)).into_response(),
        Ok(None) => not_found(NO_TITLE),
        Err(error) => {
            tracing::error!(%error, "a title cannot be looked up");
            unavailable()
        }
    }
}

const NO_TITLE: &str = "There is no such title in this folder.";

fn render(title: &Title, site: &Site) -> String {
    let (styles, scripts, missing) = if site.assets.installed() {
        (
            include_str!("play_styles.html"),
            include_str!("play_scripts.html"),
            String::new(),
        )
    } else {
        let folder = site.assets.folder().display().to_string();
        let missing = format!(include_str!("play_missing.html"), folder = Escaped(&folder));
        ("", "", missing)
    };
    format!(
        include_str!("play.html"),
        name = Escaped(&title.name),
        id = Escaped(title.id.as_str()),
        base = stream_path(&title.id),
        kind = match kind(title) {
            Kind::Film { .. } | Kind::Finished => "film",
            Kind::File { .. } => "file",
        },
        tokens = site.tokens,
        styles = styles,
        scripts = scripts,
        missing = missing,
    )
}
