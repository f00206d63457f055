//! What a body gives next: bytes, or a part of a file that the connection sends itself.

#[cfg(all(unix, feature = "serve"))]
use std::{fmt, sync::Arc};

use bytes::Bytes;
#[cfg(all(unix, feature = "serve"))]
use flaskflix_core::{range::ByteRange, source::SendFile};

use super::BodyError;

/// What a body gives next.
#[derive(Debug)]
pub(crate) enum Part {
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes of a file, to be sent from there.
    #[cfg(all(unix, feature = "serve"))]
    File(FilePart),
}

impl Part {
    /// Length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            #[cfg(all(unix, feature = "serve"))]
            Self::File(part) => part.len(),
        }
    }

    /// The bytes of a part that was not asked for as a file's.
    pub(super) fn in_memory(self) -> Result<Bytes, BodyError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            #[cfg(all(unix, feature = "serve"))]
            Self::File(part) => Err(BodyError::Short {
                missing_bytes: part.len(),
            }),
        }
    }
}

/// A part of a file, at most [`MAX_BYTES`](Self::MAX_BYTES) long.
#[cfg(all(unix, feature = "serve"))]
pub struct FilePart {
    pub(crate) file: Arc<dyn SendFile>,
    pub(crate) range: ByteRange,
}

#[cfg(all(unix, feature = "serve"))]
impl FilePart {
    /// The longest part: what a connection has been given counts as sent in logs and metrics, and so far they may be wrong.
    pub const MAX_BYTES: u64 = 2 << 20;

    /// Length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a part is never empty")]
    #[must_use]
    pub fn len(&self) -> u64 {
        self.range.len()
    }
}

#[cfg(all(unix, feature = "serve"))]
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}
