//! Who reads on where a read before has ended: players do, from segment to segment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use flaskflix_core::{range::ByteRange, source::SourceObject};
use tokio::{runtime::Handle, sync::Semaphore};

use super::{
    block::{Blocks, Version},
    stack::{Stack, Wanted},
};

/// Remembers where reads have ended, and fetches what comes next when somebody reads on.
///
/// Each segment is a read of its own, of an object that was opened anew: what they have in common is the version and the place.
#[derive(Debug)]
pub(super) struct Ahead {
    prefetch_bytes: u64,
    ends: Mutex<HashMap<Version, Ends>>,
    at_once: Arc<Semaphore>,
}

/// The ends of the last reads of an object, the oldest first.
type Ends = Vec<u64>;

impl Ahead {
    pub(super) fn new(prefetch_bytes: u64) -> Self {
        Self {
            prefetch_bytes,
            ends: Mutex::default(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// A read of this stretch of the object has come to its end: fetches as much again when it went on from another.
    pub(super) fn read(
        &self,
        stack: &Arc<Stack>,
        cold: &Arc<dyn SourceObject>,
        blocks: Blocks,
        stretch: ByteRange,
    ) {
        if self.prefetch_bytes == 0 || !stack.keeps() || !self.goes_on(&blocks, stretch) {
            return;
        }
        let bytes = stretch.len().min(self.prefetch_bytes);
        let Some(next) = ByteRange::from_len(stretch.end(), bytes) else {
            return;
        };
        let numbers = blocks.touched(next);
        if numbers.clone().all(|number| stack.holds(&blocks.key(number))) {
            return;
        }
        let (stack, cold) = (Arc::clone(stack), Arc::clone(cold));
        self.in_background(async move {
            for number in numbers {
                let Some(range) = blocks.range(number) else { return };
                let key = blocks.key(number);
                let wanted = Wanted {
                    key,
                    range,
                    cold: &cold,
                };
                if let Some(flight) = stack.fetch_ahead(wanted, None)
                    && flight.ended().await.is_err()
                {
                    // Whoever reads it will learn why.
                    return;
                }
            }
        });
    }

    /// Fetches something that nobody waits for. Not when there is much to do already, or no runtime: it is only advice.
    pub(super) fn in_background(&self, fetch: impl Future<Output = ()> + Send + 'static) {
        if let (Ok(runtime), Ok(permit)) = (
            Handle::try_current(),
            Arc::clone(&self.at_once).try_acquire_owned(),
        ) {
            runtime.spawn(async move {
                fetch.await;
                drop(permit);
            });
        }
    }

    /// Whether the stretch begins where a read before has ended, and notes where it ends itself.
    fn goes_on(&self, blocks: &Blocks, stretch: ByteRange) -> bool {
        let mut known = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_OBJECTS && !known.contains_key(&blocks.version()) {
            // Only advice is lost: whoever is in the middle of something is known again after the next read.
            known.clear();
        }
        let ends = known.entry(blocks.version()).or_default();
        let close = |end: &u64| end.abs_diff(stretch.start()) <= NEAR_BYTES;
        let before = ends.iter().position(close);
        if let Some(before) = before {
            ends.remove(before);
        } else if ends.len() >= MAX_READERS {
            ends.remove(0);
        }
        ends.push(stretch.end());
        before.is_some()
    }
}

/// How far from the end of a read the next one may begin. Sound and picture of a segment do not begin at the same byte.
const NEAR_BYTES: u64 = 256 << 10;
/// Places in one object that are remembered: viewers of the same film.
const MAX_READERS: usize = 64;
/// Objects that are remembered, 1 KiB each at most.
const MAX_OBJECTS: usize = 4096;
/// Stretches that are fetched ahead at once.
const AT_ONCE: usize = 8;

#[cfg(test)]
mod tests {
    use flaskflix_core::{id::AssetKey, source::ObjectInfo, validator::EntityTag};

    use super::*;

    const MIB: u64 = 1 << 20;

    fn blocks(key: &str) -> Blocks {
        let info = ObjectInfo {
            len: 1 << 40,
            etag: EntityTag::strong("x").unwrap(),
            last_modified: None,
        };
        Blocks::new(&AssetKey::parse(key).unwrap(), &info, MIB)
    }

    fn stretch(start: u64, end: u64) -> ByteRange {
        ByteRange::new(start, end).unwrap()
    }

    #[test]
    fn segment_after_segment_goes_on() {
        let (ahead, film) = (Ahead::new(MIB), blocks("a"));
        assert!(!ahead.goes_on(&film, stretch(0, MIB)), "the first one");
        assert!(ahead.goes_on(&film, stretch(MIB, 2 * MIB)));
        assert!(
            ahead.goes_on(&film, stretch(2 * MIB - 1000, 3 * MIB)),
            "interleaved sound"
        );
        assert!(
            !ahead.goes_on(&blocks("b"), stretch(3 * MIB, 4 * MIB)),
            "another film"
        );
    }

    #[test]
    fn jumping_about_does_not_go_on() {
        let (ahead, film) = (Ahead::new(MIB), blocks("a"));
        for start in [50, 10, 90, 30, 70, 20] {
            assert!(
                !ahead.goes_on(&film, stretch(start * MIB, (start + 1) * MIB)),
                "{start}"
            );
        }
    }

    #[test]
    fn viewers_at_different_places_do_not_disturb_each_other() {
        let (ahead, film) = (Ahead::new(MIB), blocks("a"));
        for viewer in 0..20 {
            ahead.goes_on(&film, stretch(viewer * 100 * MIB, (viewer * 100 + 1) * MIB));
        }
        for viewer in 0..20 {
            let start = viewer * 100 + 1;
            assert!(
                ahead.goes_on(&film, stretch(start * MIB, (start + 1) * MIB)),
                "{viewer}"
            );
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (ahead, film) = (Ahead::new(MIB), blocks("a"));
        for start in 0..1000 {
            ahead.goes_on(&film, stretch(start * 10 * MIB, start * 10 * MIB + 1));
        }
        for object in 0..MAX_OBJECTS + 10 {
            ahead.goes_on(&blocks(&object.to_string()), stretch(0, 1));
        }
        let known = ahead.ends.lock().unwrap();
        assert!(known.len() <= MAX_OBJECTS);
        assert!(known.values().all(|ends| ends.len() <= MAX_READERS));
    }
}
