//! The initialisation section of a fragmented film: its tracks, without samples
//! (ISO 14496-12 section 8.16, RFC 8216bis section 3.1.1).

use bytes::Bytes;

use super::{
    BoxFault, Codec, FourCc, Limits, Media, Mp4Error, TrackHeader, trak,
    walk::{BoxView, Walk},
};

/// A track as an initialisation section describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitTrack {
    /// What it carries.
    pub media: Media,
    /// How its samples are encoded.
    pub codec: Codec,
    /// Its presentation.
    pub header: TrackHeader,
}

/// Reads the tracks of an initialisation section that is in memory as a whole. Their sample tables, which are empty, are not read.
///
/// # Errors
/// [`Mp4Error`] when there is no `moov` box, or a track of it is broken or over a cap of the limits.
///
/// # Examples
/// ```
/// use flaskflix_core::{Bytes, mp4::{Limits, Mp4Error, init_tracks}};
/// let section = Bytes::from_static(b"\0\0\0\x08free");
/// assert_eq!(init_tracks(&section, &Limits::default()), Err(Mp4Error::NoMovie { object_len: 8 }));
/// ```
pub fn init_tracks(section: &Bytes, limits: &Limits) -> Result<Vec<InitTrack>, Mp4Error> {
    let walk = Walk::new(limits);
    let file = BoxView {
        fourcc: FourCc(*b"file"),
        payload: section.clone(),
        offset: 0,
        depth: 0,
    };
    let [moov] = walk.pick(&file, [FourCc(*b"moov")])?;
    let moov = moov.ok_or(Mp4Error::NoMovie {
        object_len: section.len() as u64,
    })?;
    let mut tracks = Vec::new();
    for child in walk.children(&moov) {
        let child = child?;
        if &child.fourcc.0 != b"trak" {
            continue;
        }
        let found = (tracks.len() as u64).saturating_add(1);
        if found > u64::from(limits.max_tracks) {
            return Err(moov.fault(BoxFault::OverLimit {
                limit_name: "max_tracks",
                limit: u64::from(limits.max_tracks),
                found,
            }));
        }
        tracks.push(trak::describe(&child, &walk)?);
    }
    Ok(tracks)
}
