//! How a player tries again. The numbers are the defaults of hls.js 1.7 for segments (`fragLoadPolicy.errorRetry`): six more
//! tries, after 1, 2, 4, 8, 8 and 8 seconds, and none after a 4xx.
//!
//! A body that is cut, hls.js answers with another rendition of the same moment, Shaka and dash.js with the same request again
//! after a second. Here it counts as a failed try like any other.

use std::time::Duration;

use flaskflix_benches::load::line::Fault;

/// Why a request has to be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// An answer, but not this one.
    Status(u16),
    /// No whole answer.
    NoAnswer(Fault),
}

/// How long a player waits before it tries again after this many failed tries; `None`: it gives up.
pub(crate) fn pause(failed_tries: u32, failure: Failure) -> Option<Duration> {
    if matches!(failure, Failure::Status(400..=499)) || failed_tries > MAX_RETRIES {
        return None;
    }
    let doublings = failed_tries.saturating_sub(1).min(8);
    Some(FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE))
}

/// How long a player waits for an answer: `maxTimeToFirstByteMs`.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

const MAX_RETRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_eight_seconds_and_end_after_six() {
        let pauses = (1..=7).map(|tries| pause(tries, Failure::Status(502)).map(|pause| pause.as_secs()));
        let expected = [Some(1), Some(2), Some(4), Some(8), Some(8), Some(8), None];
        assert!(pauses.eq(expected));
        assert_eq!(pause(u32::MAX, Failure::NoAnswer(Fault::Cut)), None);
    }

    #[test]
    fn a_refusal_is_not_asked_again() {
        for status in [401, 403, 404, 410, 429] {
            assert_eq!(pause(1, Failure::Status(status)), None);
        }
        assert!(pause(1, Failure::Status(500)).is_some());
        assert!(pause(1, Failure::NoAnswer(Fault::Timeout)).is_some());
    }
}
