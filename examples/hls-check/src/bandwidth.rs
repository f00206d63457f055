//! Peak and average segment bit rates as
//! [RFC 8216bis section 4.4.6.2](https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis#section-4.4.6.2)
//! defines them, from what was downloaded.

/// What one segment costs a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Bytes downloaded, container overhead included.
    pub bytes: u64,
    /// Its `EXTINF` in microseconds.
    pub duration_us: u64,
}

/// The average segment bit rate in bits per second: all bits over all time.
#[must_use]
pub fn average(segments: &[Cost]) -> u64 {
    let (bytes, duration_us) = segments.iter().fold((0_u64, 0_u64), |(bytes, time), cost| {
        (
            bytes.saturating_add(cost.bytes),
            time.saturating_add(cost.duration_us),
        )
    });
    rate(bytes, duration_us)
}

/// The peak segment bit rate in bits per second: the largest of any contiguous run of segments that lasts between
/// 0.5 and 1.5 times the target duration. A playlist that has no such run is one run.
#[must_use]
pub fn peak(segments: &[Cost], target_duration_secs: u64) -> u64 {
    let shortest = target_duration_secs.saturating_mul(500_000);
    let longest = target_duration_secs.saturating_mul(1_500_000);
    let mut peak = None;
    for first in 0..segments.len() {
        let (mut bytes, mut duration_us) = (0_u64, 0_u64);
        for cost in segments.iter().skip(first) {
            bytes = bytes.saturating_add(cost.bytes);
            duration_us = duration_us.saturating_add(cost.duration_us);
            if duration_us > longest {
                break;
            }
            if duration_us >= shortest {
                peak = peak.max(Some(rate(bytes, duration_us)));
            }
        }
    }
    peak.unwrap_or_else(|| average(segments))
}

/// Whether a declared rate lies within 10 % of a measured one, or one bit per second above it: rates are declared rounded up and
/// measured rounded down, which is more than 10 % of the next to nothing that a picture of a year has.
#[must_use]
pub const fn within_a_tenth(declared: u64, measured: u64) -> bool {
    let difference = declared.abs_diff(measured);
    difference.saturating_mul(10) <= measured || declared == measured.saturating_add(1)
}

fn rate(bytes: u64, duration_us: u64) -> u64 {
    u128::from(bytes)
        .saturating_mul(8_000_000)
        .checked_div(u128::from(duration_us))
        .and_then(|rate| u64::try_from(rate).ok())
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(list: &[(u64, u64)]) -> Vec<Cost> {
        let cost = |&(bytes, seconds)| Cost {
            bytes,
            duration_us: seconds * 1_000_000,
        };
        list.iter().map(cost).collect()
    }

    #[test]
    fn a_short_burst_counts_only_inside_a_long_enough_run() {
        // The 1 s segment of 1000 B/s is shorter than half of 6 s: it counts with a neighbour.
        let segments = costs(&[(600, 6), (1000, 1), (600, 6)]);
        assert_eq!(peak(&segments, 6), (600 + 1000) * 8 / 7);
        assert_eq!(average(&segments), 2200 * 8 / 13);
    }

    #[test]
    fn a_run_longer_than_one_and_a_half_targets_does_not_count() {
        let segments = costs(&[(100, 6), (900, 6)]);
        assert_eq!(peak(&segments, 6), 900 * 8 / 6);
    }

    #[test]
    fn a_playlist_shorter_than_half_a_target_is_one_run() {
        assert_eq!(peak(&costs(&[(100, 2)]), 6), 400);
    }

    #[test]
    fn eleven_percent_off_is_too_much() {
        assert!(within_a_tenth(1100, 1000) && within_a_tenth(900, 1000));
        assert!(!within_a_tenth(1101, 1000) && !within_a_tenth(899, 1000));
        assert!(within_a_tenth(1, 0) && within_a_tenth(6, 5));
        assert!(!within_a_tenth(2, 0) && !within_a_tenth(5, 6));
    }
}
