//! How much a player must have before it starts (`minBufferTime`, ISO/IEC 23009-1 section 5.3.1.2).

use super::{
    segment::{SegmentLayout, written},
    stream::StreamPlan,
};
use crate::mp4::Track;

/// The least time with which this holds for the stream at its peak bit rate: who receives that rate without a break, and starts to play
/// any of its segments this long after the first bit of it, has every sample before it is decoded.
///
/// In microseconds, rounded up. A leaky bucket over all samples: a sample's bits are due at its decode time, and the fullest that the
/// bucket ever was since the start of some segment is what must be there in advance.
///
/// # Cost
/// Looks at every sample once.
pub(super) fn min_buffer_micros(stream: &StreamPlan, track: &Track) -> u64 {
    let (rate, timescale) = (
        i128::from(stream.bit_rate.peak.max(1)),
        i128::from(track.timescale.get()),
    );
    // Both in bits per timescale: what has arrived until then must cover what is due.
    let level = |bytes: u64, ticks: u64| i128::from(bytes) * 8 * timescale - i128::from(ticks) * rate;
    let (mut sent, mut lowest, mut fullest) = (0_u64, i128::MAX, 0_i128);
    for pair in stream.first_samples.windows(2) {
        let [first, next] = *pair else { continue };
        let samples = || written(track.samples.unplaced_samples(first..u32::MAX), next);
        let layout = SegmentLayout::of(samples(), stream.placement);
        lowest = lowest.min(level(sent, track.samples.decode_time(first)));
        sent = sent.saturating_add(layout.header_bytes());
        for sample in samples() {
            sent = sent.saturating_add(u64::from(sample.size));
            fullest = fullest.max(level(sent, sample.decode_time).saturating_sub(lowest));
        }
    }
    let micros = (fullest.saturating_mul(1_000_000) + rate * timescale - 1) / (rate * timescale);
    u64::try_from(micros).unwrap_or(u64::MAX)
}
