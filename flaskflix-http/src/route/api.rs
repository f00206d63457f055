//! The addresses of the JSON endpoints of [`ViewerApi`](crate::viewer::ViewerApi).

use flaskflix_core::{access::ScreenId, id::TitleId};

use super::{
    address::PREFIX,
    escape::{decode, encode_segment},
};

/// One JSON endpoint below the mount point. No address is both this and a [`Route`](super::Route).
///
/// # Examples
/// ```
/// use flaskflix_core::id::TitleId;
/// use flaskflix_http::route::ApiRoute;
/// let route = ApiRoute::Progress { title: TitleId::parse("42")? };
/// assert_eq!(route.path(), "/stream/42/progress");
/// assert_eq!(ApiRoute::parse(&route.path()), Some(route));
/// assert_eq!(ApiRoute::parse("/stream/42/video"), None);
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiRoute {
    /// `/stream/{movie_id}/token`: mints a stream token.
    Token {
        /// The title that it is for.
        title: TitleId,
    },
    /// `/stream/{movie_id}/progress`: one viewer's position in one title.
    Progress {
        /// The title.
        title: TitleId,
    },
    /// `/continue-watching`: what a viewer can go on with.
    ContinueWatching,
    /// `/screens`: where a viewer watches now.
    Screens,
    /// `/screens/{id}`: one of them.
    Screen {
        /// Its name.
        id: ScreenId,
    },
}

impl ApiRoute {
    /// Reads the path of a request, as it came over the wire and relative to the mount point.
    ///
    /// `None` when the path has not exactly the shape of one of the endpoints.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let Some(segments) = path.strip_prefix(PREFIX) else {
            return Self::parse_of_viewer(path.strip_prefix('/')?);
        };
        let (title, name) = segments.split_once('/')?;
        if name.contains('/') {
            return None;
        }
        // The name first: most requests are for media, and their titles are decoded by `Route`.
        let of_title: fn(TitleId) -> Self = match &*decode(name)? {
            TOKEN => |title| Self::Token { title },
            PROGRESS => |title| Self::Progress { title },
            _ => return None,
        };
        TitleId::parse(&decode(title)?).ok().map(of_title)
    }

    fn parse_of_viewer(path: &str) -> Option<Self> {
        let (name, id) = path
            .split_once('/')
            .map_or((path, None), |(name, id)| (name, Some(id)));
        match (&*decode(name)?, id) {
            (CONTINUE_WATCHING, None) => Some(Self::ContinueWatching),
            (SCREENS, None) => Some(Self::Screens),
            (SCREENS, Some(id)) => Some(Self::Screen {
                id: ScreenId::parse(&decode(id)?).ok()?,
            }),
            _ => None,
        }
    }

    /// Writes the path, percent-encoded: the inverse of [`parse`](Self::parse).
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Token { title } => format!("{PREFIX}{}/{TOKEN}", encode_segment(title.as_str())),
            Self::Progress { title } => format!("{PREFIX}{}/{PROGRESS}", encode_segment(title.as_str())),
            Self::ContinueWatching => format!("/{CONTINUE_WATCHING}"),
            Self::Screens => format!("/{SCREENS}"),
            Self::Screen { id } => format!("/{SCREENS}/{id}"),
        }
    }
}

const TOKEN: &str = "token";
const PROGRESS: &str = "progress";
const CONTINUE_WATCHING: &str = "continue-watching";
const SCREENS: &str = "screens";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Route, *};

    #[test]
    fn other_shapes_are_no_endpoint() {
        for path in [
            "",
            "/",
            "continue-watching",
            "/continue-watching/",
            "//continue-watching",
            "/Continue-Watching",
            "/continue%2dwatching/x",
            "/stream/m",
            "/stream/m/",
            "/stream//token",
            "/stream/m/token/",
            "/stream/m//token",
            "/stream/m/Token",
            "/stream/m/t/abc/token",
            "/stream/../token",
            "/stream/%2e%2e/token",
            "/stream/a%2fb/token",
            "/stream/a%00/progress",
            "/stream/%zz/progress",
            "/stream/m/progress;x",
            "/screens/",
            "/screens/00112233AABBCCDD",
            "/screens/00112233aabbccd",
            "/screens/00112233aabbccdd/",
        ] {
            assert_eq!(ApiRoute::parse(path), None, "{path}");
        }
        // Spelt harmlessly, it is the same.
        assert_eq!(
            ApiRoute::parse("/continue%2Dwatching"),
            Some(ApiRoute::ContinueWatching)
        );
        assert_eq!(
            ApiRoute::parse("/stream/%6d/%74oken"),
            ApiRoute::parse("/stream/m/token")
        );
    }

    proptest! {
        #[test]
        fn parse_inverts_the_path_of_an_endpoint(title in "\\PC{1,60}", kind in 0..5_u8, id in any::<[u8; 8]>()) {
            let Ok(title) = TitleId::parse(&title) else { return Ok(()) };
            let route = match kind {
                0 => ApiRoute::Token { title },
                1 => ApiRoute::Progress { title },
                2 => ApiRoute::ContinueWatching,
                3 => ApiRoute::Screens,
                _ => ApiRoute::Screen { id: ScreenId::from_bytes(id) },
            };
            let path = route.path();
            prop_assert_eq!(Route::parse(&path), None);
            prop_assert_eq!(ApiRoute::parse(&path), Some(route));
        }
    }
}
