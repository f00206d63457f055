//! The frame of every attack: a server, a good client beside the attack, and the state afterwards.
//!
//! **How latency is judged.** The promise is a p99 under 250 ms. A test machine also runs the attackers, and whatever else
//! it runs; so a second server of the same program, with a good client of its own, stands by unattacked, and what that
//! client sees at the same time is what the machine is like: the bound is 250 ms on top of its p99. With
//! `FLASKFLIX_ABUSE=full` it is 250 ms. A slow machine slows both; a server that an attack gets at is slow alone.

use std::{
    cell::Cell,
    future::Future,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::time::timeout;

use crate::{
    process::{Memory, Origin},
    viewer::{Seen, Viewer, one_range},
};

/// The longest that anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the sizes and the bounds are those of docs/SECURITY.md.
pub(crate) fn full() -> bool {
    std::env::var_os("FLASKFLIX_ABUSE").is_some_and(|value| value == "full")
}

/// The first number with `FLASKFLIX_ABUSE=full`, else the second.
pub(crate) fn sized<T>(full_size: T, size: T) -> T {
    if full() { full_size } else { size }
}

/// A byte of the film: not the same at offsets that a mistake would mix up.
pub(crate) const fn film_byte(offset: u64) -> u8 {
    (offset % 251) as u8
}

/// A folder with the film that the good client watches, and a long one.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let film: Vec<u8> = (0..FILM_BYTES).map(film_byte).collect();
    std::fs::write(folder.path().join("film.bin"), &film).unwrap();
    let long: Vec<u8> = (0..LONG_BYTES).map(film_byte).collect();
    std::fs::write(folder.path().join("long.bin"), &long).unwrap();
    folder
}

pub(crate) const FILM_BYTES: u64 = 8 << 20;
/// More than the buffers of two sockets hold.
pub(crate) const LONG_BYTES: u64 = 48 << 20;

/// The server under attack, and the folder that it serves.
pub(crate) struct Target {
    pub(crate) origin: Origin,
    pub(crate) folder: TempDir,
    first_wave: Cell<bool>,
}

impl Target {
    pub(crate) const fn address(&self) -> SocketAddr {
        self.origin.address
    }

    pub(crate) fn first_wave(&self) -> bool {
        self.first_wave.get()
    }
}

/// What is otherwise than usual.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Setting {
    pub(crate) args: &'static [&'static str],
    /// How many files the server may have open; and that the good client keeps to its connection, for a new one may find
    /// no room.
    pub(crate) open_files: Option<u32>,
}

impl Setting {
    fn start(self, folder: &TempDir) -> Origin {
        match self.open_files {
            Some(most) => Origin::start_within(most, folder.path(), self.args),
            None => Origin::start(folder.path(), self.args),
        }
    }

    fn viewer(self, address: SocketAddr) -> Viewer {
        if self.open_files.is_some() {
            Viewer::of_one_connection(address)
        } else {
            Viewer::of(address)
        }
    }
}

/// Attacks a server in [waves](WAVES), and fails when the good client notices or something of the attack stays.
pub(crate) fn besiege(name: &str, attack: impl AsyncFn(&Target)) {
    besiege_with(name, Setting::default(), attack);
}

/// The same on a server with settings of the attack's own.
pub(crate) fn besiege_with(name: &str, setting: Setting, attack: impl AsyncFn(&Target)) {
    // One attack at a time: two would be an attack on each other.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = folder();
    let control = Origin::start(folder.path(), &[]);
    let origin = setting.start(&folder);
    let mut target = Target {
        origin,
        folder,
        first_wave: Cell::new(true),
    };
    let before = warmed_up(&target.origin);
    let viewers = [setting.viewer(target.address()), Viewer::of(control.address)];
    // The good client's own connections are open while an attack ends.
    let mut kept: Vec<State> = Vec::new();
    let begun = Instant::now();
    while kept.len() < WAVES || begun.elapsed() < AT_LEAST {
        target.first_wave.set(kept.is_empty());
        // Dropped with all that the attack has left in tasks.
        runtime().block_on(within(PATIENCE * 4, attack(&target)));
        let most_kib = kept
            .first()
            .map_or(u64::MAX, |first| first.memory.now_kib + GROWTH_KIB);
        kept.push(recovered(name, &target.origin, before, most_kib));
    }
    let lasted = begun.elapsed();

    let [seen, elsewhere] = viewers.map(Viewer::stop);
    assert!(target.origin.runs(), "{name}: the server died");
    let after = kept[kept.len() - 1];
    report(name, lasted, [&seen, &elsewhere], before, after);
    assert_eq!(seen.errors, Vec::<String>::new(), "{name}: the good client");
    assert_eq!(
        elsewhere.errors,
        Vec::<String>::new(),
        "{name}: the good client elsewhere"
    );
    let bound = PROMISED + sized(Duration::ZERO, elsewhere.percentile(99));
    let slow = seen.beyond(bound);
    assert!(
        seen.percentile(99) < bound,
        "{name}: beyond {bound:?} the good client waited {slow:?}"
    );
}

/// Runs one attacker's future with an end.
pub(crate) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> T {
    timeout(time, future).await.expect("an end in good time")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Memory and descriptors.
#[derive(Debug, Clone, Copy)]
struct State {
    memory: Memory,
    descriptors: usize,
}

impl State {
    fn of(origin: &Origin) -> Self {
        Self {
            memory: origin.memory(),
            descriptors: origin.descriptors(),
        }
    }
}

/// The state of a server that has served: what it makes once is there.
fn warmed_up(origin: &Origin) -> State {
    let good: Vec<_> = (0..8)
        .map(|_| {
            thread::spawn({
                let address = origin.address;
                move || {
                    let mut socket = std::net::TcpStream::connect(address).unwrap();
                    for number in 0..20 {
                        one_range(&mut socket, number).unwrap();
                    }
                }
            })
        })
        .collect();
    for thread in good {
        thread.join().unwrap();
    }
    // Connections are closed a moment after their client is gone.
    let mut lowest = State::of(origin);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(200) {
        let state = State::of(origin);
        if state.descriptors < lowest.descriptors {
            lowest = state;
        }
        thread::yield_now();
    }
    lowest
}

/// Waits until no descriptor more is open than before, and memory is back: to what a server may keep, and to `most_kib`.
///
/// Memory comes back bit by bit after an attack has ended, so that one look at it would say when it looked.
fn recovered(name: &str, origin: &Origin, before: State, most_kib: u64) -> State {
    let most_kib = most_kib.min(before.memory.now_kib + KEPT_KIB);
    let begun = Instant::now();
    loop {
        let state = State::of(origin);
        // The good client's connection, the film it reads, and a connection that it has just left.
        let back = state.descriptors <= before.descriptors + 4;
        if back && state.memory.now_kib <= most_kib {
            return state;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{name}: {before:?} has become {state:?}, {most_kib} KiB may stay"
        );
        thread::yield_now();
    }
}

fn report(name: &str, lasted: Duration, [seen, elsewhere]: [&Seen; 2], before: State, after: State) {
    let mib = |kib: u64| kib.div_ceil(1024);
    println!(
        "| {name} | {:.1} s | {} | {:?} | {:?} | {} | {} | {} | {} → {} |",
        lasted.as_secs_f64(),
        seen.ranges(),
        seen.percentile(99),
        elsewhere.percentile(99),
        mib(before.memory.now_kib),
        mib(after.memory.peak_kib),
        mib(after.memory.now_kib),
        before.descriptors,
        after.descriptors,
    );
}

/// The p99 of issue and documentation.
const PROMISED: Duration = Duration::from_millis(250);

/// What the process may keep: 32 MiB of read buffers are held for the next reader (`ReadOptions::idle_buffer_bytes`), and
/// half as much for what the allocator needs to go on.
const KEPT_KIB: u64 = 48 * 1024;

/// An attack comes again, and again if it is short: a p99 is one of many. What the first wave has left is memory for the
/// next ones, and after each of those no more than this may be added to it; what were lost for good would be lost again.
const WAVES: usize = 2;
const AT_LEAST: Duration = Duration::from_secs(3);
const GROWTH_KIB: u64 = 12 * 1024;

static ALONE: Mutex<()> = Mutex::new(());

/// Runs alone, as attacks do.
pub(crate) fn alone(run: impl AsyncFnOnce()) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    runtime().block_on(within(PATIENCE * 4, run()));
}
