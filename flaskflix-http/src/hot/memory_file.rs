//! Files that exist in memory only, and that nobody can change once they are finished: `memfd_create` and its seals.

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
};

use flaskflix_core::{
    range::ByteRange,
    source::{SendFile, Sent, SourceError},
};
use rustix::io::Errno;

use super::ledger::Entry;

/// A file in memory, whole and sealed. Its memory is the kernel's: it counts as shared memory, and is given back when the last one who
/// sends it has gone.
#[derive(Debug)]
pub(super) struct MemoryFile {
    file: OwnedFd,
    entry: Entry,
}

/// One that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    file: OwnedFd,
    entry: Entry,
    written: u64,
}

impl MemoryFile {
    /// A file that will have as many bytes as were entered.
    ///
    /// # Errors
    /// Where the system has no such files, or has no memory or descriptor for it.
    pub(super) fn draft(entry: Entry) -> io::Result<Draft> {
        Ok(Draft {
            file: system::create()?,
            entry,
            written: 0,
        })
    }

    pub(super) const fn len(&self) -> u64 {
        self.entry.bytes()
    }

    fn send_once(&self, socket: BorrowedFd<'_>, range: ByteRange) -> rustix::io::Result<u64> {
        let len = usize::try_from(range.len()).unwrap_or(usize::MAX);
        system::send(socket, &self.file, range.start(), len).map(|sent| sent as u64)
    }
}

impl Draft {
    /// Writes what comes next.
    ///
    /// # Errors
    /// When memory ran out, or it is more than was said.
    pub(super) fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = rustix::io::pwrite(&self.file, bytes, self.written)?;
            self.written = self.written.saturating_add(written as u64);
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Seals the file: from now on it is as it is.
    ///
    /// # Errors
    /// When another number of bytes has come than was said.
    pub(super) fn finish(self) -> io::Result<MemoryFile> {
        let Self { file, entry, written } = self;
        let len = entry.bytes();
        if written != len {
            let text = format!("{written} bytes came where {len} were to come");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        system::seal(&file)?;
        Ok(MemoryFile { file, entry })
    }
}

impl SendFile for MemoryFile {
    fn send(&self, socket: BorrowedFd<'_>, range: ByteRange, _fetched: bool) -> Result<Sent, SourceError> {
        loop {
            return match self.send_once(socket, range) {
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(Sent::Full),
                Err(errno) => Err(SourceError::Io(errno.into())),
                Ok(0) => Err(SourceError::OutOfBounds {
                    range,
                    len: self.len(),
                }),
                Ok(bytes) => Ok(Sent::Bytes(bytes)),
            };
        }
    }

    fn fetch(&self, _range: ByteRange) {}
}

#[cfg(target_os = "linux")]
mod system {
    use std::{
        io,
        os::fd::{BorrowedFd, OwnedFd},
    };

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create, sendfile};

    pub(super) fn create() -> io::Result<OwnedFd> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        Ok(memfd_create("flaskflix-segment", flags)?)
    }

    pub(super) fn seal(file: &OwnedFd) -> io::Result<()> {
        let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
        Ok(fcntl_add_seals(file, seals)?)
    }

    pub(super) fn send(
        socket: BorrowedFd<'_>,
        file: &OwnedFd,
        mut offset: u64,
        len: usize,
    ) -> rustix::io::Result<usize> {
        sendfile(socket, file, Some(&mut offset), len)
    }
}

/// Elsewhere nothing is kept.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::{
        io,
        os::fd::{BorrowedFd, OwnedFd},
    };

    use rustix::io::Errno;

    pub(super) fn create() -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn seal(_file: &OwnedFd) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn send(_: BorrowedFd<'_>, _: &OwnedFd, _: u64, _: usize) -> rustix::io::Result<usize> {
        Err(Errno::OPNOTSUPP)
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::{
        io::Read as _,
        os::{fd::AsFd as _, unix::net::UnixStream},
        sync::Arc,
    };

    use super::*;
    use crate::hot::ledger::Ledger;

    fn draft(len: u64) -> Draft {
        let ledger = Arc::new(Ledger::new(u64::MAX, 1));
        MemoryFile::draft(ledger.enter(len).unwrap()).unwrap()
    }

    fn file(bytes: &[u8]) -> MemoryFile {
        let mut draft = draft(bytes.len() as u64);
        for chunk in bytes.chunks(1000) {
            draft.append(chunk).unwrap();
        }
        draft.finish().unwrap()
    }

    #[test]
    fn a_range_is_sent_as_far_as_the_socket_takes_it() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let file = file(&bytes);
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let (mut at, end) = (1234, 2_999_999);
        let mut got = Vec::new();
        while at < end {
            match file
                .send(ours.as_fd(), ByteRange::new(at, end).unwrap(), false)
                .unwrap()
            {
                Sent::Bytes(sent) => at += sent,
                Sent::Full => {
                    let mut buffer = [0; 4096];
                    let read = theirs.read(&mut buffer).unwrap();
                    got.extend_from_slice(&buffer[..read]);
                }
                Sent::Cold => panic!("it is in memory"),
            }
        }
        drop(ours);
        theirs.read_to_end(&mut got).unwrap();
        assert!(got == bytes[1234..2_999_999]);
    }

    #[test]
    fn what_is_finished_cannot_be_changed() {
        let file = file(b"as it is");
        let errno = rustix::io::pwrite(&file.file, b"other", 0).unwrap_err();
        assert_eq!(errno, Errno::PERM);
        assert_eq!(rustix::fs::ftruncate(&file.file, 0).unwrap_err(), Errno::PERM);
    }

    #[test]
    fn what_has_another_length_than_was_said_is_not_kept() {
        for said in [2, 4] {
            let mut draft = draft(said);
            draft.append(b"abc").unwrap();
            let error = draft.finish().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("3 bytes came where {said} were to come")
            );
        }
    }

    #[test]
    fn a_range_past_the_end_is_named() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let range = ByteRange::new(8, 9).unwrap();
        let sent = file(b"as it is").send(ours.as_fd(), range, false);
        assert!(
            matches!(sent, Err(SourceError::OutOfBounds { len: 8, .. })),
            "{sent:?}"
        );
    }
}
