//! A second opinion: what `m3u8-rs` finds in the text must be what we found.
//!
//! Two readers that were written apart are rarely wrong in the same way. Known faults of this one (version 6) are kept from
//! it: it sees no titles of segments (a comma in one makes a segment of the rest), no text that is not UTF-8 (it stops there and says
//! nothing), and no value outside its grammar (the rest of a line becomes a URI).

use std::collections::HashSet;

use m3u8_rs::{MasterPlaylist, MediaPlaylist, Playlist, SessionDataField};

use super::{
    error::{PlaylistError, PlaylistFault},
    playlist::Content,
    scan::Scanned,
};

/// # Errors
/// [`PlaylistFault::Ambiguous`] at the last line.
pub(super) fn agree(scanned: &Scanned) -> Result<(), PlaylistError> {
    let ambiguous = || PlaylistError::at(scanned.lines, PlaylistFault::Ambiguous);
    let (rest, playlist) = m3u8_rs::parse_playlist(scanned.plain.as_bytes()).map_err(|_| ambiguous())?;
    let known: HashSet<&str> = scanned.raw_uris.iter().map(String::as_str).collect();
    let same = match (&playlist, &scanned.playlist.content) {
        (Playlist::MasterPlaylist(read), Content::Multivariant) => multivariant_agrees(read, scanned, &known),
        (Playlist::MediaPlaylist(read), Content::Media(_)) => media_agrees(read, scanned, &known),
        _ => false,
    };
    if rest.is_empty() && same {
        Ok(())
    } else {
        Err(ambiguous())
    }
}

fn multivariant_agrees(read: &MasterPlaylist, scanned: &Scanned, known: &HashSet<&str>) -> bool {
    let variants = read.variants.iter().filter(|variant| !variant.is_i_frame);
    let lines = variants.map(|variant| &variant.uri);
    let i_frames = read.variants.iter().filter(|variant| variant.is_i_frame);
    let attributes = i_frames
        .map(|variant| &variant.uri)
        .chain(read.alternatives.iter().filter_map(|media| media.uri.as_ref()))
        .chain(read.session_key.iter().filter_map(|key| key.0.uri.as_ref()))
        .chain(read.session_data.iter().filter_map(|data| match &data.field {
            SessionDataField::Uri(uri) => Some(uri),
            SessionDataField::Value(_) => None,
        }));
    lines.eq(&scanned.line_uris) && all_known(attributes, known)
}

fn media_agrees(read: &MediaPlaylist, scanned: &Scanned, known: &HashSet<&str>) -> bool {
    let lines = read.segments.iter().map(|segment| &segment.uri);
    let keys = read.segments.iter().filter_map(|segment| segment.key.as_ref());
    let maps = read.segments.iter().filter_map(|segment| segment.map.as_ref());
    let attributes = keys
        .filter_map(|key| key.uri.as_ref())
        .chain(maps.map(|map| &map.uri));
    lines.eq(&scanned.line_uris) && all_known(attributes, known)
}

fn all_known<'a>(mut uris: impl Iterator<Item = &'a String>, known: &HashSet<&str>) -> bool {
    uris.all(|uri| known.contains(uri.as_str()))
}
