//! Sends a file's bytes to a socket from the page cache, without a copy: `sendfile`.
//!
//! The kernel hands the pages themselves to the socket. That has three consequences, and this file deals with them:
//!
//! * A page that is not in memory would hold up the thread until the disk has it. So the page cache is asked first, with reads of
//!   one byte that do not wait, one in every [`PROBE_STEP`]: the kernel reads ahead and forgets in larger pieces than that.
//! * The version is looked at after the bytes were handed over. Who sends the last bytes of a body must have seen it unchanged
//!   until then, see `flaskflix_http`.
//! * Whoever overwrites the file in place changes bytes that are still on their way in the kernel's queues. Nobody can see that, so
//!   only files are sent that were left alone for a while ([`ReadOptions::zero_copy_after`](super::ReadOptions::zero_copy_after)).

use std::{io::IoSliceMut, num::NonZeroU64, os::fd::BorrowedFd, sync::PoisonError};

use flaskflix_core::{
    range::ByteRange,
    source::{SendFile, Sent, SourceError},
};
use rustix::{
    fs::{Advice, fadvise, sendfile},
    io::{Errno, ReadWriteFlags, pread, preadv2, write},
};

use super::{identity::Status, open_file::OpenFile, options::Counters};

impl SendFile for OpenFile {
    fn send(&self, socket: BorrowedFd<'_>, range: ByteRange, fetched: bool) -> Result<Sent, SourceError> {
        let range = front(range, SEND_BYTES);
        if !fetched && !self.is_hot(range) {
            return Ok(Sent::Cold);
        }
        let sent = loop {
            match self.send_once(socket, range) {
                Err(Errno::INTR) => {}
                // Some file systems cannot. Their bytes take the way through memory, a little at a time.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => break self.copy_once(socket, range),
                sent => break sent,
            }
        };
        match sent {
            Ok(0) => Err(SourceError::Changed), // The file ends before its length.
            Ok(bytes) => {
                Counters::count(&self.reading.counters.sent_chunks);
                self.check_sent_version()?;
                Ok(Sent::Bytes(bytes as u64))
            }
            Err(Errno::AGAIN) => Ok(Sent::Full),
            Err(errno) => {
                // The version first: on a network file system an error may only be how a change looks.
                self.check_sent_version()?;
                Err(SourceError::Io(errno.into()))
            }
        }
    }

    fn fetch(&self, range: ByteRange) {
        Counters::count(&self.reading.counters.cold_chunks);
        let ahead = front(range, self.reading.read_ahead_bytes.max(SEND_BYTES));
        // Only advice: a file system that takes none is read all the same.
        let _ = fadvise(
            &self.file,
            ahead.start(),
            NonZeroU64::new(ahead.len()),
            Advice::WillNeed,
        );
        for offset in probes(front(range, SEND_BYTES)) {
            if !matches!(pread(&self.file, &mut [0_u8], offset), Ok(1)) {
                return;
            }
        }
    }
}

impl OpenFile {
    /// Whether these bytes are in the page cache, as far as probes tell.
    fn is_hot(&self, range: ByteRange) -> bool {
        probes(range).all(|offset| {
            let byte = &mut [0_u8];
            let read = preadv2(
                &self.file,
                &mut [IoSliceMut::new(byte)],
                offset,
                ReadWriteFlags::NOWAIT,
            );
            if let Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) = read {
                self.lacks_nowait();
            }
            matches!(read, Ok(1))
        })
    }

    fn send_once(&self, socket: BorrowedFd<'_>, range: ByteRange) -> rustix::io::Result<usize> {
        let mut offset = range.start();
        let len = usize::try_from(range.len()).unwrap_or(usize::MAX);
        sendfile(socket, &self.file, Some(&mut offset), len)
    }

    fn copy_once(&self, socket: BorrowedFd<'_>, range: ByteRange) -> rustix::io::Result<usize> {
        let mut buffer = self.reading.buffers.take(range.len());
        let read = pread(&self.file, buffer.room(), range.start())?;
        buffer.fill(read);
        write(socket, buffer.as_ref())
    }

    fn check_sent_version(&self) -> Result<(), SourceError> {
        // Asked before the lock is taken: others send this file, too.
        let now = Status::of(&self.file)?.identity;
        let mut version = self.sent_version.lock().unwrap_or_else(PoisonError::into_inner);
        version.confirm(now).then_some(()).ok_or(SourceError::Changed)
    }
}

/// The first bytes of a range.
fn front(range: ByteRange, bytes: u64) -> ByteRange {
    ByteRange::from_len(range.start(), range.len().min(bytes)).unwrap_or(range)
}

/// Where the page cache is asked for a range: at its first byte, at every step, and at its last byte.
fn probes(range: ByteRange) -> impl Iterator<Item = u64> {
    let last = range.end().saturating_sub(1);
    let inner = (range.start() / PROBE_STEP).saturating_add(1);
    let steps = (inner..).map(|step| step.saturating_mul(PROBE_STEP));
    std::iter::once(range.start())
        .chain(steps.take_while(move |&offset| offset < last))
        .chain((last > range.start()).then_some(last))
}

/// Most bytes of one call: about what a socket takes at once.
const SEND_BYTES: u64 = 2 << 20;

/// The kernel's own window of reading ahead is twice as large, and doubles it where a file is read in order.
const PROBE_STEP: u64 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_byte_and_every_step_are_probed() {
        let probes = |start, end| probes(ByteRange::new(start, end).unwrap()).collect::<Vec<_>>();
        assert_eq!(probes(5, 6), [5]);
        assert_eq!(probes(5, 7), [5, 6]);
        assert_eq!(probes(0, PROBE_STEP), [0, PROBE_STEP - 1]);
        assert_eq!(probes(0, PROBE_STEP + 2), [0, PROBE_STEP, PROBE_STEP + 1]);
        assert_eq!(
            probes(PROBE_STEP, 3 * PROBE_STEP + 9),
            [PROBE_STEP, 2 * PROBE_STEP, 3 * PROBE_STEP, 3 * PROBE_STEP + 8]
        );
        assert_eq!(probes(u64::MAX - 3, u64::MAX), [u64::MAX - 3, u64::MAX - 1]);
    }
}
