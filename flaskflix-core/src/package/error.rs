//! Why a title cannot be packaged, and what was left out of one that can.

use super::SubtitleFault;
use crate::{
    id::AssetKey,
    mp4::Unsupported,
    text::{MAX_CUES, MAX_FILE_BYTES, TextError},
};

/// Why a title cannot be packaged. The files are at fault, or the limit named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// Nothing in the files can be played: what was left out and why.
    #[error("nothing in the title can be played{}", list(.left_out))]
    NothingPlayable {
        /// What was found and left out.
        left_out: Vec<Warning>,
    },
    /// More streams than the setting allows.
    #[error("the title has {streams} streams, the limit max_streams is {limit}")]
    TooManyStreams {
        /// Number of streams found.
        streams: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// A stream needs more segments than the setting allows.
    #[error("{asset} needs more than {limit} segments (max_segments)")]
    TooManySegments {
        /// The file.
        asset: AssetKey,
        /// The limit it hit.
        limit: usize,
    },
    /// One segment holds more samples than the setting allows: key frames are too far apart.
    #[error("a segment of {asset} has {samples} samples, the limit max_segment_samples is {limit}")]
    SegmentTooLarge {
        /// The file.
        asset: AssetKey,
        /// Samples in the segment.
        samples: u32,
        /// The limit it hit.
        limit: u32,
    },
}

/// Something that a title's files hold and its playlists do not, or that is odd about them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A track that is not packaged: its codec, or how it is stored.
    Unsupported {
        /// The file.
        asset: AssetKey,
        /// Track id in the file.
        track: u32,
        /// Why it is not packaged.
        reason: Unsupported,
    },
    /// A second video track of one file; the first one is served.
    ExtraVideoTrack {
        /// The file.
        asset: AssetKey,
        /// Track id in the file.
        track: u32,
    },
    /// The file's key frames do not meet those of the other renditions often enough to switch between them.
    KeyFramesDoNotMeet {
        /// The file that is left out.
        asset: AssetKey,
        /// Where the longest stretch without a common key frame starts, in microseconds.
        at_micros: i64,
        /// How long that stretch is, in microseconds.
        stretch_micros: i64,
    },
    /// A file of subtitles is left out.
    Subtitles {
        /// The file.
        asset: AssetKey,
        /// What is wrong with it, and in which line.
        fault: SubtitleFault,
    },
    /// Some cues of a file of subtitles cannot be read; the others are shown.
    CuesSkipped {
        /// The file.
        asset: AssetKey,
        /// How many.
        count: u64,
        /// What is wrong with the first of them.
        first: TextError,
    },
    /// A track of subtitles with more text than is read ([`MAX_FILE_BYTES`](crate::text::MAX_FILE_BYTES),
    /// [`MAX_CUES`](crate::text::MAX_CUES)) is left out.
    TextTrackTooLarge {
        /// The file.
        asset: AssetKey,
        /// Track id in the file.
        track: u32,
    },
    /// The title has more subtitles than there is room for; the last ones are left out.
    TooManySubtitles {
        /// How many there are.
        found: usize,
        /// How many are served: what picture and sound leave of `max_streams`.
        limit: usize,
    },
    /// The file was cut off: what of it is whole is served.
    CutOff {
        /// The file.
        asset: AssetKey,
        /// Samples, over all tracks, whose data is not whole. More may be missing.
        samples: u32,
    },
    /// The film does not start with a key frame.
    StartsWithoutKeyFrame {
        /// The file.
        asset: AssetKey,
        /// Track id in the file.
        track: u32,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsupported { asset, track, reason } => write!(f, "{asset}: track {track}: {reason}"),
            Self::ExtraVideoTrack { asset, track } => {
                write!(f, "{asset}: track {track} is a second video track")
            }
            Self::KeyFramesDoNotMeet {
                asset,
                at_micros,
                stretch_micros,
            } => write!(
                f,
                "{asset}: left out of the ladder, no common key frame for {:.3} s from {:.3} s",
                secs(*stretch_micros),
                secs(*at_micros)
            ),
            Self::Subtitles { asset, fault } => write!(f, "{asset}: left out: {fault}"),
            Self::CuesSkipped { asset, count, first } => {
                write!(f, "{asset}: {count} cues are left out, the first in {first}")
            }
            Self::TextTrackTooLarge { asset, track } => {
                write!(
                    f,
                    "{asset}: track {track} is left out: more than {MAX_FILE_BYTES} bytes or {MAX_CUES} cues"
                )
            }
            Self::TooManySubtitles { found, limit } => {
                write!(
                    f,
                    "{found} subtitles, of which the first {limit} are served (max_streams)"
                )
            }
            Self::CutOff { asset, samples } => write!(
                f,
                "{asset}: the file was cut off inside its last fragment, {samples} samples of it are lost and perhaps more"
            ),
            Self::StartsWithoutKeyFrame { asset, track } => {
                write!(f, "{asset}: track {track} does not start with a key frame")
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "text for people, three decimals")]
fn secs(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn list(warnings: &[Warning]) -> String {
    warnings.iter().map(|warning| format!("; {warning}")).collect()
}
