//! ISO BMFF (ISO 14496-12): a bounded reader that indexes any real MP4, and a small box writer.
//!
//! [`Indexer`] finds the `moov` box wherever it lies, asking for byte ranges instead of reading them, and turns
//! it into an [`Index`]: the [`Track`]s of a film with their codec strings, edit lists and [`SampleTable`]s.
//! Nothing is unpacked: the tables stay the bytes they are in the file, with checkpoints every few hundred
//! entries, so that every lookup is a binary search and a short walk, at any point of a film of any length.
//!
//! [`CoverFinder`] finds the film's cover picture, when somebody asks for it.
//!
//! [`init_tracks`] reads the tracks of a fragmented film's initialisation section, without samples.
//!
//! A film in fragments (`moof` boxes, with or without samples in its `moov` box) is indexed as if its `moov` box had
//! listed all samples.
//!
//! [`Index::to_record`] and [`Index::from_record`] keep an index beyond the life of a process.
//!
//! What it does not do: media data, writing whole files.

mod audio_entry;
mod chapters;
mod codec;
mod cover;
mod edit_list;
mod error;
mod fields;
mod fourcc;
mod fragment;
mod index;
mod indexer;
mod init;
mod label;
mod limits;
mod movie;
mod pace;
mod record;
mod record_key;
mod sample;
mod sample_entry;
mod table;
mod track;
mod trak;
mod trim;
mod unread;
mod video_entry;
mod walk;
mod writer;

pub use chapters::ListedChapter;
pub(crate) use codec::{Bits, HevcProfile, mp3::object_type as mp3_object_type};
pub use codec::{Codec, ParameterSets, Unsupported};
pub use cover::{Cover, CoverFinder, CoverFormat, CoverStep};
pub use error::{BoxFault, Mp4Error};
pub use fourcc::FourCc;
pub use index::{FragmentSummary, Index};
pub use indexer::{Indexer, Step, index_bytes};
pub use init::{InitTrack, init_tracks};
pub use limits::Limits;
pub use record::RecordError;
pub use record_key::RecordKey;
pub use sample::Sample;
pub(crate) use table::Outline;
pub use table::{SampleTable, Samples, SyncSamples};
pub use track::{AudioInfo, Media, Track, TrackHeader, VideoInfo};
pub use writer::BoxWriter;
