//! Files that were opened a moment ago, held open for the next who asks.
//!
//! Players ask for one range of a film after another, and many watch the same film. Opening and closing a file costs more than
//! anything else about a small range but the socket. So a few files stay open for a moment, and whoever asks for a name that led to one
//! has it looked up again (`statx`): when it still leads to the very version that was opened, the open file is theirs. So what is
//! served is never older than with an open for each request.
//!
//! Only for names that the kernel can look up without waiting, see [`Root::lookup_plain`](super::root::Root::lookup_plain).
//!
//! There is no timer: files that nobody asked for are closed at the next `open` of any file.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use flaskflix_core::id::AssetKey;

/// The held files of one folder.
#[derive(Debug)]
pub(super) struct HeldFiles<F> {
    held: Mutex<Vec<Held<F>>>,
}

#[derive(Debug)]
struct Held<F> {
    key: AssetKey,
    file: Arc<F>,
    used: Instant,
}

impl<F> Default for HeldFiles<F> {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
        }
    }
}

impl<F> HeldFiles<F> {
    /// The file of this name, when it is held and still is what the name leads to.
    pub(super) fn find(
        &self,
        key: &AssetKey,
        now: Instant,
        is_current: impl FnOnce(&F) -> bool,
    ) -> Option<Arc<F>> {
        let file = self.update(now, |held| {
            let held = held.iter_mut().find(|held| held.key == *key)?;
            held.used = now;
            Some(Arc::clone(&held.file))
        })?;
        if is_current(&file) {
            return Some(file);
        }
        self.update(now, |held| held.retain(|held| !Arc::ptr_eq(&held.file, &file)));
        None
    }

    /// Holds a file that was opened by this name, if there is room.
    pub(super) fn hold(&self, key: &AssetKey, file: &Arc<F>, now: Instant) {
        self.update(now, |held| {
            held.retain(|held| held.key != *key);
            if held.len() < MOST_FILES {
                held.push(Held {
                    key: key.clone(),
                    file: Arc::clone(file),
                    used: now,
                });
            }
        });
    }

    /// Without those that nobody asked for.
    fn update<T>(&self, now: Instant, change: impl FnOnce(&mut Vec<Held<F>>) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|held| now.saturating_duration_since(held.used) < LONGEST_UNUSED);
        change(&mut held)
    }
}

/// Few, so that they do not matter among the files that a process may have open: those of the films that are asked for most.
const MOST_FILES: usize = 16;

/// For so long a film that was deleted may keep its room on the disk.
const LONGEST_UNUSED: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1500);

    fn key(number: usize) -> AssetKey {
        AssetKey::parse(&format!("{number}.mp4")).unwrap()
    }

    #[test]
    fn a_file_is_found_for_as_long_as_it_is_current_and_asked_for() {
        let (files, file, mut now) = (HeldFiles::default(), Arc::new(1), Instant::now());
        files.hold(&key(1), &file, now);
        for _ in 0..5 {
            now += MOMENT;
            let found = files.find(&key(1), now, |_| true).unwrap();
            assert!(Arc::ptr_eq(&found, &file));
        }
        assert!(files.find(&key(2), now, |_| true).is_none());
        assert!(files.find(&key(1), now + 2 * MOMENT, |_| true).is_none());
        assert_eq!(Arc::strong_count(&file), 1, "closed");
    }

    #[test]
    fn a_file_that_is_not_current_is_let_go_and_another_version_takes_its_place() {
        let (files, old, new, now) = (HeldFiles::default(), Arc::new(1), Arc::new(2), Instant::now());
        files.hold(&key(1), &old, now);
        assert!(files.find(&key(1), now, |file| *file == 2).is_none());
        assert_eq!(Arc::strong_count(&old), 1);
        files.hold(&key(1), &old, now);
        files.hold(&key(1), &new, now);
        assert_eq!(files.find(&key(1), now, |file| *file == 2).as_deref(), Some(&2));
        assert_eq!(Arc::strong_count(&old), 1);
    }

    #[test]
    fn no_more_than_a_few_are_held_and_room_comes_with_time() {
        let (files, file, now) = (HeldFiles::default(), Arc::new(()), Instant::now());
        let held = || Arc::strong_count(&file) - 1;
        for number in 0..3 * MOST_FILES {
            files.hold(&key(number), &file, now);
        }
        assert_eq!(held(), MOST_FILES);
        assert!(files.find(&key(0), now + MOMENT, |()| true).is_some());
        // Whoever opens anything closes what nobody asked for.
        assert!(files.find(&key(99), now + 2 * MOMENT, |()| true).is_none());
        assert_eq!(held(), 1);
        files.hold(&key(99), &file, now + 2 * MOMENT);
        assert_eq!(held(), 2);
    }
}
