//! The shape of our URLs: parse and format side by side, so that playlists and router cannot drift.
//!
//! ```text
//! /stream/{movie_id}/video
//! /stream/{movie_id}/master.m3u8
//! /stream/{movie_id}/{stream}/index.m3u8 | init.mp4 | {n}.m4s
//! /stream/{movie_id}/t/{token}/...            the same five, with the token in the path
//! ```
//!
//! Every path segment is percent-decoded exactly once, here, and what comes out is what is authorised *and* served.
//! Anything that is not of this shape (empty segments, a trailing slash, an encoded slash, `.` and `..`, a bad
//! escape, a number with a leading zero) is no route at all: 404 on every method.

use std::{borrow::Cow, fmt};

use flaskflix_core::{id::TitleId, playlist::PlaylistUrls};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// One address below the mount point: a title, how it was authorised, and which of its resources.
///
/// `Debug` hides the token.
///
/// # Examples
/// ```
/// use flaskflix_core::id::TitleId;
/// use flaskflix_http::route::{Route, Target};
/// let route = Route::new(TitleId::parse("Amélie.mp4")?, Target::Master).with_token("dG9rZW4");
/// assert_eq!(route.path(), "/stream/Am%C3%A9lie.mp4/t/dG9rZW4/master.m3u8");
/// assert_eq!(Route::parse(&route.path()), Some(route));
/// assert_eq!(Route::parse("/stream/a/../b/video"), None);
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Route {
    title: TitleId,
    token: Option<String>,
    target: Target,
}

/// Which resource of a title is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// `video`: one file as byte ranges.
    Video,
    /// `master.m3u8`: the multivariant playlist.
    Master,
    /// `{stream}/index.m3u8`: the media playlist of one stream.
    Playlist {
        /// The stream.
        stream: StreamName,
    },
    /// `{stream}/init.mp4`: the initialisation section of one stream.
    Init {
        /// The stream.
        stream: StreamName,
    },
    /// `{stream}/{n}.m4s`: one media segment of one stream.
    Segment {
        /// The stream.
        stream: StreamName,
        /// The media sequence number, from 1.
        number: u32,
    },
}

/// Names one stream (a rendition's video or audio) of a packaged title in URLs, such as `v1` or `a2`.
///
/// One to 32 ASCII letters, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamName(String);

impl StreamName {
    /// Parses a stream name; `None` when it breaks the rule above.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Route {
    /// The address of one resource, without a token.
    #[must_use]
    pub fn new(title: TitleId, target: Target) -> Self {
        Self {
            title,
            token: None,
            target,
        }
    }

    /// The same address with the token as a path segment, which relative URLs in playlists inherit.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self
        }
    }

    /// Reads the path of a request, as it came over the wire and relative to the mount point.
    ///
    /// `None` when the path has not exactly the shape of one of our URLs.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix(PREFIX)?.split('/').map(decode);
        let title = TitleId::parse(&segments.next()??).ok()?;
        let mut first = segments.next()??;
        let mut token = None;
        if first == TOKEN_MARK {
            token = Some(segments.next()??.into_owned()).filter(|token| !token.is_empty());
            token.as_ref()?;
            first = segments.next()??;
        }
        let target = match segments.next() {
            None => Target::parse(&first)?,
            Some(second) => Target::parse_in_stream(StreamName::parse(&first)?, &second?)?,
        };
        segments.next().is_none().then_some(Self { title, token, target })
    }

    /// Writes the path, percent-encoded: the inverse of [`parse`](Self::parse).
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = format!("{PREFIX}{}", encode_segment(self.title.as_str()));
        if let Some(token) = &self.token {
            path.extend(["/", TOKEN_MARK, "/"]);
            path.extend(encode_segment(token));
        }
        path.push('/');
        path.push_str(&self.target.path());
        path
    }

    /// The title asked for.
    #[must_use]
    pub fn title(&self) -> &TitleId {
        &self.title
    }

    /// The token in the path, not verified.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The resource asked for.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token is a credential: only whether there is one.
        f.debug_struct("Route")
            .field("title", &self.title)
            .field("has_token", &self.token.is_some())
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Target {
    fn parse(name: &str) -> Option<Self> {
        match name {
            VIDEO => Some(Self::Video),
            MASTER => Some(Self::Master),
            _ => None,
        }
    }

    fn parse_in_stream(stream: StreamName, name: &str) -> Option<Self> {
        match name {
            INDEX => Some(Self::Playlist { stream }),
            INIT => Some(Self::Init { stream }),
            _ => {
                let number = canonical_number(name.strip_suffix(SEGMENT_SUFFIX)?)?;
                Some(Self::Segment { stream, number })
            }
        }
    }

    /// The part of the path behind the title and the token.
    fn path(&self) -> String {
        match self {
            Self::Video => VIDEO.to_owned(),
            Self::Master => MASTER.to_owned(),
            Self::Playlist { stream } => format!("{}/{INDEX}", stream.as_str()),
            Self::Init { stream } => format!("{}/{INIT}", stream.as_str()),
            Self::Segment { stream, number } => format!("{}/{number}{SEGMENT_SUFFIX}", stream.as_str()),
        }
    }

    /// Whether this is a playlist: text that is rendered, compressed and changes with the title.
    pub(crate) const fn is_playlist(&self) -> bool {
        matches!(self, Self::Master | Self::Playlist { .. })
    }
}

/// The relative URLs inside playlists. They never hold a token: children inherit the one in the path.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelativeUrls;

impl PlaylistUrls for RelativeUrls {
    fn media_playlist(&self, stream: &str) -> String {
        format!("{stream}/{INDEX}")
    }

    fn init(&self) -> String {
        INIT.to_owned()
    }

    fn segment(&self, number: u32) -> String {
        format!("{number}{SEGMENT_SUFFIX}")
    }
}

/// The path of a URL as it may be logged: a token in it is replaced by `*`.
///
/// Works on any path, also one that is no route of ours, so that a mistyped address cannot leak its token.
///
/// # Examples
/// ```
/// use flaskflix_http::route::redacted;
/// assert_eq!(redacted("/app/stream/film/t/c2VjcmV0/video"), "/app/stream/film/t/*/video");
/// assert_eq!(redacted("/stream/film/video"), "/stream/film/video");
/// ```
#[must_use]
pub fn redacted(path: &str) -> Cow<'_, str> {
    let mut after_mark = false;
    let mut hidden = false;
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| {
            let is_token = after_mark;
            after_mark = decode(segment).is_some_and(|text| text == TOKEN_MARK);
            hidden |= is_token;
            if is_token { "*" } else { segment }
        })
        .collect();
    if hidden {
        Cow::Owned(segments.join("/"))
    } else {
        Cow::Borrowed(path)
    }
}

/// Decodes one path segment, once. `None` on an escape that is cut short, not hex, or not UTF-8 when decoded.
fn decode(segment: &str) -> Option<Cow<'_, str>> {
    let escapes_are_whole = segment.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    });
    if !escapes_are_whole {
        return None;
    }
    percent_decode_str(segment).decode_utf8().ok()
}

/// Writes text as one path segment, percent-encoded as in every URL of ours: for links beside the media, such as a
/// player's page.
///
/// # Examples
/// ```
/// use flaskflix_http::route::encode_segment;
/// assert_eq!(format!("/play/{}", encode_segment("a film.mp4")), "/play/a%20film.mp4");
/// ```
pub fn encode_segment(text: &str) -> impl Iterator<Item = &str> + fmt::Display {
    utf8_percent_encode(text, SEGMENT)
}

/// A decimal number from 1 without sign or leading zero, so that one segment has one URL.
fn canonical_number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    digits.then(|| text.parse().ok()).flatten()
}

const PREFIX: &str = "/stream/";
const TOKEN_MARK: &str = "t";
const VIDEO: &str = "video";
const MASTER: &str = "master.m3u8";
const INDEX: &str = "index.m3u8";
const INIT: &str = "init.mp4";
const SEGMENT_SUFFIX: &str = ".m4s";

/// What is escaped in a segment: all but the unreserved characters of RFC 3986 section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(text: &str) -> Option<Target> {
        Route::parse(text).map(|route| route.target)
    }

    #[test]
    fn every_resource_has_one_path() {
        let stream = StreamName::parse("v1").unwrap();
        #[rustfmt::skip]
        let table = [
            ("/stream/m/video", Target::Video),
            ("/stream/m/master.m3u8", Target::Master),
            ("/stream/m/v1/index.m3u8", Target::Playlist { stream: stream.clone() }),
            ("/stream/m/v1/init.mp4", Target::Init { stream: stream.clone() }),
            ("/stream/m/v1/1.m4s", Target::Segment { stream: stream.clone(), number: 1 }),
            ("/stream/m/v1/4294967295.m4s", Target::Segment { stream, number: u32::MAX }),
        ];
        for (path, wanted) in table {
            let route = Route::parse(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!((route.title.as_str(), &route.target), ("m", &wanted), "{path}");
            assert_eq!(route.path(), path);
        }
    }

    #[test]
    fn other_shapes_are_no_route() {
        for path in [
            "",
            "/",
            "/stream",
            "/stream/",
            "/stream//video",
            "/stream/m",
            "/stream/m/",
            "/stream/m/video/",
            "/stream/m//video",
            "//stream/m/video",
            "/stream/m/video;x",
            "/stream/m/Video",
            "/stream/./video",
            "/stream/../video",
            "/stream/%2e%2e/video",
            "/stream/a%2fb/video",
            "/stream/a%2Fb/video",
            "/stream/a%5cb/video",
            "/stream/a%00/video",
            "/stream/a%0a/video",
            "/stream/%zz/video",
            "/stream/%2/video",
            "/stream/%/video",
            "/stream/%ff/video",
            "/stream/m/./video",
            "/stream/m/../m/video",
            "/stream/m/v1/0.m4s",
            "/stream/m/v1/01.m4s",
            "/stream/m/v1/+1.m4s",
            "/stream/m/v1/-1.m4s",
            "/stream/m/v1/.m4s",
            "/stream/m/v1/1.M4S",
            "/stream/m/v1/4294967296.m4s",
            "/stream/m/v1/1.m4s/",
            "/stream/m/v 1/1.m4s",
            "/stream/m/%2e%2e/1.m4s",
            "/stream/m/v1/x/1.m4s",
            "/stream/m/t/video",
            "/stream/m/t//video",
            "/stream/m/t/tok",
            "/stream/m/t/tok/t/tok/video",
            "/stream/m/v1/master.m3u8",
            "/stream/m/index.m3u8",
            "/other/m/video",
            "stream/m/video",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn harmless_escapes_reach_the_same_canonical_value() {
        let plain = Route::parse("/stream/film.mp4/t/tok/video").unwrap();
        for path in [
            "/stream/film%2Emp4/t/tok/video",
            "/stream/film%2emp4/%74/tok/video",
            "/stream/film.mp4/t/t%6Fk/vide%6f",
        ] {
            assert_eq!(Route::parse(path).as_ref(), Some(&plain), "{path}");
        }
        // Decoded once only: this names the title `%2e%2e`, not `..`.
        assert_eq!(
            Route::parse("/stream/%252e%252e/video").unwrap().title.as_str(),
            "%2e%2e"
        );
    }

    #[test]
    fn the_token_is_a_path_segment_and_hidden_in_debug() {
        let route = Route::parse("/stream/m/t/c2VjcmV0/v1/7.m4s").unwrap();
        assert_eq!(route.token(), Some("c2VjcmV0"));
        assert!(!format!("{route:?}").contains("c2VjcmV0"));
        assert_eq!(target("/stream/t/video"), Some(Target::Video));
    }

    #[test]
    fn redaction_hides_what_follows_the_mark() {
        assert_eq!(
            redacted("/stream/m/t/SECRET/typo.m3u8"),
            "/stream/m/t/*/typo.m3u8"
        );
        assert_eq!(redacted("/stream/m/%74/SECRET"), "/stream/m/%74/*");
        assert_eq!(redacted("/stream/t/t/SECRET/video"), "/stream/t/*/*/video");
    }

    #[test]
    fn relative_urls_resolve_to_routes() {
        let urls = RelativeUrls;
        let playlist = format!("/stream/m/{}", urls.media_playlist("a1"));
        assert!(matches!(target(&playlist), Some(Target::Playlist { stream }) if stream.as_str() == "a1"));
        let init = format!("/stream/m/a1/{}", urls.init());
        assert!(matches!(target(&init), Some(Target::Init { .. })));
        let segment = format!("/stream/m/a1/{}", urls.segment(12));
        assert!(matches!(
            target(&segment),
            Some(Target::Segment { number: 12, .. })
        ));
    }

    fn targets() -> impl Strategy<Value = Target> {
        let stream = "[A-Za-z0-9_-]{1,32}".prop_map(|text| StreamName::parse(&text).unwrap());
        (0..5_u8, stream, 1..=u32::MAX).prop_map(|(kind, stream, number)| match kind {
            0 => Target::Video,
            1 => Target::Master,
            2 => Target::Playlist { stream },
            3 => Target::Init { stream },
            _ => Target::Segment { stream, number },
        })
    }

    proptest! {
        #[test]
        fn parse_inverts_path(title in "\\PC{1,60}", token in prop::option::of("\\PC{1,40}"), target in targets()) {
            let Ok(title) = TitleId::parse(&title) else { return Ok(()) };
            let mut route = Route::new(title, target);
            // A stream named like the token mark cannot be addressed without a token; we never name one so.
            let marked = matches!(&route.target, Target::Playlist { stream } | Target::Init { stream }
                | Target::Segment { stream, .. } if stream.as_str() == TOKEN_MARK);
            prop_assume!(!marked);
            if let Some(token) = token {
                route = route.with_token(token);
            }
            prop_assert_eq!(Route::parse(&route.path()), Some(route));
        }

        #[test]
        fn a_parsed_route_has_one_canonical_path(path in "/stream/([a-z%25./]{0,12}/){0,3}(video|1\\.m4s|t)") {
            if let Some(route) = Route::parse(&path) {
                prop_assert_eq!(Route::parse(&route.path()), Some(route));
            }
        }
    }
}
