//! What an operator may set about packaging.

use std::time::Duration;

use super::boundaries::Pace;

/// Settings of the packager. Those that media depends on are part of every entity tag: another setting is another version.
///
/// # Defaults
/// | setting | default |
/// |---|---|
/// | [`target_duration`](Self::target_duration) | 6 s |
/// | [`first_segments`](Self::first_segments) | 2 s, 2 s, 4 s |
/// | [`key_frame_interval`](Self::key_frame_interval) | 1 s |
/// | [`start`](Self::start) | none |
/// | [`max_streams`](Self::max_streams) | 64 |
/// | [`max_segments`](Self::max_segments) | 100,000 |
/// | [`max_segment_samples`](Self::max_segment_samples) | 262,144 |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageOptions {
    /// How long a segment should be. Segments start at key frames, so they come out nearest to it. Longer means fewer
    /// requests and slower switches, shorter the reverse. Values under one second count as one second.
    pub target_duration: Duration,
    /// How long the first segments should be, in their order, before all others get [`target_duration`](Self::target_duration): a player
    /// shows the first picture when it has the first segment. They too start at key frames only, so a film with a key frame every ten
    /// seconds starts with a segment of ten. Each counts as the target at most; those behind the 16th do not count. Shorter means a
    /// quicker start on a slow line; more of them means more requests. Empty: all segments are alike.
    pub first_segments: Vec<Duration>,
    /// How close together the entries of I-frame playlists are at most: of every such stretch of the film the first key frame is
    /// listed. Smaller gives finer pictures while a viewer scrubs, and longer playlists: 30 bytes per entry. Wider stretches are taken
    /// where there would be more than [`max_segments`](Self::max_segments) entries. Values under 0.1 s count as 0.1 s.
    pub key_frame_interval: Duration,
    /// Where players should start when they are not told otherwise (`EXT-X-START`). Stands in the multivariant playlist, unless it lies
    /// behind the title's end.
    pub start: Option<StartPoint>,
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
            first_segments: [2, 2, 4].map(Duration::from_secs).to_vec(),
            key_frame_interval: Duration::from_secs(1),
            start: None,
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

    /// Sets [`first_segments`](Self::first_segments).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use flaskflix_core::package::PackageOptions;
    /// let all_alike = PackageOptions::default().first_segments([]);
    /// let quick = PackageOptions::default().first_segments([1, 2, 3].map(Duration::from_secs));
    /// assert!(all_alike.first_segments.is_empty() && quick.first_segments.len() == 3);
    /// ```
    #[must_use]
    pub fn first_segments(mut self, first: impl IntoIterator<Item = Duration>) -> Self {
        self.first_segments = first.into_iter().collect();
        self
    }

    /// Sets [`key_frame_interval`](Self::key_frame_interval).
    #[must_use]
    pub const fn key_frame_interval(mut self, interval: Duration) -> Self {
        self.key_frame_interval = interval;
        self
    }

    /// Sets [`start`](Self::start).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use flaskflix_core::package::{PackageOptions, StartPoint};
    /// let behind_the_logo = PackageOptions::default().start(StartPoint::at(Duration::from_millis(7500)).precise());
    /// assert!(behind_the_logo.start.is_some_and(|start| start.precise));
    /// ```
    #[must_use]
    pub const fn start(mut self, start: StartPoint) -> Self {
        self.start = Some(start);
        self
    }

    /// The target in microseconds, at least one second and at most an hour.
    pub(super) fn target_micros(&self) -> i64 {
        micros(self.target_duration).clamp(1_000_000, 3_600_000_000)
    }

    /// Where segments should end.
    pub(super) fn pace(&self) -> Pace {
        let first = self.first_segments.iter().take(MAX_FIRST_SEGMENTS);
        Pace::new(first.map(|duration| micros(*duration)), self.target_micros())
    }

    /// The interval of key frames in microseconds, for a stream of this length.
    pub(super) fn key_frame_micros(&self, end_micros: i64) -> i64 {
        let entries = i64::try_from(self.max_segments).unwrap_or(i64::MAX).max(1);
        let least = end_micros / entries;
        micros(self.key_frame_interval)
            .max(100_000)
            .max(least.saturating_add(1))
    }

    /// All that media depends on, for entity tags.
    pub(super) fn identity(&self) -> impl Iterator<Item = i64> + '_ {
        let pace = self.pace();
        [self.target_micros(), micros(self.key_frame_interval)]
            .into_iter()
            .chain(pace.into_goals())
    }
}

/// Saturates: 2^63 microseconds are 292,000 years.
fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

const MAX_FIRST_SEGMENTS: usize = 16;

/// Where playback should start ([RFC 8216bis](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis) section 4.4.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartPoint {
    /// Time since the title's start.
    pub offset: Duration,
    /// Whether pictures before that time are to be decoded and not shown. Otherwise a player may start with the segment.
    pub precise: bool,
}

impl StartPoint {
    /// With the segment that holds this time.
    #[must_use]
    pub const fn at(offset: Duration) -> Self {
        Self {
            offset,
            precise: false,
        }
    }

    /// At exactly this time.
    #[must_use]
    pub const fn precise(mut self) -> Self {
        self.precise = true;
        self
    }
}
