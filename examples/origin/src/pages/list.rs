//! `GET /`: the titles.

use std::fmt::Write as _;

use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use flaskflix_core::catalog::Title;

use crate::pages::{
    Kind, Site,
    html::{Escaped, play_path},
    kind, unavailable,
};

/// The page.
pub(super) async fn page(State(site): State<Site>) -> Response {
    match site.catalog.titles().await {
        Ok(titles) => Html(render(&titles, site.tokens)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the folder cannot be listed");
            unavailable()
        }
    }
}

fn render(titles: &[Title], tokens: bool) -> String {
    let mut cards = String::new();
    for title in titles {
        // Writing to a String never fails.
        let _ = write!(
            cards,
            include_str!("card.html"),
            hue = hue(title),
            href = play_path(&title.id),
            name = Escaped(&title.name),
            file = Escaped(title.id.as_str()),
            about = Escaped(&about(title)),
        );
    }
    let count = match titles.len() {
        0 => "No titles yet".to_owned(),
        1 => "1 title".to_owned(),
        count => format!("{count} titles"),
    };
    let empty = if titles.is_empty() {
        include_str!("list_empty.html")
    } else {
        ""
    };
    let how = if tokens {
        include_str!("list_tokens.html")
    } else {
        ""
    };
    format!(
        include_str!("list.html"),
        count = count,
        cards = cards,
        empty = empty,
        how = how
    )
}

fn about(title: &Title) -> String {
    match kind(title) {
        Kind::Film { renditions: 1 } => "HLS and MP4".to_owned(),
        Kind::Film { renditions } => format!("HLS and MP4, {renditions} qualities"),
        Kind::Finished => "HLS".to_owned(),
        Kind::File { extension } if extension.is_empty() => "File".to_owned(),
        Kind::File { extension } => format!("{} file", extension.to_uppercase()),
    }
}

/// Picks one of the six colours of the style sheet, always the same for one name.
fn hue(title: &Title) -> u8 {
    title
        .id
        .as_str()
        .bytes()
        .fold(0_u8, |hue, byte| hue.wrapping_mul(31).wrapping_add(byte))
        % 6
}

#[cfg(test)]
mod tests {
    use flaskflix_core::{
        catalog::Delivery,
        id::{AssetKey, TitleId},
    };

    use super::*;

    fn film(name: &str) -> Title {
        Title::new(
            TitleId::parse(name).unwrap(),
            name,
            Delivery::packaged([AssetKey::parse(name).unwrap()]),
        )
    }

    #[test]
    fn titles_are_escaped() {
        let page = render(&[film("<script>alert('x')<.mp4")], false);
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(
            page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;.mp4"),
            "{page}"
        );
        assert!(
            page.contains("href=\"/play/%3Cscript%3Ealert%28%27x%27%29%3C.mp4\""),
            "{page}"
        );
    }

    #[test]
    fn minting_is_explained_when_tokens_are_needed() {
        assert!(render(&[], true).contains("flaskflix-origin token"));
        assert!(!render(&[], false).contains("flaskflix-origin token"));
    }
}
