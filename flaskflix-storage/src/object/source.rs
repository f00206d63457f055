//! The byte source over an object store.

use std::{fmt, io, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::ExternalUrl,
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
};
use moka::future::Cache;
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};

use super::{
    options::ObjectOptions, place::Place, presigned::PresignedUrls, reader, tries::Tries, version::Version,
};

/// A [`ByteSource`] over an object store: S3 and what speaks like it, Google Cloud Storage, Azure, a web server.
///
/// `open` asks the store once (`HEAD`) and pins the version it tells of. Every read asks with `If-Match` and compares what comes
/// back all the same, so bytes of two versions never mix: an object that is replaced or removed while it is read ends the
/// read with [`SourceError::Changed`].
///
/// * Bytes are handed on as they arrive. Ranges that lie near each other are one request; while one answer is read, the next
///   request is already under way, and no more than one.
/// * A request that fails, hangs or ends early is made again from the byte that was reached, as long as the
///   [patience](ObjectOptions::patience) lasts. A store that says 429 or 503 is given the time that its `Retry-After` asks for; when that is
///   longer than the patience, the answer is [`SourceError::Busy`] at once.
/// * Opens of one object at the same time are one request; such an open may see what was stored when the first of them asked.
/// * The entity tag is a hash of the store's name, the key, the store's own entity tag and the length. A tag that is weak or
///   missing is refused ([`ObjectOptions::trust_weak_validators`]).
/// * No key can leave the prefix: [`AssetKey`] has no `..`, and object stores resolve none. Keys travel percent-encoded.
/// * Credentials are the store's: neither `Debug` nor any error says them.
///
/// # Cost
/// `open` is one request, or none with an [`open_cache`](ObjectOptions::open_cache). A read is one request for each stretch. Memory
/// is what the HTTP client buffers: less than 1 MiB for each request under way. A paused reader keeps its connection.
/// Needs a Tokio runtime.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{id::AssetKey, source::ByteSource};
/// use flaskflix_storage::object::{ObjectOptions, ObjectStoreSource};
/// use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Arc::new(InMemory::new());
/// store.put(&Path::from("films/salt.mp4"), "not yet a film".into()).await?;
/// let source = ObjectStoreSource::new(store, "films", ObjectOptions::default())?;
/// let film = source.open(&AssetKey::parse("salt.mp4")?).await?;
/// assert_eq!(film.info().len, 14);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ObjectStoreSource {
    shared: Arc<Shared>,
}

impl ObjectStoreSource {
    /// Reads the objects of a store whose keys start with `prefix` and a slash; an empty prefix is the whole store.
    ///
    /// The store should try each request once and have no time limit on a whole answer, as those that
    /// [`StoreAddress::connect`](super::StoreAddress::connect) makes: trying again is this source's business.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when the prefix is no path.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str, options: ObjectOptions) -> io::Result<Self> {
        let name = store.to_string();
        let prefix =
            Path::parse(prefix).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self::over(
            Place {
                store,
                signer: None,
                name,
                prefix,
            },
            options,
        ))
    }

    /// Signs addresses of this store's objects, when it can: `base` is what stands before a key in them.
    ///
    /// For a source that [`StoreAddress::connect`](super::StoreAddress::connect) made; for others see [`PresignedUrls::new`].
    #[must_use]
    pub fn presigned_urls(&self, base: ExternalUrl) -> Option<PresignedUrls> {
        let signer = self.shared.place.signer.clone()?;
        Some(PresignedUrls::new(signer, base))
    }

    pub(super) fn over(place: Place, options: ObjectOptions) -> Self {
        let versions = Cache::builder()
            .name("flaskflix object versions")
            .max_capacity(MAX_VERSIONS)
            .time_to_live(options.open_cache)
            .build();
        Self {
            shared: Arc::new(Shared {
                place,
                options,
                versions,
            }),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.shared.place
    }

    pub(super) fn options(&self) -> &ObjectOptions {
        &self.shared.options
    }
}

impl fmt::Debug for ObjectStoreSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the store: its driver knows credentials.
        f.debug_struct("ObjectStoreSource")
            .field("place", &self.shared.place)
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ByteSource for ObjectStoreSource {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        let shared = &self.shared;
        let ask = shared.ask_for_version(key);
        let version = shared.versions.try_get_with_by_ref(key, ask).await;
        let version = version.map_err(|error| same_for_all(&error))?;
        Ok(Arc::new(OpenObject {
            shared: Arc::clone(shared),
            key: key.clone(),
            version,
        }))
    }
}

/// What a source and its open objects share.
pub(super) struct Shared {
    pub(super) place: Place,
    pub(super) options: ObjectOptions,
    versions: Cache<AssetKey, Arc<Version>>,
}

impl Shared {
    async fn ask_for_version(&self, key: &AssetKey) -> Result<Arc<Version>, SourceError> {
        let Place { store, name, .. } = &self.place;
        let path = self.place.path_of(key).ok_or(SourceError::NotFound)?;
        let meta = Tries::new(&self.options).ask(|| store.head(&path)).await?;
        let version = Version::of(name, path, meta, self.options.trust_weak_validators);
        version
            .map(Arc::new)
            .map_err(super::failure::Failure::into_source_error)
    }

    /// The version is gone: the next open asks the store.
    pub(super) async fn forget(&self, key: &AssetKey) {
        self.versions.invalidate(key).await;
    }
}

/// One version of an object in the store.
pub(super) struct OpenObject {
    pub(super) shared: Arc<Shared>,
    pub(super) key: AssetKey,
    pub(super) version: Arc<Version>,
}

impl fmt::Debug for OpenObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenObject")
            .field("place", &self.shared.place)
            .field("key", &self.key)
            .field("info", &self.version.info)
            .finish_non_exhaustive()
    }
}

impl SourceObject for OpenObject {
    fn info(&self) -> &ObjectInfo {
        &self.version.info
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        reader::stream(self, &ranges)
    }
}

/// An error that several callers get, each its own.
pub(super) fn same_for_all(error: &Arc<SourceError>) -> SourceError {
    match &**error {
        SourceError::NotFound => SourceError::NotFound,
        SourceError::Changed => SourceError::Changed,
        SourceError::Busy => SourceError::Busy,
        SourceError::Io(cause) => SourceError::Io(io::Error::new(cause.kind(), Arc::clone(error))),
        _ => SourceError::Io(io::Error::other(Arc::clone(error))),
    }
}

/// Objects whose version is remembered, with an `open_cache`: some 300 bytes each.
const MAX_VERSIONS: u64 = 10_000;
