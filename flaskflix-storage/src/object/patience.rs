//! How much longer a read waits for the store.

use std::time::Duration;

use super::options::ObjectOptions;

/// A store of waiting time: waiting empties it, bytes that arrive fill it again, never above where it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    left: Duration,
    full: Duration,
    min_bytes_per_second: u32,
}

impl Patience {
    pub(super) fn new(options: &ObjectOptions) -> Self {
        Self {
            left: options.patience,
            full: options.patience,
            min_bytes_per_second: options.min_bytes_per_second.max(1),
        }
    }

    pub(super) const fn left(&self) -> Duration {
        self.left
    }

    /// Counts time spent waiting.
    pub(super) fn waited(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }

    /// Counts bytes that arrived.
    pub(super) fn received(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let micros = bytes.saturating_mul(1_000_000) / u64::from(self.min_bytes_per_second);
        self.left = self
            .left
            .saturating_add(Duration::from_micros(micros))
            .min(self.full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        let options = ObjectOptions::default()
            .patience(Duration::from_secs(10))
            .min_bytes_per_second(1000);
        Patience::new(&options)
    }

    #[test]
    fn waiting_uses_patience_up() {
        let mut patience = patience();
        patience.waited(Duration::from_secs(4));
        assert_eq!(patience.left(), Duration::from_secs(6));
        patience.waited(Duration::from_secs(7));
        assert_eq!(patience.left(), Duration::ZERO);
    }

    #[test]
    fn bytes_give_patience_back_at_the_slowest_rate_and_no_more_than_there_was() {
        let mut patience = patience();
        patience.waited(Duration::from_secs(4));
        patience.received(1500);
        assert_eq!(patience.left(), Duration::from_millis(7500));
        patience.received(usize::MAX);
        assert_eq!(patience.left(), Duration::from_secs(10));
    }

    #[test]
    fn a_drip_below_the_rate_ends() {
        let mut patience = patience();
        let mut seconds = 0;
        // As long as there is patience for one more.
        while patience.left() >= Duration::from_secs(1) {
            patience.waited(Duration::from_secs(1));
            patience.received(100);
            seconds += 1;
            assert!(seconds < 20);
        }
        assert_eq!(seconds, 11, "0.9 s are lost in each");
    }
}
