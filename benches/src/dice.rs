//! Pseudo-random numbers (splitmix64): the same seed gives the same load.

use std::time::Duration;

use crate::numbers::float;

/// A generator of pseudo-random numbers. Not for secrets.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// The time until something happens that happens this often on average, and without memory.
    pub fn wait(&mut self, mean: Duration) -> Duration {
        // In (0, 1]: 53 bits, as many as a float holds.
        let share = float((self.roll() >> 11).saturating_add(1)) / float(1 << 53);
        mean.mul_f64(-share.ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_as_long_as_asked_on_average_and_not_even() {
        let mut dice = Dice::new(7);
        let waits: Vec<_> = (0..10_000).map(|_| dice.wait(Duration::from_secs(10))).collect();
        let mean = waits.iter().sum::<Duration>() / 10_000;
        assert!((9_700..10_300).contains(&mean.as_millis()), "{mean:?}");
        let short = waits
            .iter()
            .filter(|wait| **wait < Duration::from_secs(10))
            .count();
        assert!((6_200..6_450).contains(&short), "{short}"); // 1 - 1/e
    }
}
