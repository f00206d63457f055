//! The port to stored bytes: `ByteSource` opens objects, `SourceObject` reads ranges of one version.

#[cfg(unix)]
mod file;

use std::{fmt, future::poll_fn, io, pin::Pin, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;

#[cfg(unix)]
pub use self::file::{SendFile, Sent};
use crate::{id::AssetKey, range::ByteRange, time::UnixTime, validator::EntityTag};

/// A stream of the bytes of one read. See [`SourceObject::read`] for what it promises.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, SourceError>> + Send + 'static>>;

/// What is known about an object before a byte of it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Length in bytes.
    pub len: u64,
    /// A strong validator of this very version ([RFC 9110 section 8.8](https://www.rfc-editor.org/rfc/rfc9110#section-8.8)):
    /// two versions with different bytes never share it.
    pub etag: EntityTag,
    /// When the bytes last changed, when the source knows.
    pub last_modified: Option<UnixTime>,
}

/// Opens stored objects by key: local disk, an object store, a database, anything.
///
/// # Contract
/// * `open` pins one version: everything read through the returned object is of the version that its
///   [`info`](SourceObject::info) describes, or the read fails with [`SourceError::Changed`]. Bytes of two
///   versions never mix.
/// * A key that does not exist, or that exists but must not be served (outside the root, not a regular file),
///   is [`SourceError::NotFound`]: callers cannot tell the two apart.
/// * Implementations never block the calling thread for long: work that may wait goes to the runtime's own
///   place for it.
///
/// # Cancellation
/// Dropping the future of `open` leaves nothing behind.
///
/// # Cost
/// `open` is called once per request. It should cost one round trip at most.
///
/// The conformance suite is `flaskflix_core::testing::source` (feature `testing`).
#[async_trait]
pub trait ByteSource: fmt::Debug + Send + Sync + 'static {
    /// Opens the current version of the object.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is no such object, [`SourceError::Io`] when the storage fails.
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError>;

    /// Says that these ranges of an object will probably be read soon: the first segments of a title whose playlist was just asked for.
    ///
    /// Only a hint. A source that keeps things near at hand may fetch them in the background; the others, and this default, do nothing.
    /// Returns at once and cannot fail.
    fn expect(&self, key: &AssetKey, ranges: &[ByteRange]) {
        let _ = (key, ranges);
    }
}

/// One open version of a stored object.
pub trait SourceObject: fmt::Debug + Send + Sync + 'static {
    /// Length and validators of this version. Constant for the life of the object.
    fn info(&self) -> &ObjectInfo;

    /// Reads the given ranges, one after another, as one stream.
    ///
    /// # Contract
    /// * The stream yields the bytes of every range in the order given, concatenated, in chunks of any size
    ///   that are never empty, and ends after exactly the sum of the ranges' lengths; or it yields one error
    ///   and ends. Several ranges are given at once so that an implementation may serve many small ones with
    ///   one large read; they may overlap and come in any order.
    /// * A range that does not lie inside the object fails with [`SourceError::OutOfBounds`].
    /// * Memory is bounded by the implementation's own chunk size, never by the ranges' length.
    ///
    /// # Cancellation
    /// Dropping the stream stops the read and frees what it holds.
    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream;

    /// The object as a file that sends its own bytes, for connections without encryption; `None`, the default, when it is none, or
    /// when [`read`](Self::read) is better. What it sends is what `read` would give.
    #[cfg(unix)]
    fn as_file(self: Arc<Self>) -> Option<Arc<dyn SendFile>> {
        None
    }
}

/// Why an object could not be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such object (or none that may be served).
    #[error("there is no such object")]
    NotFound,
    /// The object was changed, truncated or replaced in place after it was opened.
    #[error("the object changed while it was read")]
    Changed,
    /// A range was asked for that does not lie inside the object: the caller's fault.
    #[error("the range {range:?} lies outside the object of {len} bytes")]
    OutOfBounds {
        /// The range asked for.
        range: ByteRange,
        /// Length of the object.
        len: u64,
    },
    /// The storage failed.
    #[error("the storage failed")]
    Io(#[source] io::Error),
    /// The storage has no room for another open object or read now; trying again later may help.
    #[error("the storage is busy")]
    Busy,
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Io(error),
        }
    }
}

/// Reads one range of an object into memory of its own.
///
/// The bytes are copied out of the source's buffers, so they may be kept as long as one likes.
///
/// # Errors
/// What the read says; [`SourceError::Changed`] when the stream yields another number of bytes than asked for.
///
/// # Cost
/// Allocates `range.len()` bytes at once: bound it before you ask.
pub async fn read_to_bytes(object: &Arc<dyn SourceObject>, range: ByteRange) -> Result<Bytes, SourceError> {
    read_ranges_to_bytes(object, vec![range]).await
}

/// Reads several ranges of an object into memory of its own, one after another.
///
/// # Errors
/// As [`read_to_bytes`].
///
/// # Cost
/// Allocates the sum of the ranges' lengths at once: bound it before you ask.
pub async fn read_ranges_to_bytes(
    object: &Arc<dyn SourceObject>,
    ranges: Vec<ByteRange>,
) -> Result<Bytes, SourceError> {
    let len = object.info().len;
    let mut want = 0_usize;
    for &range in &ranges {
        let out_of_bounds = || SourceError::OutOfBounds { range, len };
        let bytes = usize::try_from(range.len()).ok().filter(|_| range.end() <= len);
        let sum = bytes.and_then(|bytes| want.checked_add(bytes));
        want = sum.ok_or_else(out_of_bounds)?;
    }
    if want == 0 {
        return Ok(Bytes::new());
    }
    let mut stream = Arc::clone(object).read(ranges);
    let mut out = Vec::with_capacity(want);
    while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        let chunk = chunk?;
        if chunk.len() > want.saturating_sub(out.len()) {
            return Err(SourceError::Changed);
        }
        out.extend_from_slice(&chunk);
    }
    if out.len() == want {
        Ok(out.into())
    } else {
        Err(SourceError::Changed)
    }
}
