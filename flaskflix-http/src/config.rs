//! The settings of a [`Streamer`](crate::Streamer) that are plain values, and how they become header values.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use crate::route::Target;

/// How long clients and caches may keep what we send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caching {
    pub(crate) playlist_max_age: Duration,
    pub(crate) media_max_age: Duration,
    pub(crate) immutable_media: bool,
    pub(crate) cdn_strips_token: bool,
}

impl Default for Caching {
    fn default() -> Self {
        Self {
            playlist_max_age: Duration::from_secs(10),
            media_max_age: Duration::from_secs(60),
            immutable_media: false,
            cdn_strips_token: false,
        }
    }
}

/// The `Cache-Control` values of one streamer, made once.
#[derive(Debug, Clone)]
pub(crate) struct CacheControl {
    playlist: HeaderValue,
    media: HeaderValue,
}

impl CacheControl {
    pub(crate) fn new(caching: &Caching, open: bool) -> Self {
        // A shared cache that keys by URL would hand one viewer's URL to nobody else, yet keep the response past the
        // token's life: under a token only the embedder knows whether that is right.
        let scope = if open || caching.cdn_strips_token {
            "public"
        } else {
            "private"
        };
        let immutable = if caching.immutable_media {
            ", immutable"
        } else {
            ""
        };
        let value = |max_age: Duration, rest: &str| {
            let text = format!("{scope}, max-age={}{rest}", max_age.as_secs());
            HeaderValue::from_maybe_shared(Bytes::from(text)).unwrap_or(HeaderValue::from_static("no-store"))
        };
        Self {
            playlist: value(caching.playlist_max_age, ""),
            media: value(caching.media_max_age, immutable),
        }
    }

    /// The value for a resource. Cloning it copies no text.
    pub(crate) fn of(&self, target: &Target) -> HeaderValue {
        if target.is_playlist() {
            self.playlist.clone()
        } else {
            self.media.clone()
        }
    }
}

/// The default of [`StreamerBuilder::plan_cache_bytes`](crate::StreamerBuilder::plan_cache_bytes).
pub(crate) const PLAN_CACHE_BYTES: u64 = 256 * 1024 * 1024;

/// The default of [`StreamerBuilder::checkpoint_cache_bytes`](crate::StreamerBuilder::checkpoint_cache_bytes).
pub(crate) const CHECKPOINT_CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// The default of [`StreamerBuilder::hot_segment_bytes`](crate::StreamerBuilder::hot_segment_bytes).
pub(crate) const HOT_SEGMENT_BYTES: u64 = 128 * 1024 * 1024;

/// The default of [`StreamerBuilder::playlist_cache_bytes`](crate::StreamerBuilder::playlist_cache_bytes).
pub(crate) const PLAYLIST_CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The default of [`StreamerBuilder::url_signer_timeout`](crate::StreamerBuilder::url_signer_timeout).
pub(crate) const URL_SIGNER_TIMEOUT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_token_is_private_unless_the_embedder_says_otherwise() {
        let caching = Caching::default();
        let text = |caching: &Caching, open| {
            let control = CacheControl::new(caching, open);
            let media = control.of(&Target::Video);
            (
                control.of(&Target::Master).to_str().unwrap().to_owned(),
                media.to_str().unwrap().to_owned(),
            )
        };
        assert_eq!(
            text(&caching, false),
            ("private, max-age=10".to_owned(), "private, max-age=60".to_owned())
        );
        assert_eq!(text(&caching, true).1, "public, max-age=60");
        let cdn = Caching {
            cdn_strips_token: true,
            immutable_media: true,
            media_max_age: Duration::from_secs(31_536_000),
            ..caching
        };
        assert_eq!(text(&cdn, false).1, "public, max-age=31536000, immutable");
    }
}
