//! One planned stream: a track of an input, cut into segments.

use super::{bandwidth::BitRate, key_frames::KeyFramePlan, text::TextOrigin, timeline::Placement};
use crate::time::MediaTime;

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamKind {
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles, served as segmented `WebVTT`.
    Text,
}

/// How the segments of a stream begin. Of a stream the worst of its segments counts, the later of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SegmentStart {
    /// With a sync sample, and nothing behind it is presented before it: the segment decodes on its own.
    Closed,
    /// With a sync sample that pictures are presented before, though they are decoded after it (an open group of pictures). They may
    /// need the segment before; the index cannot tell.
    Open,
    /// With a sample that the file does not mark as one that decoding may start at.
    Unmarked,
}

/// One stream of a title: a track, its place on the timeline and its segments.
#[derive(Debug, Clone)]
pub struct StreamPlan {
    pub(super) id: String,
    pub(super) kind: StreamKind,
    /// Index of the input in the presentation. `None`: subtitles of a file beside the film.
    pub(super) input: Option<usize>,
    /// Index of the track in the input's index; 0 without an input.
    pub(super) track: usize,
    /// Where the cues come from, when the stream is text.
    pub(super) text: Option<TextOrigin>,
    pub(super) placement: Placement,
    pub(super) lead: MediaTime,
    /// First sample of every segment, and one past the last sample: always one more than there are segments. Empty for
    /// text, whose samples may lie in several segments.
    pub(super) first_samples: Vec<u32>,
    /// When every segment starts on the title's timeline, and when the last one ends.
    pub(super) starts: Vec<MediaTime>,
    pub(super) bit_rate: BitRate,
    pub(super) start: SegmentStart,
    /// Of video streams with key frames.
    pub(super) key_frames: Option<KeyFramePlan>,
}

impl StreamPlan {
    /// The stream's id in URLs: `v1`, `v2`, ... by falling bit rate, `a1`, `a2`, ..., and `t1`, `t2`, ...
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it carries.
    #[must_use]
    pub const fn kind(&self) -> StreamKind {
        self.kind
    }

    /// Whether it is subtitles, which are served as text.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self.kind, StreamKind::Text)
    }

    /// Number of its segments; they are numbered from 1.
    #[must_use]
    pub fn segment_count(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Highest bits per second over a run of segments, headers included (RFC 8216bis section 4.4.6.2).
    #[must_use]
    pub const fn peak_bandwidth(&self) -> u64 {
        self.bit_rate.peak
    }

    /// All bits over all time, headers included.
    #[must_use]
    pub const fn average_bandwidth(&self) -> u64 {
        self.bit_rate.average
    }

    /// How its segments begin. `EXT-X-INDEPENDENT-SEGMENTS` stands where all of them are [`SegmentStart::Closed`].
    #[must_use]
    pub const fn segment_start(&self) -> SegmentStart {
        self.start
    }

    /// Highest bits per second of its I-frame playlist; `None` when it has none: sound, or a film without key frames.
    #[must_use]
    pub fn key_frame_bandwidth(&self) -> Option<u64> {
        self.key_frames.map(|plan| plan.bit_rate.peak)
    }

    /// Number of entries of its I-frame playlist; 0 when it has none.
    #[must_use]
    pub fn key_frame_count(&self) -> u32 {
        self.key_frames.map_or(0, |plan| plan.entries)
    }

    /// Index of the stream's track in its input's index; 0 for a stream without an input.
    #[must_use]
    pub const fn track_index(&self) -> usize {
        self.track
    }

    /// How much later the fragments present everything than the title's own timeline does, in track ticks: the title's
    /// lead (`docs/PACKAGING.md`), the same time for all streams up to a tick.
    #[must_use]
    pub const fn lead(&self) -> MediaTime {
        self.lead
    }

    /// When a segment starts and ends on the title's timeline.
    pub(super) fn time_of(&self, number: u32) -> Option<[MediaTime; 2]> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Some([*self.starts.get(place)?, *self.starts.get(place.checked_add(1)?)?])
    }

    /// The samples of a segment.
    pub(super) fn samples_of(&self, number: u32) -> Option<std::ops::Range<u32>> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(*self.first_samples.get(place)?..*self.first_samples.get(place.checked_add(1)?)?)
    }

    /// Durations of all segments in microseconds. Each is the difference of two rounded times, so that any run of them
    /// sums to what it lasts, to the microsecond.
    pub fn durations(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.starts.windows(2).map(|pair| match pair {
            [start, end] => u64::try_from(end.as_micros().saturating_sub(start.as_micros())).unwrap_or(0),
            _ => 0,
        })
    }

    /// Memory of the plan in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        let per_segment = size_of::<u32>().saturating_add(size_of::<MediaTime>());
        let segments = self.first_samples.capacity().max(self.starts.capacity());
        u64::try_from(
            segments
                .saturating_mul(per_segment)
                .saturating_add(size_of::<Self>()),
        )
        .unwrap_or(u64::MAX)
    }
}
