//! Leaving the bytes of plain files to the web server in front: `X-Accel-Redirect` (nginx), `X-Sendfile` (Apache, lighttpd).
//!
//! We decide who may watch; the server in front opens the file and answers ranges and preconditions, by validators of its own.
//! How that fits together is written in `docs/DELIVERY.md`.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use flaskflix_core::id::{AssetKey, InvalidId};
use http::{HeaderName, HeaderValue};

use crate::{StreamerBuilder, route::encode_segment};

/// How the server in front is told which file to send.
///
/// The value of the header is made of this setting and the [`AssetKey`] alone; nothing of the request is in it. Both are
/// percent-encoded, slashes excepted, and all three servers decode that once.
///
/// # Examples
/// ```
/// use flaskflix_http::Offload;
/// let offload: Offload = "accel:/internal/media/".parse()?;
/// assert_eq!(offload, Offload::accel_redirect("/internal/media/")?);
/// assert_eq!(offload.to_string(), "accel:/internal/media/");
/// assert!(Offload::accel_redirect("internal/media/").is_err());
/// # Ok::<(), flaskflix_http::InvalidOffload>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offload {
    front: Front,
    /// What stands before the key, as it was given; it begins and ends with a slash.
    place: String,
    /// The same, encoded.
    prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    AccelRedirect,
    Sendfile,
}

/// Why a place for offloaded files cannot be used. The operator's concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOffload {
    /// The text does not say which server stands in front.
    #[error("it begins neither with `accel:` nor with `sendfile:`")]
    Front,
    /// The location does not begin and end with a slash.
    #[error("the location does not begin and end with a slash")]
    Location,
    /// The folder is not absolute.
    #[error("the folder is not an absolute path")]
    Folder,
    /// What stands between the slashes is no path.
    #[error("the path cannot be used")]
    Path(#[from] InvalidId),
}

impl Offload {
    /// `X-Accel-Redirect`, for nginx: the files stand below this location, which has to be `internal`. It is written as in
    /// nginx's configuration, with a slash at both ends and without escapes.
    ///
    /// # Errors
    /// [`InvalidOffload`] when it is not such a location, or the root itself.
    pub fn accel_redirect(location: &str) -> Result<Self, InvalidOffload> {
        let inner = location
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
            .ok_or(InvalidOffload::Location)?;
        Self::new(Front::AccelRedirect, inner)
    }

    /// `X-Sendfile`, for Apache's `mod_xsendfile` and lighttpd: the files lie in this folder, as that server sees it.
    ///
    /// # Errors
    /// [`InvalidOffload`] when it is not an absolute path without `.`, `..` and double slashes, or the root itself.
    pub fn sendfile(folder: &str) -> Result<Self, InvalidOffload> {
        let inner = folder.strip_prefix('/').ok_or(InvalidOffload::Folder)?;
        Self::new(Front::Sendfile, inner.strip_suffix('/').unwrap_or(inner))
    }

    fn new(front: Front, inner: &str) -> Result<Self, InvalidOffload> {
        let path = AssetKey::parse(inner)?;
        Ok(Self {
            front,
            place: format!("/{path}/"),
            prefix: format!("/{}/", encoded(&path)),
        })
    }

    /// The header that says where this object is.
    pub(crate) fn header(&self, asset: &AssetKey) -> (HeaderName, HeaderValue) {
        let name = match self.front {
            Front::AccelRedirect => HeaderName::from_static("x-accel-redirect"),
            Front::Sendfile => HeaderName::from_static("x-sendfile"),
        };
        let value = Bytes::from(format!("{}{}", self.prefix, encoded(asset)));
        // Encoded, it is visible ASCII: never an error.
        let value = HeaderValue::from_maybe_shared(value).unwrap_or(HeaderValue::from_static(""));
        (name, value)
    }
}

/// `accel:/internal/media/` or `sendfile:/srv/media`.
impl FromStr for Offload {
    type Err = InvalidOffload;

    fn from_str(text: &str) -> Result<Self, InvalidOffload> {
        match text.split_once(':') {
            Some(("accel", location)) => Self::accel_redirect(location),
            Some(("sendfile", folder)) => Self::sendfile(folder),
            _ => Err(InvalidOffload::Front),
        }
    }
}

impl fmt::Display for Offload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let front = match self.front {
            Front::AccelRedirect => "accel",
            Front::Sendfile => "sendfile",
        };
        write!(f, "{front}:{}", self.place)
    }
}

impl StreamerBuilder {
    /// Leaves the bytes of plain files to the web server in front: the `video` of single files and of packaged titles in the
    /// clear. Default: off.
    ///
    /// Such a response has no body and no validators: the server in front opens the file, and answers `Range` and
    /// preconditions by what it finds. So everything that reaches this streamer has to come through it, and it has to
    /// see the files of the byte source under the same names. Everything else is sent by us as without it: playlists, segments,
    /// files that could run in a browser (HTML, SVG), encrypted titles, and with [`clear_video`](Self::clear_video) all
    /// packaged ones.
    #[must_use]
    pub fn offload(mut self, offload: Offload) -> Self {
        self.offload = Some(offload);
        self
    }
}

/// A path with every segment encoded.
fn encoded(path: &AssetKey) -> String {
    let mut text = String::with_capacity(path.as_str().len().saturating_mul(2));
    for (place, segment) in path.as_str().split('/').enumerate() {
        if place > 0 {
            text.push('/');
        }
        text.extend(encode_segment(segment));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(offload: &Offload, key: &str) -> String {
        let (_, value) = offload.header(&AssetKey::parse(key).unwrap());
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn every_key_becomes_a_path_of_plain_ascii_that_decodes_to_it() {
        let offload = Offload::accel_redirect("/internal/my films/").unwrap();
        #[rustfmt::skip]
        let table = [
            ("a.mp4",           "/internal/my%20films/a.mp4"),
            ("a/b c.mp4",       "/internal/my%20films/a/b%20c.mp4"),
            ("100%.mp4",        "/internal/my%20films/100%25.mp4"),
            ("%2e%2e/a.mp4",    "/internal/my%20films/%252e%252e/a.mp4"),
            ("what?.mp4",       "/internal/my%20films/what%3F.mp4"),
            ("no#1.mp4",        "/internal/my%20films/no%231.mp4"),
            ("@a&b=c+d;e.mp4",  "/internal/my%20films/%40a%26b%3Dc%2Bd%3Be.mp4"),
            ("Käse \u{2028}.mp4", "/internal/my%20films/K%C3%A4se%20%E2%80%A8.mp4"),
        ];
        for (key, expected) in table {
            assert_eq!(value(&offload, key), expected);
            let decoded = percent_encoding::percent_decode_str(expected).decode_utf8();
            assert_eq!(decoded.unwrap(), format!("/internal/my films/{key}"));
        }
    }

    #[test]
    fn each_server_has_its_header() {
        let asset = AssetKey::parse("a.mp4").unwrap();
        for (text, header, value) in [
            ("accel:/internal/", "x-accel-redirect", "/internal/a.mp4"),
            ("sendfile:/srv/media", "x-sendfile", "/srv/media/a.mp4"),
            ("sendfile:/srv/media/", "x-sendfile", "/srv/media/a.mp4"),
        ] {
            let offload: Offload = text.parse().unwrap();
            let (name, found) = offload.header(&asset);
            assert_eq!(
                (name.as_str(), found.to_str().unwrap()),
                (header, value),
                "{text}"
            );
            assert_eq!(offload.to_string().parse(), Ok(offload));
        }
    }

    #[test]
    fn a_place_that_is_no_folder_is_refused() {
        for text in [
            "",
            "accel:",
            "accel:/",
            "accel://",
            "accel:/internal",
            "accel:internal/",
            "accel:@named/",
            "accel:/a//b/",
            "accel:/a/../b/",
            "accel:/a\r\nset-cookie: b/",
            "sendfile:",
            "sendfile:/",
            "sendfile:srv",
            "sendfile:/srv/..",
            "nginx:/internal/",
        ] {
            assert!(text.parse::<Offload>().is_err(), "{text:?}");
        }
    }
}
