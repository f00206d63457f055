//! What a connection is to send: bytes, and stand-ins for parts of files.
//!
//! hyper takes any [`Buf`] as the data of a body, queues it, and hands the transport slices of memory to write. A part of a file is
//! in no memory; in its place goes a slice of one byte, the [`MARK`], known by its address. The transport that meets it sends the
//! part instead, and says how many bytes it sent; hyper then advances its buffers by so many. The parts themselves wait in the
//! [`Outbox`], in the order in which their stand-ins went to hyper, which is the order of HTTP/1.1.
//!
//! | who | does |
//! |---|---|
//! | `Outgoing`, the body of every response | puts a part in the outbox, gives hyper its stand-in |
//! | hyper | keeps order and length, as for any other buffer |
//! | `Transport` | meets the mark, sends the front of the outbox |

use std::{
    collections::VecDeque,
    io::IoSlice,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use bytes::{Buf, Bytes};
use flaskflix_core::{range::ByteRange, source::SendFile};

use super::{FilePart, overload::Place};

/// The parts of files that a connection has still to send.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    parts: Mutex<VecDeque<Queued>>,
}

#[derive(Debug)]
struct Queued {
    part: FilePart,
    /// The last part of a response holds its place: its file is open until it is sent.
    place: Option<Place>,
}

impl Outbox {
    /// Queues a part, and gives what stands for it.
    pub(super) fn put(&self, part: FilePart) -> OutgoingData {
        let left = usize::try_from(part.len()).unwrap_or(usize::MAX);
        self.parts().push_back(Queued { part, place: None });
        OutgoingData::Part { left }
    }

    /// A response was handed over. Its request stays under way until its last part is sent, if there is one to be sent.
    pub(super) fn ends(&self, place: Place) {
        if let Some(last) = self.parts().back_mut() {
            // One that has a place is that of the response before.
            last.place.get_or_insert(place);
        }
    }

    /// The part whose stand-in comes next: its file, and what of it is not sent yet.
    pub(super) fn front(&self) -> Option<(Arc<dyn SendFile>, ByteRange)> {
        let parts = self.parts();
        let Queued { part, .. } = parts.front()?;
        Some((Arc::clone(&part.file), part.range))
    }

    /// Says that so many bytes of the front were sent.
    pub(super) fn sent(&self, bytes: u64) {
        let mut parts = self.parts();
        if let Some(Queued { part, .. }) = parts.front_mut() {
            match ByteRange::new(part.range.start().saturating_add(bytes), part.range.end()) {
                Some(left) => part.range = left,
                None => drop(parts.pop_front()),
            }
        }
    }

    fn parts(&self) -> MutexGuard<'_, VecDeque<Queued>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The data of the frames that hyper gets.
#[derive(Debug)]
pub(super) enum OutgoingData {
    Bytes(Bytes),
    /// Stands for a part in the outbox of the connection.
    Part {
        left: usize,
    },
}

impl Buf for OutgoingData {
    fn remaining(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.remaining(),
            Self::Part { left } => *left,
        }
    }

    fn chunk(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes.chunk(),
            Self::Part { left: 0 } => &[],
            Self::Part { .. } => &**MARK,
        }
    }

    fn advance(&mut self, bytes: usize) {
        match self {
            Self::Bytes(left) => left.advance(bytes),
            Self::Part { left } => *left = left.saturating_sub(bytes),
        }
    }
}

/// Whether this slice stands for a part.
pub(super) fn is_mark(slice: &IoSlice<'_>) -> bool {
    std::ptr::eq(slice.as_ptr(), MARK.as_ptr())
}

/// Known by where it lies. On the heap, where nothing else can lie at the same place: compilers and linkers put equal constants
/// together. What it holds is never sent.
static MARK: LazyLock<Box<[u8; 1]>> = LazyLock::new(Box::default);
