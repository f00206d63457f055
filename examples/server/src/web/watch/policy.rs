//! What the watch page may load.

use axum::http::HeaderValue;
use flaskflix_core::catalog::{Delivery, Location};
use flaskflix_storage::sql::Movie;

use crate::web::Problem;

/// The policy of a movie's watch page. Nothing inline; nothing from elsewhere but the hosts that the movie itself is on.
///
/// `blob:` is the player's media buffer and its worker, `data:` the icons in the player's own style sheet.
pub(super) fn for_movie(movie: &Movie) -> Result<HeaderValue, Problem> {
    let elsewhere = movie
        .delivery()
        .map(|delivery| origins(&delivery))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; \
         media-src 'self' blob:{elsewhere}; connect-src 'self'{elsewhere}; worker-src blob:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).map_err(|error| Problem::internal(&error))
}

/// The other hosts of a movie, as a policy lists them: each with a blank before it.
fn origins(delivery: &Delivery) -> String {
    let mut origins: Vec<&str> = match delivery {
        Delivery::External { url, .. } => vec![url.origin()],
        Delivery::Variants { variants } => variants
            .iter()
            .filter_map(|variant| match &variant.location {
                Location::External(url) => Some(url.origin()),
                Location::Asset(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    origins.sort_unstable();
    origins.dedup();
    origins.iter().map(|origin| format!(" {origin}")).collect()
}

#[cfg(test)]
mod tests {
    use flaskflix_core::{
        catalog::{ExternalUrl, QualityVariant, StreamKind},
        id::AssetKey,
    };

    use super::*;

    #[test]
    fn only_the_hosts_of_the_movie_are_let_in() {
        let file = Delivery::File {
            asset: AssetKey::parse("a.mp4").unwrap(),
        };
        assert_eq!(origins(&file), "");
        let external = Delivery::External {
            url: ExternalUrl::parse("https://cdn.example:8443/a/master.m3u8?sig=1").unwrap(),
            kind: StreamKind::Hls,
        };
        assert_eq!(origins(&external), " https://cdn.example:8443");
        let text =
            "360p:https://b.example/s.m3u8,720p:https://a.example/m.m3u8,1080p:https://b.example/l.m3u8";
        let variants = QualityVariant::parse_list(text).unwrap();
        assert_eq!(
            origins(&Delivery::Variants { variants }),
            " https://a.example https://b.example"
        );
    }
}
