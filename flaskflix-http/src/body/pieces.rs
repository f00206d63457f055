//! Pieces of a virtual object as a stream of chunks, in order.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use flaskflix_core::{encrypt::EncryptedRange, object::Piece, range::ByteRange, source::SourceObject};
use smallvec::{SmallVec, smallvec};

#[cfg(all(unix, feature = "serve"))]
use super::sending::Sending;
use super::{BodyError, encrypting::Encrypting, part::Part, reading::Reading};

/// Where the bytes of files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Through memory.
    Memory,
    /// Long ones straight to the socket.
    #[cfg(feature = "serve")]
    Direct,
}

/// Pieces that are still to come.
pub(crate) struct Pieces {
    source: Option<Arc<dyn SourceObject>>,
    runs: smallvec::IntoIter<[Run; 1]>,
    open: Option<Open>,
}

/// Neighbouring pieces that are had in one go.
#[derive(Debug)]
enum Run {
    Bytes(Bytes),
    Source { ranges: Ranges, len: u64 },
    Encrypted(EncryptedRange),
}

/// The ranges of a run: one, where it is of a plain file.
pub(super) type Ranges = SmallVec<[ByteRange; 1]>;

/// A run that is under way.
enum Open {
    Reading(Reading),
    #[cfg(all(unix, feature = "serve"))]
    Sending(Box<Sending>),
    Encrypting(Box<Encrypting>),
}

impl Pieces {
    /// Pieces and their length. Neighbouring source ranges become one read.
    pub(crate) fn new(
        source: Option<Arc<dyn SourceObject>>,
        pieces: impl IntoIterator<Item = Piece>,
    ) -> (Self, u64) {
        let mut bytes = 0_u64;
        let mut runs = SmallVec::new();
        for piece in pieces {
            bytes = bytes.saturating_add(piece.len());
            match (piece, runs.last_mut()) {
                (Piece::Source(range), Some(Run::Source { ranges, len })) => {
                    append(ranges, range);
                    *len = len.saturating_add(range.len());
                }
                (Piece::Source(range), _) => runs.push(Run::Source {
                    ranges: smallvec![range],
                    len: range.len(),
                }),
                (Piece::Bytes(bytes), _) => runs.push(Run::Bytes(bytes)),
                (Piece::Encrypted(range), _) => runs.push(Run::Encrypted(range)),
            }
        }
        let pieces = Self {
            source,
            runs: runs.into_iter(),
            open: None,
        };
        (pieces, bytes)
    }

    /// The next part in memory.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let part = ready!(self.poll_part(cx, Way::Memory));
        Poll::Ready(part.map(|part| part.and_then(Part::in_memory)))
    }

    pub(super) fn poll_part(
        &mut self,
        cx: &mut Context<'_>,
        way: Way,
    ) -> Poll<Option<Result<Part, BodyError>>> {
        loop {
            let part = match &mut self.open {
                Some(Open::Reading(reading)) => {
                    ready!(reading.poll_chunk(cx)).map(|chunk| chunk.map(Part::Bytes))
                }
                #[cfg(all(unix, feature = "serve"))]
                Some(Open::Sending(sending)) => ready!(sending.poll_part(cx)),
                Some(Open::Encrypting(encrypting)) => {
                    ready!(encrypting.poll_chunk(cx)).map(|chunk| chunk.map(Part::Bytes))
                }
                None => None,
            };
            if part.is_some() {
                return Poll::Ready(part);
            }
            self.open = match self.runs.next() {
                None => return Poll::Ready(None),
                Some(Run::Bytes(bytes)) => {
                    self.open = None;
                    return Poll::Ready(Some(Ok(Part::Bytes(bytes))));
                }
                Some(Run::Source { ranges, len }) => match &self.source {
                    Some(object) => Some(Open::source(object, ranges, len, way)),
                    None => return Poll::Ready(Some(Err(BodyError::Short { missing_bytes: len }))),
                },
                Some(Run::Encrypted(range)) => {
                    let encrypting = Encrypting::new(self.source.clone(), &range);
                    Some(Open::Encrypting(Box::new(encrypting)))
                }
            };
        }
    }
}

impl Open {
    fn source(object: &Arc<dyn SourceObject>, ranges: Ranges, len: u64, way: Way) -> Self {
        let ranges = match way {
            #[cfg(all(unix, feature = "serve"))]
            Way::Direct => match Sending::new(object, ranges) {
                Ok(sending) => return Self::Sending(Box::new(sending)),
                Err(ranges) => ranges,
            },
            _ => ranges,
        };
        let stream = Arc::clone(object).read(ranges.into_vec());
        Self::Reading(Reading::new(stream, len))
    }
}

/// Adds a range to those of a run; one that begins where the last one ends makes it longer.
fn append(ranges: &mut Ranges, range: ByteRange) {
    let last = ranges.last_mut();
    let joined = last.and_then(|last| Some((last.followed_by(range)?, last)));
    match joined {
        Some((joined, last)) => *last = joined,
        None => ranges.push(range),
    }
}
