//! The settings of a [`Streamer`].

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Revocations, Screens, UnsignedUrls, UrlSigner},
    catalog::Catalog,
    encrypt::KeyProvider,
    mp4::Limits,
    package::{DirectIndex, IndexStore, PackageOptions},
    playlist::PlaylistLimits,
    source::ByteSource,
    time::{Clock, SystemClock},
    token::{TokenSigner, TokenStore, Verifier},
};

use super::Streamer;
#[cfg(all(unix, feature = "serve"))]
use crate::hot::HotSegments;
use crate::{
    admission::{Admission, SharedState},
    config::{
        CacheControl, Caching, HOT_SEGMENT_BYTES, PLAN_CACHE_BYTES, PLAYLIST_CACHE_BYTES, URL_SIGNER_TIMEOUT,
    },
    cors::{Cors, CorsPolicy, InvalidCors},
    delivery::{Elsewhere, Folders, Qualities},
    offload::Offload,
    packaged::{Encryption, Packaged},
    service::{Access, Edge},
};

/// Makes a [`Streamer`].
///
/// # Defaults
/// * access: by token ([`Streamer::builder`]) or open ([`Streamer::open_builder`])
/// * [`verifier`](Self::verifier): no leeway, mounted at the root, any issuer
/// * [`token_store`](Self::token_store): none, opaque tokens open nothing
/// * [`revocations`](Self::revocations): none, a token counts until it expires
/// * [`screens`](Self::screens): none, screens are not counted
/// * [`index_store`](Self::index_store): reads the index anew for every title that is planned
/// * [`package_options`](Self::package_options): segments of about 6 s
/// * [`plan_cache_bytes`](Self::plan_cache_bytes): 256 MiB
/// * [`recheck_after`](Self::recheck_after): at every request
/// * [`key_provider`](Self::key_provider): none, packaged titles are served in the clear
/// * [`clear_video`](Self::clear_video): off, an encrypted title has no `video`
/// * [`checkpoint_cache_bytes`](Self::checkpoint_cache_bytes): 32 MiB
/// * [`hot_segment_bytes`](Self::hot_segment_bytes): 128 MiB
/// * [`playlist_limits`](Self::playlist_limits): those of [`PlaylistLimits`]
/// * [`playlist_cache_bytes`](Self::playlist_cache_bytes): 64 MiB
/// * [`url_signer`](Self::url_signer): none, addresses on other hosts are handed out as they are; 2 s when there is one
/// * [`playlist_max_age`](Self::playlist_max_age): 10 s
/// * [`media_max_age`](Self::media_max_age): 60 s, not immutable
/// * under a token, responses are `private`
/// * [`offload`](Self::offload): off, we send every byte ourselves
/// * [`cors`](Self::cors): off
/// * [`clock`](Self::clock): the machine's
#[derive(Debug)]
pub struct StreamerBuilder {
    catalog: Arc<dyn Catalog>,
    source: Arc<dyn ByteSource>,
    signer: Option<Arc<dyn TokenSigner>>,
    verifier: Verifier,
    shared: SharedState,
    indexes: Arc<dyn IndexStore>,
    options: PackageOptions,
    plan_cache_bytes: u64,
    recheck_after: Duration,
    encryption: Encryption,
    hot_segment_bytes: u64,
    playlist_limits: PlaylistLimits,
    playlist_cache_bytes: u64,
    url_signer: Arc<dyn UrlSigner>,
    url_signer_timeout: Duration,
    caching: Caching,
    pub(crate) offload: Option<Offload>,
    cors: Option<Cors>,
    clock: Arc<dyn Clock>,
}

/// Why a [`Streamer`] cannot be made. The operator's concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The CORS setting can never match what browsers send.
    #[error("the CORS setting cannot be used")]
    Cors(#[from] InvalidCors),
}

impl StreamerBuilder {
    pub(super) fn new(
        catalog: Arc<dyn Catalog>,
        source: Arc<dyn ByteSource>,
        signer: Option<Arc<dyn TokenSigner>>,
    ) -> Self {
        Self {
            catalog,
            source,
            signer,
            verifier: Verifier::new(),
            shared: SharedState::default(),
            indexes: Arc::new(DirectIndex::new(Limits::default())),
            options: PackageOptions::default(),
            hot_segment_bytes: HOT_SEGMENT_BYTES,
            plan_cache_bytes: PLAN_CACHE_BYTES,
            recheck_after: Duration::ZERO,
            encryption: Encryption::default(),
            playlist_limits: PlaylistLimits::default(),
            playlist_cache_bytes: PLAYLIST_CACHE_BYTES,
            url_signer: Arc::new(UnsignedUrls),
            url_signer_timeout: URL_SIGNER_TIMEOUT,
            caching: Caching::default(),
            offload: None,
            cors: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Needs no tokens after all, as [`Streamer::open_builder`].
    #[must_use]
    pub fn open(mut self) -> Self {
        self.signer = None;
        self
    }

    /// Sets how tokens are verified: leeway, mount point, issuer. Default: [`Verifier::new`]. Set its mount when the
    /// streamer is nested below a prefix and your tokens name the full path.
    #[must_use]
    pub fn verifier(mut self, verifier: Verifier) -> Self {
        self.verifier = verifier;
        self
    }

    /// Sets where opaque tokens lead to. Default: nowhere, they are refused. Signed tokens open as before.
    ///
    /// # Examples
    /// ```
    /// use std::{num::NonZeroU32, sync::Arc};
    /// use flaskflix_core::{time::SystemClock, token::KeyRing};
    /// use flaskflix_http::Streamer;
    /// use flaskflix_storage::memory::{MemoryCatalog, MemoryRevocations, MemoryScreens, MemorySource, MemoryTokens};
    /// # let (catalog, source) = (Arc::new(MemoryCatalog::new()), Arc::new(MemorySource::new()));
    /// # let keys = KeyRing::new("june", &[7; 32])?;
    /// // Give the same three to the `ViewerApi`. Several nodes take those of `flaskflix_storage::redis`.
    /// let clock = Arc::new(SystemClock);
    /// let four = NonZeroU32::new(4).unwrap();
    /// let streamer = Streamer::builder(catalog, source, Arc::new(keys))
    ///     .token_store(Arc::new(MemoryTokens::new(clock.clone())))
    ///     .revocations(Arc::new(MemoryRevocations::new(clock.clone())))
    ///     .screens(Arc::new(MemoryScreens::new(four, clock)))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn token_store(mut self, tokens: Arc<dyn TokenStore>) -> Self {
        self.shared.tokens = Some(tokens);
        self
    }

    /// Sets which tokens do not count any more. Asked for every request. Default: none is revoked.
    #[must_use]
    pub fn revocations(mut self, revocations: Arc<dyn Revocations>) -> Self {
        self.shared.revocations = Some(revocations);
        self
    }

    /// Sets who counts the screens of viewers. Asked for every request: it renews the screen of its token, and gets 410 when that
    /// was ended. Default: nobody. Tokens that were minted elsewhere are counted, too: the first half of a token's id is
    /// its screen.
    #[must_use]
    pub fn screens(mut self, screens: Arc<dyn Screens>) -> Self {
        self.shared.screens = Some(screens);
        self
    }

    /// Sets where indexes come from. Default: [`DirectIndex`], which reads the `moov` of every file whenever its title is
    /// planned; a caching store (`flaskflix_storage::cache::IndexCache`) spares that after a plan was evicted.
    #[must_use]
    pub fn index_store(mut self, indexes: Arc<dyn IndexStore>) -> Self {
        self.indexes = indexes;
        self
    }

    /// Sets how titles are cut. Default: [`PackageOptions::default`].
    #[must_use]
    pub fn package_options(mut self, options: PackageOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets how many bytes of plans, with their indexes and rendered playlists, are kept. Default: 256 MiB, several hundred
    /// films. A title that is not kept is planned again when it is asked for, which costs milliseconds.
    #[must_use]
    pub const fn plan_cache_bytes(mut self, bytes: u64) -> Self {
        self.plan_cache_bytes = bytes;
        self
    }

    /// Sets for how long a packaged title that was found unchanged is taken to be so when one of its playlists (or its DASH
    /// description) is asked for, at most an hour: the catalogue, the key provider and the source are asked again only after it. Default: zero, they
    /// are asked at every request. Nothing else is affected: tokens are verified every time, and every segment opens its file and is
    /// of exactly the version that is there.
    ///
    /// One second lets a server give out half as many playlists again with the same processor (`ADR 11`). What
    /// it costs: a title that is taken out of the catalogue, or whose files or key are replaced, shows its old playlists for so
    /// long. Viewers' own caches keep them for [`playlist_max_age`](Self::playlist_max_age) anyway.
    ///
    /// # Examples
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use flaskflix_http::Streamer;
    /// use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
    /// let (catalog, source) = (Arc::new(MemoryCatalog::new()), Arc::new(MemorySource::new()));
    /// let streamer = Streamer::open_builder(catalog, source)
    ///     .recheck_after(Duration::from_secs(1))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn recheck_after(mut self, moment: Duration) -> Self {
        self.recheck_after = moment;
        self
    }

    /// Encrypts the media segments of packaged titles with AES-128 ([`encrypt`](flaskflix_core::encrypt)), with the keys of this
    /// provider; players fetch them from `key`, behind the same token. Default:
    /// [`InTheClear`](flaskflix_core::encrypt::InTheClear). An encrypted title has no MPD, and no `video` unless
    /// [`clear_video`](Self::clear_video) says so.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use flaskflix_core::encrypt::DerivedKeys;
    /// use flaskflix_http::Streamer;
    /// use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
    /// let keys = DerivedKeys::new(b"thirty-two or more random bytes!")?;
    /// let (catalog, source) = (Arc::new(MemoryCatalog::new()), Arc::new(MemorySource::new()));
    /// let streamer = Streamer::open_builder(catalog, source).key_provider(Arc::new(keys)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn key_provider(mut self, keys: Arc<dyn KeyProvider>) -> Self {
        self.encryption.keys = keys;
        self
    }

    /// Serves the clear file of an encrypted title through `video` all the same: to those who download what they have a
    /// token for. Default: off, 404.
    #[must_use]
    pub const fn clear_video(mut self) -> Self {
        self.encryption.clear_video = true;
        self
    }

    /// Sets how many bytes of [`Checkpoints`](flaskflix_core::encrypt::Checkpoints) are kept. Default: 32 MiB, those of about
    /// 30 GB of media. A segment whose checkpoints are kept is encrypted several times faster, and ranges of it need not be
    /// encrypted from its start.
    #[must_use]
    pub const fn checkpoint_cache_bytes(mut self, bytes: u64) -> Self {
        self.encryption.checkpoint_cache_bytes = bytes;
        self
    }

    /// Sets how many bytes of packaged segments that many viewers ask for are kept ready to be sent. Default: 128 MiB; 0 keeps none.
    ///
    /// A segment that was asked for three times in a minute is put together once more, in a file that exists in memory only
    /// (`memfd_create`), and the kernel sends it from there. That costs half of what it costs to read and write its pieces,
    /// and less where it is encrypted. It is kept until the room is needed or nobody has asked for five minutes, in at most 64 open files. What slow readers are still
    /// sent counts on top, and is a fourth more at the most. The memory is the
    /// kernel's: shared memory of the process's control group, beside its resident set.
    ///
    /// Only on Linux, for connections that send files
    /// ([`Server::serve_direct_until`](crate::serve::Server::serve_direct_until), feature `serve`): nothing is kept for others.
    #[must_use]
    pub const fn hot_segment_bytes(mut self, bytes: u64) -> Self {
        self.hot_segment_bytes = bytes;
        self
    }

    /// Sets how much a playlist of a finished HLS stream may ask of us. Default: [`PlaylistLimits::default`].
    #[must_use]
    pub fn playlist_limits(mut self, limits: PlaylistLimits) -> Self {
        self.playlist_limits = limits;
        self
    }

    /// Sets how many bytes of checked and rewritten playlists are kept, once for finished HLS and once for our own playlists
    /// above several qualities. Default: 64 MiB, some thousand films. A playlist that is not kept is read again when it is
    /// asked for.
    #[must_use]
    pub const fn playlist_cache_bytes(mut self, bytes: u64) -> Self {
        self.playlist_cache_bytes = bytes;
        self
    }

    /// Sets who makes the addresses that viewers of titles on other hosts are sent to. Default: [`UnsignedUrls`].
    #[must_use]
    pub fn url_signer(mut self, signer: Arc<dyn UrlSigner>) -> Self {
        self.url_signer = signer;
        self
    }

    /// Sets how long the [`url_signer`](Self::url_signer) may take; then the viewer gets a 503. Default: 2 s. Outside a runtime
    /// of tokio there is no limit; inside one its time driver must be on.
    #[must_use]
    pub const fn url_signer_timeout(mut self, timeout: Duration) -> Self {
        self.url_signer_timeout = timeout;
        self
    }

    /// Sets `max-age` of playlists, in whole seconds. Default: 10 s. Longer spares requests, shorter shows a replaced
    /// film sooner.
    #[must_use]
    pub const fn playlist_max_age(mut self, max_age: Duration) -> Self {
        self.caching.playlist_max_age = max_age;
        self
    }

    /// Sets `max-age` of `video`, init and media segments, in whole seconds. Default: 60 s, because their URLs stay the
    /// same when a film is replaced; after it they are revalidated with their entity tag.
    #[must_use]
    pub const fn media_max_age(mut self, max_age: Duration) -> Self {
        self.caching.media_max_age = max_age;
        self
    }

    /// Marks media `immutable`: only when a replaced film gets a new id, so that its URLs change. Default: off.
    #[must_use]
    pub const fn immutable_media(mut self) -> Self {
        self.caching.immutable_media = true;
        self
    }

    /// Lets shared caches keep what stands behind a token (`public`): only with a CDN in front that checks tokens itself
    /// and leaves them out of its cache key. Default: off, `private`.
    #[must_use]
    pub const fn cdn_strips_token(mut self) -> Self {
        self.caching.cdn_strips_token = true;
        self
    }

    /// Lets web pages of other origins play the streams. Default: off.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Sets the clock that tokens are judged by. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the streamer.
    ///
    /// # Errors
    /// [`BuildError`] when settings contradict each other.
    pub fn build(self) -> Result<Streamer, BuildError> {
        let cors = self.cors.map(CorsPolicy::new).transpose()?;
        let cache_control = CacheControl::new(&self.caching, self.signer.is_none());
        let (verifier, shared) = (self.verifier, self.shared);
        let access = self.signer.map_or(Access::Open, |signer| {
            Access::Tokens(Admission {
                signer,
                verifier,
                shared,
            })
        });
        let packaged = Packaged::new(
            Arc::clone(&self.source),
            self.indexes,
            self.options,
            self.plan_cache_bytes,
            self.recheck_after,
            self.encryption,
        );
        let folders = Folders::new(
            Arc::clone(&self.source),
            self.playlist_limits,
            self.playlist_cache_bytes,
        );
        let qualities = Qualities::new(Arc::clone(&self.source), self.playlist_cache_bytes);
        Ok(Streamer {
            edge: Arc::new(Edge {
                access,
                catalog: self.catalog,
                source: self.source,
                packaged,
                folders,
                qualities,
                elsewhere: Elsewhere {
                    signer: self.url_signer,
                    timeout: self.url_signer_timeout,
                },
                cache_control,
                #[cfg(all(unix, feature = "serve"))]
                hot: HotSegments::new(self.hot_segment_bytes),
                offload: self.offload,
                cors,
                clock: self.clock,
            }),
        })
    }
}
