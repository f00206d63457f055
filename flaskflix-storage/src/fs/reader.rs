//! Reads chunk after chunk, from the page cache or from the disk, and checks each against the version opened.

use std::{
    io::IoSliceMut,
    num::NonZeroU64,
    os::fd::{AsFd as _, BorrowedFd},
    sync::Arc,
};

use bytes::Bytes;
use flaskflix_core::source::SourceError;
use rustix::{
    fs::{Advice, fadvise},
    io::{Errno, ReadWriteFlags, preadv, preadv2},
};
use smallvec::SmallVec;

use super::{
    buffers::ReadBuffer,
    gather::{Cursor, Part},
    identity::Identity,
    open_file::OpenFile,
    options::Counters,
};

/// The state of one read. Synchronous: [`FileStream`](super::stream::FileStream) chooses the thread.
#[derive(Debug)]
pub(super) struct Reader {
    file: Arc<OpenFile>,
    cursor: Cursor,
    version: Identity,
}

impl Reader {
    pub(super) fn new(file: Arc<OpenFile>, cursor: Cursor) -> Self {
        let version = file.identity;
        Self {
            file,
            cursor,
            version,
        }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.cursor.remaining() == 0
    }

    /// The next chunk as far as it is in the page cache, without waiting. `None` when its first byte is not.
    ///
    /// Any failure here is `None` as well: the read that may wait meets it again and reports it.
    pub(super) fn read_hot(&mut self) -> Result<Option<Bytes>, SourceError> {
        if !self.file.has_nowait() {
            return Ok(None);
        }
        let mut buffer = self.buffer();
        if let Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) = self.fill(&mut buffer, preadv_nowait) {
            self.file.lacks_nowait();
        }
        if buffer.is_empty() {
            return Ok(None);
        }
        Counters::count(&self.file.reading.counters.hot_chunks);
        self.file.confirm(&mut self.version)?;
        Ok(Some(buffer.freeze()))
    }

    /// The next chunk, however long that takes. Asks the kernel first to fetch what comes after it.
    pub(super) fn read_cold(&mut self) -> Result<Bytes, SourceError> {
        self.read_ahead();
        let mut buffer = self.buffer();
        let filled = self.fill(&mut buffer, |file, parts, offset| preadv(file, parts, offset));
        Counters::count(&self.file.reading.counters.cold_chunks);
        // The version first: on a network file system an error may only be how a change looks.
        self.file.confirm(&mut self.version)?;
        match filled {
            Ok(Filled::Wholly) => Ok(buffer.freeze()),
            Ok(Filled::UpToTheEndOfTheFile) => Err(SourceError::Changed),
            Err(errno) => Err(SourceError::Io(errno.into())),
        }
    }

    fn buffer(&self) -> ReadBuffer {
        self.file.reading.buffers.take(self.cursor.remaining())
    }

    /// Fills the buffer with stretch after stretch, so that many small ranges become one chunk, with few calls.
    fn fill(
        &mut self,
        buffer: &mut ReadBuffer,
        read: impl Fn(BorrowedFd<'_>, &mut [IoSliceMut<'_>], u64) -> rustix::io::Result<usize>,
    ) -> rustix::io::Result<Filled> {
        let mut gaps = Vec::new();
        loop {
            let Some((offset, parts)) = self.cursor.next_parts(buffer.room().len()) else {
                return Ok(Filled::Wholly);
            };
            let answer = {
                let mut slices = slices(&parts, buffer.room(), &mut gaps);
                read(self.file.file.as_fd(), &mut slices, offset)
            };
            match answer {
                Ok(0) => return Ok(Filled::UpToTheEndOfTheFile),
                Ok(bytes) => {
                    let wanted = self.cursor.advance_over(&parts, bytes);
                    buffer.fill(wanted);
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    fn read_ahead(&self) {
        for stretch in self.cursor.upcoming(self.file.reading.read_ahead_bytes) {
            let len = NonZeroU64::new(stretch.len());
            // Only advice: a file system that takes none is read all the same.
            let _ = fadvise(&self.file.file, stretch.start(), len, Advice::WillNeed);
        }
    }
}

/// How far a buffer was filled.
enum Filled {
    /// There is no room left, or nothing left to read.
    Wholly,
    /// The file ended before its length.
    UpToTheEndOfTheFile,
}

/// Where parts of the file go: what is wanted to the front of the room, without gaps; the gaps to memory that nobody looks at.
fn slices<'a>(
    parts: &[Part],
    mut room: &'a mut [u8],
    gaps: &'a mut Vec<u8>,
) -> SmallVec<[IoSliceMut<'a>; 2]> {
    let gap_bytes = parts.iter().map(|part| match part {
        Part::Wanted(_) => 0,
        Part::Gap(len) => *len,
    });
    let gap_bytes: usize = gap_bytes.sum();
    if gaps.len() < gap_bytes {
        gaps.resize(gap_bytes, 0);
    }
    let mut gaps = gaps.as_mut_slice();
    let slices = parts.iter().map_while(|part| match part {
        Part::Wanted(len) => room.split_off_mut(..*len),
        Part::Gap(len) => gaps.split_off_mut(..*len),
    });
    slices.map(IoSliceMut::new).collect()
}

fn preadv_nowait(
    file: BorrowedFd<'_>,
    parts: &mut [IoSliceMut<'_>],
    offset: u64,
) -> rustix::io::Result<usize> {
    preadv2(file, parts, offset, ReadWriteFlags::NOWAIT)
}
