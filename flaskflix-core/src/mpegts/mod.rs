//! MPEG-2 transport streams (ISO 13818-1): what the start of a segment says about its picture and sound.
//!
//! [`probe`] reads a bounded piece of a stream in memory, finds its program (PAT, PMT) and the parameters that
//! playlists declare: codec strings, size, frame rate. It decodes nothing and repairs nothing: what is not found is said to be unknown.
//!
//! | file | what it holds |
//! |---|---|
//! | `packet` | packets of 188 bytes, payloads by PID |
//! | `tables` | program association and program map |
//! | `elementary` | bytes of one elementary stream out of its PES packets, NAL units |
//! | `avc`, `hevc`, `cropping` | sequence parameter sets |
//! | `adts` | the header of AAC frames |
//! | `program` | all of it together |

mod adts;
mod avc;
mod cropping;
mod elementary;
mod hevc;
mod packet;
mod program;
mod tables;

pub use program::{Program, Stream, probe};
