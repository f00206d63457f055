//! Peak and average bit rates as RFC 8216bis section 4.4.6.2 defines them.

/// Size and duration of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentCost {
    /// Bytes of the whole segment, headers included.
    pub(crate) bytes: u64,
    /// Duration in microseconds.
    pub(crate) micros: u64,
}

/// Bit rates of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BitRate {
    /// Highest over any run of contiguous segments that lasts between half and one and a half target durations.
    pub(crate) peak: u64,
    /// All bits over all time.
    pub(crate) average: u64,
}

/// Computes the bit rates, in bits per second, rounded up.
///
/// When no run has the right length (one segment of another length only) the peak is that of the whole stream.
pub(crate) fn bit_rate(segments: &[SegmentCost], target_micros: u64) -> BitRate {
    let (shortest, longest) = (target_micros / 2, target_micros.saturating_add(target_micros / 2));
    let average = rate(
        segments
            .iter()
            .copied()
            .fold(SegmentCost { bytes: 0, micros: 0 }, add),
    );
    let peak = (0..segments.len())
        .flat_map(|first| {
            let runs =
                segments
                    .iter()
                    .skip(first)
                    .scan(SegmentCost { bytes: 0, micros: 0 }, |sum, segment| {
                        *sum = add(*sum, *segment);
                        Some(*sum)
                    });
            runs.take_while(|run| run.micros <= longest)
                .filter(|run| run.micros >= shortest)
        })
        .map(rate)
        .max();
    BitRate {
        peak: peak.unwrap_or(0).max(average),
        average,
    }
}

fn add(a: SegmentCost, b: SegmentCost) -> SegmentCost {
    SegmentCost {
        bytes: a.bytes.saturating_add(b.bytes),
        micros: a.micros.saturating_add(b.micros),
    }
}

fn rate(run: SegmentCost) -> u64 {
    let bits = u128::from(run.bytes) * 8 * 1_000_000;
    u64::try_from(bits.div_ceil(u128::from(run.micros.max(1)))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(list: &[(u64, u64)]) -> Vec<SegmentCost> {
        list.iter()
            .map(|&(bytes, secs)| SegmentCost {
                bytes,
                micros: secs * 1_000_000,
            })
            .collect()
    }

    #[test]
    fn peak_is_the_fastest_run_of_the_right_length() {
        // A short burst of one second counts only together with its neighbours.
        let rates = bit_rate(&segments(&[(600, 6), (1000, 1), (600, 6)]), 6_000_000);
        assert_eq!(rates.peak, (1600_u64 * 8).div_ceil(7));
        assert_eq!(rates.average, (2200_u64 * 8).div_ceil(13));
    }

    #[test]
    fn a_lone_short_segment_has_its_own_rate() {
        assert_eq!(
            bit_rate(&segments(&[(100, 1)]), 6_000_000),
            BitRate {
                peak: 800,
                average: 800
            }
        );
        assert_eq!(bit_rate(&[], 6_000_000), BitRate::default());
    }
}
