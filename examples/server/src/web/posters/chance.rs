//! Numbers that look random and are the same for the same title, on every machine and in every version.

use sha2::{Digest as _, Sha256};

/// A stream of numbers that a text decides.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// Starts the stream of a text. Case and surrounding blanks do not matter.
    pub(super) fn of(text: &str) -> Self {
        let digest = Sha256::digest(text.trim().to_lowercase());
        Self(digest.first_chunk().map_or(0, |seed| u64::from_be_bytes(*seed)))
    }

    /// One of the choices. `None` when there are none.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let count = u64::try_from(choices.len()).ok()?;
        let place = self.next().checked_rem(count)?;
        choices.get(usize::try_from(place).ok()?).copied()
    }

    /// A number from `low` up to `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        let share = u32::try_from(self.next() >> 32).unwrap_or(0);
        low + (high - low) * f64::from(share) / f64::from(u32::MAX)
    }

    /// Whether a thing happens that does in so many of 100 cases.
    pub(super) fn happens(&mut self, percent: f64) -> bool {
        self.between(0.0, 100.0) < percent
    }

    /// `SplitMix64`: short, and good enough for pictures.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_title_gives_the_same_numbers() {
        let numbers = |title: &str| {
            let mut chance = Chance::of(title);
            [(); 4].map(|()| chance.next())
        };
        assert_eq!(numbers("The Third Man"), numbers(" the third man "));
        assert_ne!(numbers("The Third Man"), numbers("The Third Men"));
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut chance = Chance::of("x");
        for _ in 0..1000 {
            assert!((2.0..=3.0).contains(&chance.between(2.0, 3.0)));
        }
        assert_eq!(chance.pick::<u8>(&[]), None);
        assert!(!chance.happens(0.0));
    }
}
