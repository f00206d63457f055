//! What an operator may set about packaging.

use std::time::Duration;

/// Settings of the packager. They are part of every entity tag: another setting is another version.
///
/// # Defaults
/// | setting | default |
/// |---|---|
/// | [`target_duration`](Self::target_duration) | 6 s |
/// | [`max_streams`](Self::max_streams) | 64 |
/// | [`max_segments`](Self::max_segments) | 100,000 |
/// | [`max_segment_samples`](Self::max_segment_samples) | 262,144 |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageOptions {
    /// How long a segment should be. Segments start at key frames, so they come out nearest to it. Longer means fewer
    /// requests and slower switches, shorter the reverse. Values under one second count as one second.
    pub target_duration: Duration,
    /// Most video and audio streams of one title. Costs a playlist each.
    pub max_streams: usize,
    /// Most segments of one stream. Each costs 12 bytes in the plan and about 30 in the playlist.
    pub max_segments: usize,
    /// Most samples in one segment. Each costs up to 16 bytes of header that is made for every request.
    pub max_segment_samples: u32,
}

impl Default for PackageOptions {
    fn default() -> Self {
        Self {
            target_duration: Duration::from_secs(6),
            max_streams: 64,
            max_segments: 100_000,
            max_segment_samples: 262_144,
        }
    }
}

impl PackageOptions {
    /// Sets [`target_duration`](Self::target_duration).
    #[must_use]
    pub const fn target_duration(mut self, target: Duration) -> Self {
        self.target_duration = target;
        self
    }

    /// The target in microseconds, at least one second and at most an hour.
    pub(super) fn target_micros(&self) -> i64 {
        i64::try_from(self.target_duration.as_micros())
            .unwrap_or(i64::MAX)
            .clamp(1_000_000, 3_600_000_000)
    }
}
