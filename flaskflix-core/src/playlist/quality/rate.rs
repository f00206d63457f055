//! What a variant declares of its bit rate ([RFC 8216bis section 4.4.6.2](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis#section-4.4.6.2)).

use crate::{
    package::{SegmentCost, bit_rate},
    playlist::ForeignMedia,
};

/// The bit rates that a variant declares, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredRate {
    /// The highest over any run of contiguous segments of 0.5 to 1.5 target durations.
    pub peak: u64,
    /// All bits over all time; `None` when nothing was measured.
    pub average: Option<u64>,
}

impl DeclaredRate {
    /// Measures a stream by the sizes of its segments in bytes, given in order.
    #[must_use]
    pub fn measured(media: &ForeignMedia, sizes: &[u64]) -> Self {
        let segments = media.segments.iter().zip(sizes);
        let costs: Vec<SegmentCost> = segments
            .map(|(segment, &bytes)| SegmentCost {
                bytes,
                micros: segment.micros,
            })
            .collect();
        let rate = bit_rate(&costs, media.target_secs.saturating_mul(1_000_000));
        Self {
            peak: rate.peak,
            average: Some(rate.average),
        }
    }

    /// What is taken for a stream that cannot be measured because it lies elsewhere: [`nominal_bandwidth`] of its height.
    #[must_use]
    pub fn nominal(height: u32) -> Self {
        Self {
            peak: nominal_bandwidth(height),
            average: None,
        }
    }
}

/// The bit rate that is taken for a stream of this height, in bits per second, when it cannot be measured.
///
/// | height | bits per second |
/// |---|---|
/// | 144 | 200,000 |
/// | 240 | 400,000 |
/// | 360 | 800,000 |
/// | 480 | 1,400,000 |
/// | 540 | 2,000,000 |
/// | 720 | 2,800,000 |
/// | 1080 | 5,000,000 |
/// | 1440 | 9,000,000 |
/// | 2160 | 16,000,000 |
/// | 4320 | 50,000,000 |
///
/// Between two rows it is interpolated; below the first and above the last it goes with the height. It grows with the height,
/// so that players order the qualities as they are.
///
/// # Examples
/// ```
/// use flaskflix_core::playlist::nominal_bandwidth;
/// assert_eq!([360, 720, 1080].map(nominal_bandwidth), [800_000, 2_800_000, 5_000_000]);
/// ```
#[must_use]
pub fn nominal_bandwidth(height: u32) -> u64 {
    let height = u64::from(height);
    let mut below = (0, 0);
    for row in NOMINAL {
        if height <= row.0 {
            let (run, rise) = (row.0.saturating_sub(below.0), row.1.saturating_sub(below.1));
            let more = height.saturating_sub(below.0).saturating_mul(rise) / run.max(1);
            return more.saturating_add(below.1).max(1);
        }
        below = row;
    }
    height.saturating_mul(below.1) / below.0.max(1)
}

/// Heights and bits per second, both growing.
const NOMINAL: [(u64, u64); 10] = [
    (144, 200_000),
    (240, 400_000),
    (360, 800_000),
    (480, 1_400_000),
    (540, 2_000_000),
    (720, 2_800_000),
    (1080, 5_000_000),
    (1440, 9_000_000),
    (2160, 16_000_000),
    (4320, 50_000_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nominal_bandwidth_grows_with_the_height() {
        for (height, bandwidth) in NOMINAL {
            assert_eq!(nominal_bandwidth(u32::try_from(height).unwrap()), bandwidth);
        }
        for height in 1..8640 {
            assert!(
                nominal_bandwidth(height) < nominal_bandwidth(height + 1),
                "{height}"
            );
        }
    }
}
