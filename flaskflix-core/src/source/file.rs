//! Objects that are open files of this machine: the kernel moves their bytes to a socket, and no memory of ours is touched.

use std::{fmt, os::fd::BorrowedFd};

use super::SourceError;
use crate::range::ByteRange;

/// A file that sends its own bytes. See [`SourceObject::as_file`](super::SourceObject::as_file).
///
/// # Contract
/// * What is sent is of the version that the object was opened as, as far as can be seen at the end of the call. A call that fails with
///   [`SourceError::Changed`] may have sent bytes of another version: nothing may be sent after them.
/// * `send` does not wait: neither for the socket, which is non-blocking, nor for a disk.
pub trait SendFile: fmt::Debug + Send + Sync + 'static {
    /// Sends bytes from the front of `range` to a non-blocking socket, as many as are in memory and as it takes at once.
    ///
    /// `fetched` says that [`fetch`](Self::fetch) was just called for this range: its bytes count as being in memory without a look, so
    /// that a machine which evicts them faster than they are sent still makes progress.
    ///
    /// # Errors
    /// [`SourceError::Changed`] as above, [`SourceError::Io`] when the file or the socket fails.
    fn send(&self, socket: BorrowedFd<'_>, range: ByteRange, fetched: bool) -> Result<Sent, SourceError>;

    /// Brings the front of `range` into memory. Waits for the disk: to be called where waiting is allowed.
    ///
    /// Failures are not told: [`send`](Self::send) meets them again.
    fn fetch(&self, range: ByteRange);
}

/// What came of [`SendFile::send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// So many bytes were sent, at least one.
    Bytes(u64),
    /// None: the socket takes no more for now.
    Full,
    /// None: they are not in memory, see [`SendFile::fetch`].
    Cold,
}
