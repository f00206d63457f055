//! What kind of resource an address names, as metrics and logs call it.

use super::{
    address::{PREFIX, TOKEN_MARK},
    target::{
        CHAPTERS_JSON, CHAPTERS_VTT, DASH, FILES, INDEX, INIT, KEY, KEY_FRAMES, MASTER, SEGMENT_SUFFIX,
        TEXT_SUFFIX, VARIANTS, VIDEO,
    },
};

/// The kind of resource that a request is for: the `route` label of every metric. Never an id, a viewer or a token, so
/// that the number of time series is bounded.
///
/// The last five are not ours: an application that counts its own pages with [`Exchange`](crate::metrics::Exchange)
/// uses them.
///
/// # Examples
/// ```
/// use flaskflix_http::route::RouteLabel;
/// assert_eq!(RouteLabel::of_path("/stream/7/t/c2VjcmV0/v1/3.m4s"), RouteLabel::Segment);
/// assert_eq!(RouteLabel::Segment.as_str(), "segment");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RouteLabel {
    /// `video`: one file as byte ranges.
    Video,
    /// `master.m3u8` or `manifest.mpd`.
    Master,
    /// `{stream}/index.m3u8` or `{stream}/iframes.m3u8`.
    Playlist,
    /// `{stream}/init.mp4`.
    Init,
    /// `{stream}/{n}.m4s` or `{stream}/k{n}.m4s`.
    Segment,
    /// Subtitles and chapters: `{stream}/{n}.vtt`, `{stream}/subtitles.vtt`, `chapters.json`, `chapters.vtt`.
    Text,
    /// `key`: the key of an encrypted title.
    Key,
    /// A file of a finished HLS folder.
    File,
    /// `token`: a viewer asks for a stream token.
    Token,
    /// `progress`: one viewer's position.
    Progress,
    /// `/continue-watching`.
    ContinueWatching,
    /// `/screens` and `/screens/{id}`.
    Screens,
    /// A page of the application.
    Page,
    /// A style, script, image or poster of the application.
    Asset,
    /// A health check.
    Health,
    /// The metrics themselves.
    Metrics,
    /// Anything else.
    Other,
}

impl RouteLabel {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 17] = [
        Self::Video,
        Self::Master,
        Self::Playlist,
        Self::Init,
        Self::Segment,
        Self::Text,
        Self::Key,
        Self::File,
        Self::Token,
        Self::Progress,
        Self::ContinueWatching,
        Self::Screens,
        Self::Page,
        Self::Asset,
        Self::Health,
        Self::Metrics,
        Self::Other,
    ];

    /// The label's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Master => "master",
            Self::Playlist => "playlist",
            Self::Init => "init",
            Self::Segment => "segment",
            Self::Text => "text",
            Self::Key => "key",
            Self::File => "file",
            Self::Token => "token",
            Self::Progress => "progress",
            Self::ContinueWatching => "continue_watching",
            Self::Screens => "screens",
            Self::Page => "page",
            Self::Asset => "asset",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Other => "other",
        }
    }

    /// Of the path of a request, relative to the mount point; [`Other`](Self::Other) when it is none of our URLs.
    ///
    /// Looks at the shape only, without decoding or allocating: an address that [`Route::parse`](super::Route::parse)
    /// refuses may have a label, and its 404 is then counted there.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        if path == "/continue-watching" {
            return Self::ContinueWatching;
        }
        if path == "/screens" || path.starts_with("/screens/") {
            return Self::Screens;
        }
        let Some(below) = path.strip_prefix(PREFIX) else {
            return Self::Other;
        };
        let mut segments = below.split('/').skip(1);
        let mut first = segments.next();
        if first == Some(TOKEN_MARK) {
            first = segments.nth(1);
        }
        // The names of the viewer's endpoints are written out: they have labels without the feature `viewer` too.
        match (first, segments.next()) {
            (Some(VIDEO), None) => Self::Video,
            (Some(MASTER | DASH), None) => Self::Master,
            (Some(CHAPTERS_JSON | CHAPTERS_VTT), None) => Self::Text,
            (Some(KEY), None) => Self::Key,
            (Some("token"), None) => Self::Token,
            (Some("progress"), None) => Self::Progress,
            (Some(FILES | VARIANTS), Some(_)) => Self::File,
            (Some(_), Some(INDEX | KEY_FRAMES)) => Self::Playlist,
            (Some(_), Some(INIT)) => Self::Init,
            (Some(_), Some(name)) if name.ends_with(SEGMENT_SUFFIX) => Self::Segment,
            (Some(_), Some(name)) if name.ends_with(TEXT_SUFFIX) => Self::Text,
            _ => Self::Other,
        }
    }

    /// Whether responses are media, which take as long as a viewer watches.
    #[must_use]
    pub const fn is_media(self) -> bool {
        matches!(self, Self::Video | Self::Init | Self::Segment | Self::File)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_has_its_label_with_and_without_a_token() {
        for (name, label) in [
            ("video", "video"),
            ("master.m3u8", "master"),
            ("v1/index.m3u8", "playlist"),
            ("v1/init.mp4", "init"),
            ("v1/12.m4s", "segment"),
            ("v1/k12.m4s", "segment"),
            ("v1/iframes.m3u8", "playlist"),
            ("manifest.mpd", "master"),
            ("t1/12.vtt", "text"),
            ("t1/subtitles.vtt", "text"),
            ("chapters.json", "text"),
            ("chapters.vtt", "text"),
            ("key", "key"),
            ("files/720p/seg_001.ts", "file"),
            ("files/index.m3u8", "file"),
            ("variants/720p/index.m3u8", "file"),
            ("token", "token"),
            ("progress", "progress"),
            ("else", "other"),
            ("", "other"),
        ] {
            for path in [format!("/stream/m/{name}"), format!("/stream/m/t/SECRET/{name}")] {
                assert_eq!(RouteLabel::of_path(&path).as_str(), label, "{path}");
            }
        }
        assert_eq!(
            RouteLabel::of_path("/continue-watching"),
            RouteLabel::ContinueWatching
        );
        for path in [
            "",
            "/",
            "/stream",
            "/stream/",
            "/stream/m",
            "/stream/m/t",
            "/login",
        ] {
            assert_eq!(RouteLabel::of_path(path), RouteLabel::Other, "{path}");
        }
    }

    #[cfg(feature = "viewer")]
    #[test]
    fn the_viewers_endpoints_have_their_labels() {
        use flaskflix_core::id::TitleId;

        use crate::route::ApiRoute;

        let film = || TitleId::parse("film").unwrap();
        for (route, label) in [
            (ApiRoute::Token { title: film() }, RouteLabel::Token),
            (ApiRoute::Progress { title: film() }, RouteLabel::Progress),
            (ApiRoute::ContinueWatching, RouteLabel::ContinueWatching),
            (ApiRoute::Screens, RouteLabel::Screens),
        ] {
            assert_eq!(RouteLabel::of_path(&route.path()), label, "{route:?}");
        }
    }

    #[test]
    fn all_lists_every_label_at_its_place() {
        for (place, label) in RouteLabel::ALL.into_iter().enumerate() {
            assert_eq!(label as usize, place, "{label:?}");
        }
    }
}
