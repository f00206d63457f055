//! One open version of a file.

use std::{
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flaskflix_core::{
    range::ByteRange,
    source::{ByteStream, ObjectInfo, SendFile, SourceError, SourceObject},
};

use super::{
    buffers::BufferPool,
    gather::Cursor,
    identity::{Identity, Status},
    options::Counters,
    reader::Reader,
    stream::FileStream,
};

/// What all files of one folder share for reading.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) buffers: Arc<BufferPool>,
    pub(super) counters: Counters,
    pub(super) read_ahead_bytes: u64,
    /// A file that was left alone for so long is sent without a copy.
    pub(super) zero_copy_after: Duration,
}

/// A regular file, open, with the identity it had when it was opened.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) file: OwnedFd,
    pub(super) identity: Identity,
    pub(super) reading: Arc<Reading>,
    /// The version as it was when bytes were last sent without a copy.
    pub(super) sent_version: Mutex<Identity>,
    info: ObjectInfo,
    /// Whether the file system can say "not in the page cache" instead of waiting.
    nowait: AtomicBool,
}

impl OpenFile {
    pub(super) fn new(file: OwnedFd, identity: Identity, reading: Arc<Reading>) -> Self {
        let info = ObjectInfo {
            len: identity.len(),
            etag: identity.etag(),
            last_modified: Some(identity.last_modified()),
        };
        Self {
            file,
            identity,
            reading,
            sent_version: Mutex::new(identity),
            info,
            nowait: AtomicBool::new(true),
        }
    }

    /// Bytes were handed out since the file was `version`; this says whether they were of the version opened: a writer changes
    /// the times before the bytes.
    pub(super) fn confirm(&self, version: &mut Identity) -> Result<(), SourceError> {
        let now = Status::of(&self.file)?.identity;
        if version.confirm(now) {
            Ok(())
        } else {
            Err(SourceError::Changed)
        }
    }

    pub(super) fn has_nowait(&self) -> bool {
        self.nowait.load(Ordering::Relaxed)
    }

    /// Remembers that this file cannot be asked without waiting, so that the question costs one call per open
    /// file and not one per chunk. (Not per folder: several file systems may be mounted beneath it.)
    pub(super) fn lacks_nowait(&self) {
        self.nowait.store(false, Ordering::Relaxed);
    }
}

impl SourceObject for OpenFile {
    fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        let len = self.info.len;
        let outside = ranges.iter().find(|range| range.end() > len).copied();
        Box::pin(match outside {
            Some(range) => FileStream::failed(SourceError::OutOfBounds { range, len }),
            None => FileStream::new(Reader::new(self, Cursor::new(ranges))),
        })
    }

    fn as_file(self: Arc<Self>) -> Option<Arc<dyn SendFile>> {
        let is_left_alone = self.identity.is_older_than(self.reading.zero_copy_after);
        (is_left_alone && self.has_nowait()).then_some(self as _)
    }
}
