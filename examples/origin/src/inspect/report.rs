//! The report of a film. Its names are those of `--json`: stable, described in `docs/INSPECT.md`. Names may be added.
//!
//! Times are seconds, exact to the microsecond; rates are bits per second.

use serde::Serialize;

/// A film.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// Version of these names: rises when one goes or changes its meaning.
    pub(crate) version: u32,
    /// Its name for people.
    pub(crate) title: String,
    /// Whether the server would serve it.
    pub(crate) usable: bool,
    /// Why not.
    pub(crate) reason: Option<String>,
    /// How long its longest stream is.
    pub(crate) seconds: Option<f64>,
    pub(crate) files: Vec<FileReport>,
    /// What players are offered.
    pub(crate) streams: Vec<StreamReport>,
    /// What the files hold and the streams do not, and what is odd.
    pub(crate) warnings: Vec<String>,
}

/// One file of the film.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FileReport {
    /// Its name, relative to the folder above the film.
    pub(crate) file: String,
    pub(crate) bytes: Option<u64>,
    /// Why it cannot be read or understood.
    pub(crate) error: Option<String>,
    /// `mp4` or `mov`; none when the file does not say.
    pub(crate) container: Option<&'static str>,
    /// The major brand, then those it is compatible with.
    pub(crate) brands: Vec<String>,
    pub(crate) fragmented: Option<bool>,
    /// How long it claims to be.
    pub(crate) seconds: Option<f64>,
    pub(crate) tracks: Vec<TrackReport>,
}

/// One track of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TrackReport {
    pub(crate) id: u32,
    /// `video`, `audio` or `other`.
    pub(crate) kind: &'static str,
    /// The id of the stream that serves it.
    pub(crate) stream: Option<String>,
    /// As playlists name it (RFC 6381).
    pub(crate) codec: Option<String>,
    /// The type of its sample entry, or of its handler when it is of kind `other`.
    pub(crate) entry: String,
    /// Why it cannot be packaged.
    pub(crate) unsupported: Option<String>,
    /// A BCP 47 tag.
    pub(crate) language: Option<String>,
    pub(crate) name: Option<String>,
    /// Whether the file wants it played by default.
    pub(crate) enabled: bool,
    pub(crate) samples: u32,
    pub(crate) bytes: u64,
    /// Of all its samples, whatever the edit list says.
    pub(crate) seconds: f64,
    pub(crate) timescale: u32,
    /// When its first sample is presented; before zero is what players skip, as the priming of AAC.
    pub(crate) start_seconds: Option<f64>,
    pub(crate) edit_list: EditReport,
    pub(crate) video: Option<VideoReport>,
    pub(crate) audio: Option<AudioReport>,
}

/// What a track's edit list does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct EditReport {
    /// How much later everything is presented; negative when the beginning is skipped.
    pub(crate) shift_seconds: f64,
    /// Media time at which it stops.
    pub(crate) end_seconds: Option<f64>,
}

/// What only pictures have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct VideoReport {
    /// In coded pixels.
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// As shown: pixels made square, turned as the file wants it.
    pub(crate) display_width: u32,
    pub(crate) display_height: u32,
    /// Frames per second, on average.
    pub(crate) frame_rate: Option<f64>,
    /// Whether frames last for different times, by more than a tick.
    pub(crate) variable_frame_rate: bool,
    /// `SDR`, `PQ` or `HLG`.
    pub(crate) range: &'static str,
    pub(crate) key_frames: KeyFrameReport,
}

/// The key frames of a track, and how far they are apart.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct KeyFrameReport {
    pub(crate) count: u32,
    /// Distances from one to the next, and from the last to the end.
    pub(crate) min_seconds: Option<f64>,
    pub(crate) median_seconds: Option<f64>,
    pub(crate) max_seconds: Option<f64>,
}

/// What only sound has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct AudioReport {
    pub(crate) channels: u16,
    /// Samples per second.
    pub(crate) sample_rate: u32,
}

/// A stream that players are offered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct StreamReport {
    /// As URLs name it.
    pub(crate) id: String,
    /// `video`, `audio` or `text`.
    pub(crate) kind: &'static str,
    /// Where it comes from.
    pub(crate) file: Option<String>,
    pub(crate) track: Option<u32>,
    pub(crate) seconds: f64,
    pub(crate) segments: u32,
    pub(crate) shortest_segment_seconds: Option<f64>,
    pub(crate) longest_segment_seconds: Option<f64>,
    /// Highest over a run of segments, headers included: what `BANDWIDTH` is made of.
    pub(crate) bandwidth: u64,
    pub(crate) average_bandwidth: u64,
}
