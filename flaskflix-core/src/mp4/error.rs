//! Why a file could not be indexed: which box of which track, and what about it.

use std::fmt;

use super::FourCc;

/// Why a file is not a film that can be indexed. The file is to blame unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mp4Error {
    /// There is no `moov` box among the top-level boxes.
    #[error("no moov box in the file of {object_len} bytes")]
    NoMovie {
        /// Length of the file.
        object_len: u64,
    },
    /// A fragment (`moof`) comes before the `moov` box: a media segment without its initialisation section.
    #[error("a moof box at {offset} comes before the moov box: this is a media segment, not a film")]
    FragmentFirst {
        /// Where the `moof` box starts in the file.
        offset: u64,
    },
    /// A fragment cannot be used.
    #[error("fragment {number} at {offset}: {fault}")]
    Fragment {
        /// The fragment, counted from 1.
        number: u32,
        /// Where its `moof` box starts in the file.
        offset: u64,
        /// What is wrong with it.
        fault: Box<Self>,
    },
    /// The `moov` box is compressed (`cmov`, an old `QuickTime` feature).
    #[error("the moov box is compressed (cmov)")]
    CompressedMovie,
    /// No track has a sample.
    #[error("no track has a sample")]
    NoSamples,
    /// A box cannot be used.
    #[error("{}{fourcc}: {fault}", InTrack(*track))]
    Box {
        /// The track that the box belongs to, when it belongs to one.
        track: Option<u32>,
        /// The type of the box.
        fourcc: FourCc,
        /// What is wrong with it.
        fault: BoxFault,
    },
    /// The edit list goes on elsewhere in the track than where the edits before ended, or after a pause. Segments cannot show
    /// samples twice, leave some out or stop in between.
    #[error(
        "track {track}: edit {edit} of its edit list presents the media from {media_time}, the edits before end at {end}"
    )]
    EditJump {
        /// The track.
        track: u32,
        /// The entry of the list that jumps, counted from 1.
        edit: u32,
        /// Media time at which it starts, in ticks of the track. Equal to `end` when there is a pause (an empty edit) in front.
        media_time: u64,
        /// Media time at which the edits before it end; 2^64 - 1 when they go on to the end of the media.
        end: u64,
    },
    /// The edit list plays the track at another speed than normal.
    #[error("track {track}: its edit list plays at rate {rate_16_16}/65536")]
    EditRate {
        /// The track.
        track: u32,
        /// The rate as signed 16.16 fixed point; 65,536 is normal speed.
        rate_16_16: i32,
    },
    /// The caller supplied other bytes than were asked for: the caller's fault.
    #[error("{supplied} bytes were supplied where {wanted} were asked for")]
    WrongSupply {
        /// Number of bytes asked for.
        wanted: u64,
        /// Number of bytes supplied.
        supplied: u64,
    },
}

impl Mp4Error {
    /// A fault of a box that is not (yet) known to belong to a track.
    pub(super) const fn in_box(fourcc: FourCc, fault: BoxFault) -> Self {
        Self::Box {
            track: None,
            fourcc,
            fault,
        }
    }

    /// The same error, now known to be about this track.
    pub(super) fn in_track(self, id: u32) -> Self {
        match self {
            Self::Box {
                track: None,
                fourcc,
                fault,
            } => Self::Box {
                track: Some(id),
                fourcc,
                fault,
            },
            other => other,
        }
    }
}

/// What is wrong with a box.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoxFault {
    /// The box must be there and is not.
    #[error("the box is missing")]
    Missing,
    /// The box claims more bytes than are left in its parent or in the file.
    #[error("the box at {offset} claims {size} bytes where {available} are left")]
    Overrun {
        /// Where the box starts in the file.
        offset: u64,
        /// Its claimed size, header included.
        size: u64,
        /// Bytes left from there to the end of its parent.
        available: u64,
    },
    /// The box claims fewer bytes than its own header has.
    #[error("the box at {offset} claims {size} bytes, fewer than its header has")]
    Undersized {
        /// Where the box starts in the file.
        offset: u64,
        /// Its claimed size.
        size: u64,
    },
    /// A field lies outside the box.
    #[error("a field of {needed} bytes is cut off, {available} are left")]
    CutOff {
        /// Bytes the field needs.
        needed: u64,
        /// Bytes left in the box.
        available: u64,
    },
    /// A table claims more entries than the box has room for.
    #[error("the table claims {claimed} entries and has room for {room}")]
    TableOverrun {
        /// Entries claimed.
        claimed: u64,
        /// Entries that fit.
        room: u64,
    },
    /// A cap of [`Limits`](super::Limits) was hit.
    #[error("{limit_name} is {limit}, found {found}")]
    OverLimit {
        /// The field of [`Limits`](super::Limits).
        limit_name: &'static str,
        /// Its value.
        limit: u64,
        /// The value found.
        found: u64,
    },
    /// A table describes another number of samples than the track has.
    #[error("the table describes {described} samples, the track has {samples}")]
    CountMismatch {
        /// Samples that the table describes.
        described: u64,
        /// Samples of the track, by its sizes.
        samples: u64,
    },
    /// A chunk of samples does not lie inside the file.
    #[error("chunk {chunk} at {offset} with {bytes} bytes ends past the file of {object_len}")]
    OutsideFile {
        /// The chunk, counted from 1.
        chunk: u32,
        /// Where it starts.
        offset: u64,
        /// Bytes of its samples.
        bytes: u64,
        /// Length of the file.
        object_len: u64,
    },
    /// The data of a fragment's sample does not lie inside the file.
    #[error("a sample of {bytes} bytes at {offset} ends past the file of {object_len}")]
    SampleOutsideFile {
        /// Where it starts.
        offset: u64,
        /// Its size.
        bytes: u64,
        /// Length of the file.
        object_len: u64,
    },
    /// A fragment starts at or before the decode time of the sample before it, or so late that no sample can last until then.
    #[error(
        "decode time {decode_time} does not follow {after}, that of the sample before, in ticks of the track"
    )]
    DecodeTime {
        /// Where the fragment starts (`tfdt`).
        decode_time: u64,
        /// Decode time of the sample before it.
        after: u64,
    },
    /// An entry of a table has a value that cannot be.
    #[error("entry {entry} cannot be {value}")]
    BadEntry {
        /// The entry, counted from 0.
        entry: u64,
        /// Its value.
        value: u64,
    },
    /// A field has a value that cannot be.
    #[error("{field} cannot be {value}")]
    BadField {
        /// The field, as the standard names it.
        field: &'static str,
        /// Its value.
        value: u64,
    },
}

/// Shows `track 2, ` or nothing.
struct InTrack(Option<u32>);

impl fmt::Display for InTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |id| write!(f, "track {id}, "))
    }
}
