//! The media type of a file by its extension, and which types need a sandbox.

use http::HeaderValue;

/// A `Content-Type`, and whether a browser may run what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaType {
    text: &'static str,
    active: bool,
}

impl MediaType {
    pub(crate) const MP4: Self = Self::passive("video/mp4");
    /// What players expect of a fragment named `.m4s`; `video/iso.segment` is its registered type, `video/mp4` is the
    /// one that every player takes.
    pub(crate) const SEGMENT: Self = Self::passive("video/mp4");
    pub(crate) const PLAYLIST: Self = Self::passive("application/vnd.apple.mpegurl");
    pub(crate) const VTT: Self = Self::passive("text/vtt; charset=utf-8");
    pub(crate) const DASH: Self = Self::passive("application/dash+xml");
    pub(crate) const JSON: Self = Self::passive("application/json");
    pub(crate) const PROBLEM: Self = Self::passive("application/problem+json");

    /// The type of a file with this extension; `application/octet-stream` when we do not know it.
    pub(crate) fn of_extension(extension: Option<&str>) -> Self {
        let Some(extension) = extension else {
            return Self::UNKNOWN;
        };
        TYPES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(extension))
            .map_or(Self::UNKNOWN, |(_, media_type)| *media_type)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        self.text
    }

    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.text)
    }

    /// Whether a browser would run scripts in it when it is opened as a page. Such a file is somebody's upload and
    /// runs on our origin: it goes out with `Content-Security-Policy: sandbox`.
    pub(crate) const fn is_active(self) -> bool {
        self.active
    }

    pub(crate) const UNKNOWN: Self = Self::passive("application/octet-stream");

    const fn passive(text: &'static str) -> Self {
        Self { text, active: false }
    }

    const fn active(text: &'static str) -> Self {
        Self { text, active: true }
    }
}

#[rustfmt::skip]
const TYPES: [(&str, MediaType); 34] = [
    ("mp4",  MediaType::MP4),
    ("m4v",  MediaType::MP4),
    ("m4a",  MediaType::passive("audio/mp4")),
    ("m4s",  MediaType::SEGMENT),
    ("mov",  MediaType::passive("video/quicktime")),
    ("webm", MediaType::passive("video/webm")),
    ("mkv",  MediaType::passive("video/x-matroska")),
    ("ts",   MediaType::passive("video/mp2t")),
    ("m2ts", MediaType::passive("video/mp2t")),
    ("cmfv", MediaType::MP4),
    ("cmfa", MediaType::passive("audio/mp4")),
    ("cmft", MediaType::passive("application/mp4")),
    ("ac3",  MediaType::passive("audio/ac3")),
    ("ec3",  MediaType::passive("audio/eac3")),
    ("aac",  MediaType::passive("audio/aac")),
    ("mp3",  MediaType::passive("audio/mpeg")),
    ("ogg",  MediaType::passive("audio/ogg")),
    ("flac", MediaType::passive("audio/flac")),
    ("m3u8", MediaType::PLAYLIST),
    ("mpd",  MediaType::DASH),
    ("vtt",  MediaType::VTT),
    ("webvtt", MediaType::VTT),
    ("srt",  MediaType::passive("application/x-subrip")),
    ("txt",  MediaType::passive("text/plain; charset=utf-8")),
    ("json", MediaType::JSON),
    ("jpg",  MediaType::passive("image/jpeg")),
    ("jpeg", MediaType::passive("image/jpeg")),
    ("png",  MediaType::passive("image/png")),
    ("webp", MediaType::passive("image/webp")),
    ("avif", MediaType::passive("image/avif")),
    ("gif",  MediaType::passive("image/gif")),
    ("html", MediaType::active("text/html; charset=utf-8")),
    ("htm",  MediaType::active("text/html; charset=utf-8")),
    ("svg",  MediaType::active("image/svg+xml")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_known_in_any_case() {
        assert_eq!(MediaType::of_extension(Some("MP4")), MediaType::MP4);
        assert_eq!(
            MediaType::of_extension(Some("m3u8")).as_str(),
            "application/vnd.apple.mpegurl"
        );
        assert_eq!(
            MediaType::of_extension(Some("exe")).as_str(),
            "application/octet-stream"
        );
        assert_eq!(MediaType::of_extension(None).as_str(), "application/octet-stream");
    }

    #[test]
    fn what_can_run_scripts_is_active() {
        for extension in ["html", "htm", "svg", "SVG"] {
            assert!(
                MediaType::of_extension(Some(extension)).is_active(),
                "{extension}"
            );
        }
        // Types with scripts that are not in the table come as bytes, which nosniff keeps bytes.
        for extension in ["xhtml", "xml", "pdf", "swf", "js", "txt"] {
            assert!(
                !MediaType::of_extension(Some(extension)).is_active(),
                "{extension}"
            );
        }
    }
}
