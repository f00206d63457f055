//! How models are run.
//!
//! Shuttle runs one thread at a time and takes every order of memory for `SeqCst`: a model finds what goes wrong by the order in which
//! threads meet, not by `Relaxed` where `Acquire` is needed. What is not ours (Tokio's `Notify` and
//! semaphores, moka, files) is one step for each call, and needs a [`moment`] before it where that matters.

use std::{convert::Infallible, env, mem};

use shuttle::{
    Config, Runner,
    future::{JoinHandle, block_on},
    scheduler::{PctScheduler, RandomScheduler},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::futures::Notified;

/// Runs a model under many schedules: random ones, and ones that favour a few switches (PCT). The same in every run; with
/// `FLASKFLIX_SCHEDULES` so many of each.
pub(crate) fn explore(model: fn()) {
    let schedules = env::var("FLASKFLIX_SCHEDULES").map_or(SCHEDULES, |count| count.parse().unwrap());
    let mut config = Config::default();
    config.stack_size = STACK_BYTES;
    // The two warnings are what the header of this file says.
    config.silence_warnings = true;
    let random = RandomScheduler::new_from_seed(SEED, schedules);
    let mut runs = Runner::new(random, config.clone()).run(model);
    for depth in PCT_DEPTHS {
        let pct = PctScheduler::new_from_seed(SEED, depth, schedules / PCT_DEPTHS.len());
        runs += Runner::new(pct, config.clone()).run(model);
    }
    println!("{runs} schedules");
}

/// Lets another thread go on.
pub(crate) fn moment() {
    // Not `yield_now`, which says to PCT that this thread has nothing to do.
    AtomicBool::new(false).load(Ordering::SeqCst);
}

/// Tokio's, with a moment before each call.
#[derive(Debug)]
pub(crate) struct Notify {
    notify: tokio::sync::Notify,
}

impl Notify {
    pub(crate) fn new() -> Self {
        Self {
            notify: tokio::sync::Notify::new(),
        }
    }

    pub(crate) fn notified(&self) -> Notified<'_> {
        moment();
        self.notify.notified()
    }

    pub(crate) fn notify_waiters(&self) {
        moment();
        self.notify.notify_waiters();
    }
}

/// Stands for Tokio's handle of a runtime.
#[derive(Debug)]
pub(crate) struct Handle;

impl Handle {
    pub(crate) const fn try_current() -> Result<Self, Infallible> {
        Ok(Self)
    }

    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let task = shuttle::future::spawn(future);
        TASKS.lock().unwrap().push(task);
    }

    /// Drops all tasks where they stand, as a runtime does that shuts down.
    pub(crate) fn shut_down() {
        for task in &*TASKS.lock().unwrap() {
            task.abort();
        }
    }

    /// Waits until all tasks are gone.
    pub(crate) fn join() {
        let tasks = mem::take(&mut *TASKS.lock().unwrap());
        for task in tasks {
            let _ = block_on(task);
        }
    }
}

shuttle::lazy_static! {
    static ref TASKS: Mutex<Vec<JoinHandle<()>>> = Mutex::default();
}

const SEED: u64 = 20_261_122;
const SCHEDULES: usize = 1000;
/// How many switches at the worst moment it takes for a fault to show.
const PCT_DEPTHS: [usize; 2] = [2, 3];
/// moka needs more than shuttle gives.
const STACK_BYTES: usize = 512 << 10;
