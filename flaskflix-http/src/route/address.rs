//! The address of one resource of a title.

use std::{borrow::Cow, fmt};

use flaskflix_core::{id::TitleId, playlist::ChildPath};

use super::{
    escape::{decode, encode_segment},
    target::{FILES, StreamName, Target, VARIANTS},
};

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
        let target = match (&*first, segments.next()) {
            (name, None) => Target::parse(name)?,
            (FILES, Some(second)) => {
                let path = child(Some(second).into_iter().chain(segments.by_ref()))?;
                Target::File { path }
            }
            (VARIANTS, Some(label)) => Target::Variant {
                height: Target::parse_height(&label?)?,
                path: child(segments.by_ref())?,
            },
            (stream, Some(second)) => Target::parse_in_stream(StreamName::parse(stream)?, &second?)?,
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

/// The file that the rest of a path names.
fn child<'a>(segments: impl Iterator<Item = Option<Cow<'a, str>>>) -> Option<ChildPath> {
    let components: Vec<Cow<'_, str>> = segments.collect::<Option<_>>()?;
    ChildPath::from_components(components.iter().map(|component| &**component)).ok()
}

/// What the path of every title begins with.
pub(super) const PREFIX: &str = "/stream/";
/// The segment that a token follows.
pub(super) const TOKEN_MARK: &str = "t";
