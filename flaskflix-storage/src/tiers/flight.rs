//! A block on its way up, shared by all who wait for it.

use std::{
    fmt, io,
    sync::{Arc, PoisonError},
};

use bytes::Bytes;
use flaskflix_core::source::SourceError;

use super::stats::Tier;
use crate::sync::{
    Mutex, MutexGuard, Notify,
    atomic::{AtomicBool, Ordering},
};

#[cfg(test)]
#[cfg(shuttle)]
mod models;

/// One block that is being fetched. Whoever fetches it pushes bytes; readers take them as they come.
pub(super) struct Flight {
    state: Mutex<State>,
    /// Whether every tier has the block that it shall have.
    is_settled: AtomicBool,
    changed: Notify,
}

enum State {
    Under(Vec<u8>),
    Landed(Tier, Bytes),
    Failed(Fault),
}

impl Flight {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State::Under(Vec::new())),
            is_settled: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    /// The whole block, once it is there.
    pub(super) fn landed(&self) -> Option<(Tier, Bytes)> {
        match &*self.lock() {
            State::Landed(tier, block) => Some((*tier, block.clone())),
            _ => None,
        }
    }

    /// Bytes of the block from `start` on, up to `end`, as soon as there are any: some of them or all.
    ///
    /// # Errors
    /// What stopped the fetching.
    ///
    /// # Cancellation
    /// Dropping the future changes nothing for anybody else.
    pub(super) async fn bytes(&self, start: usize, end: usize) -> Result<(Tier, Bytes), Fault> {
        loop {
            // Before the look: a change after it wakes this one.
            let changed = self.changed.notified();
            if let Some(ready) = self.ready(start, end) {
                return ready;
            }
            changed.await;
        }
    }

    /// Waits until the block is there or will not come.
    pub(super) async fn ended(&self) -> Result<(), Fault> {
        loop {
            let changed = self.changed.notified();
            match &*self.lock() {
                State::Under(_) => {}
                State::Landed(..) => return Ok(()),
                State::Failed(fault) => return Err(fault.clone()),
            }
            changed.await;
        }
    }

    /// Waits until the block is in every tier that keeps it, or will not come.
    pub(super) async fn settled(&self) -> Result<(), Fault> {
        self.ended().await?;
        loop {
            let changed = self.changed.notified();
            if self.is_settled.load(Ordering::Acquire) {
                return Ok(());
            }
            changed.await;
        }
    }

    /// Nothing more will be done for the block.
    pub(super) fn settle(&self) {
        self.is_settled.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Makes room for a block of `len` bytes, and forgets what was there.
    pub(super) fn begin(&self, len: usize) {
        *self.lock() = State::Under(Vec::with_capacity(len));
    }

    pub(super) fn push(&self, chunk: &[u8]) {
        if let State::Under(bytes) = &mut *self.lock() {
            bytes.extend_from_slice(chunk);
        }
        self.changed.notify_waiters();
    }

    /// Ends the flight with what was pushed.
    pub(super) fn land(&self, tier: Tier) -> Bytes {
        let mut state = self.lock();
        let block = match &mut *state {
            State::Under(bytes) => Bytes::from(std::mem::take(bytes)),
            State::Landed(_, block) => block.clone(),
            State::Failed(_) => Bytes::new(),
        };
        *state = State::Landed(tier, block.clone());
        drop(state);
        self.changed.notify_waiters();
        block
    }

    /// Ends the flight with a block that somebody else has read.
    pub(super) fn land_with(&self, tier: Tier, block: Bytes) {
        *self.lock() = State::Landed(tier, block);
        self.changed.notify_waiters();
    }

    /// Ends the flight, unless it has ended.
    pub(super) fn fail(&self, fault: Fault) {
        let mut state = self.lock();
        if matches!(*state, State::Under(_)) {
            *state = State::Failed(fault);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn ready(&self, start: usize, end: usize) -> Option<Result<(Tier, Bytes), Fault>> {
        match &*self.lock() {
            // Copied: the block grows where it is, and those who hold a part of it would make it grow elsewhere.
            State::Under(bytes) => {
                let end = end.min(bytes.len()).min(start.saturating_add(COPY_BYTES));
                let part = bytes.get(start..end).filter(|part| !part.is_empty())?;
                Some(Ok((Tier::Cold, Bytes::copy_from_slice(part))))
            }
            State::Landed(tier, block) if start < end && end <= block.len() => {
                Some(Ok((*tier, block.slice(start..end))))
            }
            State::Landed(..) => Some(Err(Fault::Changed)),
            State::Failed(fault) => Some(Err(fault.clone())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the bytes.
        f.debug_struct("Flight").finish_non_exhaustive()
    }
}

/// Why a block did not come: a [`SourceError`] that can be told to many.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    NotFound,
    Changed,
    Busy,
    Io(Arc<io::Error>),
}

impl From<SourceError> for Fault {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::NotFound => Self::NotFound,
            SourceError::Changed => Self::Changed,
            SourceError::Busy => Self::Busy,
            SourceError::Io(error) => Self::Io(Arc::new(error)),
            // A block lies inside the object, or the object is another one than it was.
            other => Self::Io(Arc::new(io::Error::other(other))),
        }
    }
}

impl From<Fault> for SourceError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::NotFound,
            Fault::Changed => Self::Changed,
            Fault::Busy => Self::Busy,
            Fault::Io(error) => Self::Io(io::Error::new(error.kind(), error)),
        }
    }
}

/// How much is copied at once out of a block that is still growing.
const COPY_BYTES: usize = 256 << 10;
