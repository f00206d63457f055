//! The description of a track's encoding.

use std::fmt;

use super::names;
use crate::mp4::{FourCc, Media};

/// How a track's samples are encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// Type of the sample entry: `avc1`, `hvc1`, `mp4a`, ...
    pub fourcc: FourCc,
    /// The codec string for playlists ([RFC 6381](https://www.rfc-editor.org/rfc/rfc6381)), `avc1.64001f`.
    /// `None`: the track cannot be packaged, [`unsupported`](Self::unsupported) says why.
    pub rfc6381: Option<String>,
    /// What some decoders make more of than [`rfc6381`](Self::rfc6381) says, as `SUPPLEMENTAL-CODECS` has it: Dolby Vision on a base
    /// layer that others play, `dvh1.08.07/db4h`.
    pub supplemental: Option<String>,
    /// Why there is no codec string. `Some` exactly when [`rfc6381`](Self::rfc6381) is `None`.
    pub unsupported: Option<Unsupported>,
    /// Where the decoder finds its parameter sets (H.264 and HEVC).
    pub parameter_sets: ParameterSets,
}

impl Codec {
    pub(in crate::mp4) const fn packageable(
        fourcc: FourCc,
        rfc6381: String,
        parameter_sets: ParameterSets,
    ) -> Self {
        Self {
            fourcc,
            rfc6381: Some(rfc6381),
            supplemental: None,
            unsupported: None,
            parameter_sets,
        }
    }

    /// Whether every sample decodes on its own, whatever the file says: so does the sound of all codecs but USAC
    /// (ISO 23003-3), whose frames may need earlier ones.
    pub(in crate::mp4) fn is_all_sync(&self, media: &Media) -> bool {
        let sound = matches!(media, Media::Audio(_));
        sound && self.rfc6381.as_deref().is_some_and(|text| text != "mp4a.40.42")
    }

    pub(in crate::mp4) const fn refused(fourcc: FourCc, reason: Unsupported) -> Self {
        Self {
            fourcc,
            rfc6381: None,
            supplemental: None,
            unsupported: Some(reason),
            parameter_sets: ParameterSets::NotUsed,
        }
    }
}

/// Where a decoder finds the parameter sets of a video track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterSets {
    /// The codec has none.
    NotUsed,
    /// All of them are in the sample entry: the samples need not carry any, and the sample entry says so
    /// (`avc1`, `hvc1`, or arrays that are marked complete).
    SampleEntry,
    /// The sample entry has a full set, and the samples may carry more (`avc3`, `hev1`).
    SampleEntryAndSamples,
    /// The sample entry lacks at least one kind: they are only in the samples.
    SamplesOnly,
}

/// Why a track cannot be packaged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// The samples are encrypted (`encv`, `enca`, `drmi`, ...).
    Encrypted,
    /// The track changes its encoding on the way: it has several sample entries.
    SeveralSampleEntries {
        /// Number of sample entries.
        entries: u32,
    },
    /// The samples lie in another file.
    ExternalMedia,
    /// The codec is one that is not packaged.
    Codec(FourCc),
    /// Sound in an `mp4a` entry that is neither AAC nor MP3.
    ObjectType {
        /// The object type indication (ISO 14496-1); 0xa9 is DTS.
        indication: u8,
    },
    /// Sound in an MPEG-4 object type that is neither AAC nor MP3.
    AudioObjectType {
        /// The audio object type (ISO 14496-3); 33 is MPEG-1 layer 2.
        object_type: u8,
    },
    /// The track is neither picture nor sound.
    NotAudioVisual,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => f.write_str("the samples are encrypted"),
            Self::SeveralSampleEntries { entries } => {
                write!(f, "the encoding changes on the way ({entries} sample entries)")
            }
            Self::ExternalMedia => f.write_str("the samples lie in another file"),
            Self::Codec(fourcc) => match names::of(*fourcc) {
                Some(name) => write!(f, "codec {fourcc} ({name}) is not supported"),
                None => write!(f, "codec {fourcc} is not supported"),
            },
            Self::ObjectType { indication } => match names::of_object_type(*indication) {
                Some(name) => write!(
                    f,
                    "sound of object type {indication:#04x} ({name}) is not supported"
                ),
                None => write!(f, "sound of object type {indication:#04x} is not supported"),
            },
            Self::AudioObjectType { object_type } => {
                write!(
                    f,
                    "sound of MPEG-4 audio object type {object_type} is not supported"
                )
            }
            Self::NotAudioVisual => f.write_str("the track is neither picture nor sound"),
        }
    }
}
