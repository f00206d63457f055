//! What to do when `accept` fails: go on at once, or wait for the machine to recover.

use std::{io, time::Duration};

/// Grows while accepting keeps failing, starts over when it works.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    pause: Option<Duration>,
}

impl Backoff {
    /// How long to wait after this error; `None` when only that one connection is lost.
    ///
    /// The connection in question died in the queue (`ECONNABORTED` and kin): the next one may be fine. Anything else
    /// (`EMFILE`, `ENFILE`, `ENOMEM`) will fail again at once, and a loop without a pause would burn a core.
    pub(super) fn after(&mut self, error: &io::Error) -> Option<Duration> {
        let connection_died = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
                | io::ErrorKind::Interrupted
        );
        if connection_died {
            return None;
        }
        let pause = self
            .pause
            .map_or(FIRST, |pause| pause.saturating_mul(2).min(LONGEST));
        self.pause = Some(pause);
        self.pause
    }

    /// Accepting works again.
    pub(super) const fn reset(&mut self) {
        self.pause = None;
    }
}

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_descriptor_table_backs_off_and_recovers() {
        const EMFILE: i32 = 24;
        let mut backoff = Backoff::default();
        let full = || io::Error::from_raw_os_error(EMFILE);
        assert_eq!(backoff.after(&full()), Some(FIRST));
        assert_eq!(backoff.after(&full()), Some(FIRST * 2));
        let longest = (0..20).filter_map(|_| backoff.after(&full())).last();
        assert_eq!(longest, Some(LONGEST));
        backoff.reset();
        assert_eq!(backoff.after(&full()), Some(FIRST));
    }

    #[test]
    fn a_connection_that_died_in_the_queue_costs_no_pause() {
        let died = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(Backoff::default().after(&died), None);
    }
}
