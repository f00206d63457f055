//! A bucket on some server, to write to and to read from.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
    testing::source::Fixture,
};
use flaskflix_storage::object::{ObjectOptions, ObjectStoreSource, StoreAddress};
use futures_util::StreamExt as _;
use object_store::{
    ObjectStore, ObjectStoreExt as _,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};

use super::{KEY_ID, SECRET};

/// The prefix of everything in a bucket.
const PREFIX: &str = "some prefix/100%";

/// A bucket. Written to directly, read through `source`.
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) source: Arc<ObjectStoreSource>,
}

impl Bucket {
    /// A new bucket on the server at `direct`, read by way of `endpoint`.
    pub(crate) async fn new(direct: &str, endpoint: &str, options: ObjectOptions) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("films-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let store = AmazonS3Builder::new()
            .with_bucket_name(&name)
            .with_endpoint(direct)
            .with_allow_http(true)
            .with_access_key_id(KEY_ID)
            .with_secret_access_key(SECRET)
            .build()
            .unwrap();
        make_bucket(&store).await;
        let source = connect(endpoint, &name, options);
        Self {
            name,
            store: Arc::new(store),
            source: Arc::new(source),
        }
    }

    pub(crate) async fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        let bytes: Bytes = bytes.into();
        self.store.put(&path(key), bytes.into()).await.unwrap();
    }

    pub(crate) async fn open(&self, key: &str) -> Result<Arc<dyn SourceObject>, SourceError> {
        self.source.open(&AssetKey::parse(key).unwrap()).await
    }
}

/// A source over the bucket at an endpoint, by its address.
pub(crate) fn connect(endpoint: &str, name: &str, options: ObjectOptions) -> ObjectStoreSource {
    let address = format!("s3://{name}/some%20prefix/100%25?endpoint={endpoint}");
    let credentials = [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    let address = StoreAddress::parse(&address).unwrap().credentials(credentials);
    address.connect(options).unwrap()
}

#[async_trait]
impl Fixture for Bucket {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::clone(&self.source) as Arc<dyn ByteSource>
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        self.put(key.as_str(), bytes).await;
    }

    async fn remove(&self, key: &AssetKey) {
        self.store.delete(&path(key.as_str())).await.unwrap();
    }
}

/// Where the object of a key lies.
pub(crate) fn path(key: &str) -> Path {
    Path::parse(format!("{PREFIX}/{key}")).unwrap()
}

/// Makes the bucket, with the driver's own signatures: it has no call for it.
async fn make_bucket(store: &AmazonS3) {
    use object_store::signer::{Method, Signer as _};
    let minute = std::time::Duration::from_secs(60);
    let url = store.signed_url(Method::PUT, &Path::ROOT, minute).await.unwrap();
    let status = super::http::request(Method::PUT.as_str(), url.as_str()).await.0;
    assert_eq!(status, 200, "the bucket is made");
}

/// The bytes of a range, or the error that ended it; and what came before the error.
pub(crate) async fn read(
    object: &Arc<dyn SourceObject>,
    start: u64,
    end: u64,
) -> (Vec<u8>, Option<SourceError>) {
    read_all(object, &[(start, end)]).await
}

/// The same for several ranges.
pub(crate) async fn read_all(
    object: &Arc<dyn SourceObject>,
    ranges: &[(u64, u64)],
) -> (Vec<u8>, Option<SourceError>) {
    let ranges = ranges
        .iter()
        .map(|&(start, end)| ByteRange::new(start, end).unwrap());
    let mut stream = Arc::clone(object).read(ranges.collect());
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes, Some(error)),
        }
    }
    (bytes, None)
}

/// Bytes without a short period, different for each seed.
pub(crate) fn film(seed: u32, len: usize) -> Bytes {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [top, ..] = state.to_be_bytes();
        top
    };
    (0..len).map(|_| next()).collect()
}
