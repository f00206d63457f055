//! The tags of HLS: what grammar each has, and which kind of playlist it belongs to.

/// What a tag's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// There is none.
    Flag,
    /// A decimal integer.
    Integer,
    /// An attribute list.
    List,
    /// A duration, a comma and a title.
    Inf,
    /// `length[@offset]`.
    Range,
    /// Free text.
    Text,
    /// The tag is not served.
    Refused,
}

/// Which playlists a tag may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Either,
    Media,
    Multivariant,
}

/// A tag that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    /// Without `#`.
    pub(super) name: &'static str,
    pub(super) grammar: Grammar,
    pub(super) home: Home,
}

impl Tag {
    /// The tag of this name, when we know it.
    pub(super) fn named(name: &str) -> Option<Self> {
        TAGS.iter().copied().find(|tag| tag.name == name)
    }
}

const fn tag(name: &'static str, grammar: Grammar, home: Home) -> Tag {
    Tag { name, grammar, home }
}

/// RFC 8216bis section 4.4, and `EXT-X-IMAGE-STREAM-INF` of Roku's extension.
#[rustfmt::skip]
const TAGS: [Tag; 33] = [
    tag("EXTM3U",                       Grammar::Flag,    Home::Either),
    tag("EXT-X-VERSION",                Grammar::Integer, Home::Either),
    tag("EXT-X-INDEPENDENT-SEGMENTS",   Grammar::Flag,    Home::Either),
    tag("EXT-X-START",                  Grammar::List,    Home::Either),
    tag("EXT-X-DEFINE",                 Grammar::Refused, Home::Either),
    tag("EXT-X-TARGETDURATION",         Grammar::Integer, Home::Media),
    tag("EXT-X-MEDIA-SEQUENCE",         Grammar::Integer, Home::Media),
    tag("EXT-X-DISCONTINUITY-SEQUENCE", Grammar::Integer, Home::Media),
    tag("EXT-X-ENDLIST",                Grammar::Flag,    Home::Media),
    tag("EXT-X-PLAYLIST-TYPE",          Grammar::Text,    Home::Media),
    tag("EXT-X-I-FRAMES-ONLY",          Grammar::Flag,    Home::Media),
    tag("EXT-X-PART-INF",               Grammar::List,    Home::Media),
    tag("EXT-X-SERVER-CONTROL",         Grammar::List,    Home::Media),
    tag("EXTINF",                       Grammar::Inf,     Home::Media),
    tag("EXT-X-BYTERANGE",              Grammar::Range,   Home::Media),
    tag("EXT-X-DISCONTINUITY",          Grammar::Flag,    Home::Media),
    tag("EXT-X-KEY",                    Grammar::List,    Home::Media),
    tag("EXT-X-MAP",                    Grammar::List,    Home::Media),
    tag("EXT-X-PROGRAM-DATE-TIME",      Grammar::Text,    Home::Media),
    tag("EXT-X-GAP",                    Grammar::Flag,    Home::Media),
    tag("EXT-X-BITRATE",                Grammar::Integer, Home::Media),
    tag("EXT-X-PART",                   Grammar::List,    Home::Media),
    tag("EXT-X-DATERANGE",              Grammar::List,    Home::Media),
    tag("EXT-X-SKIP",                   Grammar::List,    Home::Media),
    tag("EXT-X-PRELOAD-HINT",           Grammar::List,    Home::Media),
    tag("EXT-X-RENDITION-REPORT",       Grammar::List,    Home::Media),
    tag("EXT-X-MEDIA",                  Grammar::List,    Home::Multivariant),
    tag("EXT-X-STREAM-INF",             Grammar::List,    Home::Multivariant),
    tag("EXT-X-I-FRAME-STREAM-INF",     Grammar::List,    Home::Multivariant),
    tag("EXT-X-IMAGE-STREAM-INF",       Grammar::List,    Home::Multivariant),
    tag("EXT-X-SESSION-DATA",           Grammar::List,    Home::Multivariant),
    tag("EXT-X-SESSION-KEY",            Grammar::List,    Home::Multivariant),
    tag("EXT-X-CONTENT-STEERING",       Grammar::Refused, Home::Multivariant),
];
