//! The locks, atomics and tasks of what is modelled: those of std and Tokio, or under `--cfg shuttle` those of shuttle.
//!
//! `make models` runs the tests called `models` with the second. Shuttle then decides at every lock, atomic and `await` who goes on.
//! What else is built has the first, under the same names. docs/ARCHITECTURE.md says what is modelled, and what need not be.

// Two attributes: clippy knows tests by the first one.
#[cfg(test)]
#[cfg(shuttle)]
pub(crate) mod models;

#[cfg(not(all(test, shuttle)))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
#[cfg(not(all(test, shuttle)))]
pub(crate) use tokio::{runtime::Handle, sync::Notify};

#[cfg(all(test, shuttle))]
pub(crate) use models::{Handle, Notify, moment};
#[cfg(all(test, shuttle))]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, atomic};

/// Before a step of something that is not ours, and that another thread may see: in a model, another may go on here.
#[cfg(not(all(test, shuttle)))]
pub(crate) const fn moment() {}
