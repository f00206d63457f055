//! Models of the single flight: who asks for a block, who fetches it, and what is left of that.

use std::sync::atomic::{AtomicUsize, Ordering};

use flaskflix_core::{
    source::{ByteStream, ObjectInfo, SourceError},
    validator::EntityTag,
};
use futures_util::stream;
use shuttle::{future::block_on, thread};

use super::*;
use crate::{
    sync::models::explore,
    tiers::{block::AssetHash, flight::Fault},
};

/// An object of four bytes, read in two chunks, and how often it was.
#[derive(Debug)]
struct Cold {
    info: ObjectInfo,
    /// The first reads that fail in the middle.
    failures: usize,
    reads: AtomicUsize,
}

impl SourceObject for Cold {
    fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn read(self: Arc<Self>, _: Vec<ByteRange>) -> ByteStream {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        let end = if read < self.failures {
            Err(SourceError::NotFound)
        } else {
            Ok(Bytes::from_static(b"lm"))
        };
        Box::pin(stream::iter([Ok(Bytes::from_static(b"fi")), end]))
    }
}

/// A stack and what lies under it.
#[derive(Clone)]
struct Scene {
    stack: Arc<Stack>,
    cold: Arc<Cold>,
}

impl Scene {
    fn new(fills: u64, failures: usize) -> Self {
        let options = TierOptions::default().memory_bytes(64 * BLOCK_BYTES);
        let options = options
            .block_bytes(BLOCK_BYTES)
            .max_fill_bytes(fills * BLOCK_BYTES);
        let info = ObjectInfo {
            len: 4,
            etag: EntityTag::strong("x").unwrap(),
            last_modified: None,
        };
        Self {
            stack: Arc::new(Stack::open(&options).unwrap()),
            cold: Arc::new(Cold {
                info,
                failures,
                reads: AtomicUsize::new(0),
            }),
        }
    }

    fn ask(&self, number: u64, ask: impl FnOnce(&Arc<Stack>, Wanted<'_>) -> Found) -> Answer {
        let cold: Arc<dyn SourceObject> = Arc::clone(&self.cold) as _;
        let wanted = Wanted {
            key: key(number),
            range: ByteRange::new(0, 4).unwrap(),
            cold: &cold,
        };
        match ask(&self.stack, wanted) {
            Found::Held(block) => Answer::Block(block),
            Found::Coming { flight, .. } => match block_on(flight.settled()) {
                Ok(()) => Answer::Block(flight.landed().unwrap().1),
                Err(fault) => Answer::Fault(fault),
            },
            Found::OnDisk => panic!("there is no disk"),
            Found::NoRoom => Answer::NoRoom,
        }
    }

    fn find(&self, number: u64) -> Answer {
        self.ask(number, Stack::find)
    }

    /// Somebody who wants a block, on a thread of their own.
    fn viewer(&self, number: u64) -> thread::JoinHandle<Answer> {
        let scene = self.clone();
        thread::spawn(move || scene.find(number))
    }

    fn reads(&self) -> usize {
        self.cold.reads.load(Ordering::Relaxed)
    }

    /// When all tasks are gone nothing is on its way, and all the room is there again.
    fn is_quiet(&self, fills: usize) {
        Handle::join();
        assert!(self.stack.flights().is_empty());
        assert_eq!(self.stack.fills.available_permits(), fills);
    }
}

#[derive(Debug)]
enum Answer {
    Block(Bytes),
    Fault(Fault),
    NoRoom,
}

impl Answer {
    fn is_block(&self) -> bool {
        matches!(self, Self::Block(block) if block == "film")
    }
}

fn key(number: u64) -> BlockKey {
    BlockKey {
        asset: AssetHash([1; 16]),
        version: [2; 16],
        number,
    }
}

const BLOCK_BYTES: u64 = 64 << 10;

#[test]
fn a_block_is_fetched_once_whoever_asks_and_whenever() {
    explore(|| {
        let scene = Scene::new(4, 0);
        let viewers = [scene.viewer(0), scene.viewer(0)];
        let ahead = thread::spawn({
            let scene = scene.clone();
            move || {
                scene.ask(0, |stack, wanted| match stack.fetch_ahead(wanted, None) {
                    Some(flight) => Found::Coming { flight, own: true },
                    None => stack.find(wanted),
                })
            }
        });
        assert!(scene.find(0).is_block());
        for viewer in viewers.into_iter().chain([ahead]) {
            assert!(viewer.join().unwrap().is_block());
        }
        scene.is_quiet(4);
        assert_eq!(scene.reads(), 1);
    });
}

#[test]
fn a_failure_is_told_to_all_who_waited_and_the_next_one_tries_again() {
    explore(|| {
        let scene = Scene::new(4, 1);
        let viewers = [scene.viewer(0), scene.viewer(0), scene.viewer(0)];
        let answers = viewers.map(|viewer| viewer.join().unwrap());
        for answer in &answers {
            let failed = matches!(answer, Answer::Fault(Fault::NotFound));
            assert!(failed || answer.is_block(), "{answer:?}");
        }
        assert!(!answers.iter().all(Answer::is_block), "the first read failed");
        scene.is_quiet(4);
        assert!(scene.find(0).is_block());
        scene.is_quiet(4);
        assert_eq!(scene.reads(), 2);
    });
}

#[test]
fn a_flight_whose_task_is_dropped_is_told_and_another_takes_its_place() {
    explore(|| {
        let scene = Scene::new(4, 0);
        let viewers = [scene.viewer(0), scene.viewer(0)];
        Handle::shut_down();
        for viewer in viewers {
            let answer = viewer.join().unwrap();
            let dropped = matches!(answer, Answer::Fault(Fault::Busy));
            assert!(dropped || answer.is_block(), "{answer:?}");
        }
        scene.is_quiet(4);
        assert!(scene.find(0).is_block());
        scene.is_quiet(4);
    });
}

#[test]
fn no_more_blocks_are_on_their_way_than_there_is_room_for() {
    explore(|| {
        let scene = Scene::new(1, 0);
        let viewers = [scene.viewer(0), scene.viewer(1), scene.viewer(0)];
        let listed = scene.stack.flights().len();
        assert!(listed <= 2, "one on its way, and one that leaves");
        let answers = viewers.map(|viewer| viewer.join().unwrap());
        for answer in &answers {
            assert!(
                answer.is_block() || matches!(answer, Answer::NoRoom),
                "{answer:?}"
            );
        }
        assert!(answers.iter().any(Answer::is_block));
        scene.is_quiet(1);
        assert!(scene.reads() <= 2);
    });
}
