//! Errors in the words of the person who can mend them.

use std::error::Error;

use flaskflix_core::{
    ErrorChain,
    id::AssetKey,
    mp4::{BoxFault, Mp4Error},
    package::{IndexError, PackageError},
    source::SourceError,
};

use crate::web::wording;

/// Why a file cannot be opened or read.
pub(super) fn of_source(asset: &AssetKey, error: &SourceError) -> String {
    match error {
        SourceError::NotFound => format!("There is no file {asset} below the media folder."),
        SourceError::Changed => format!("{asset} is being written to just now."),
        SourceError::Busy => {
            format!("{asset} cannot be opened just now: the server is busy, or the file is being written to.")
        }
        _ => format!("{asset} cannot be read: the disk reports an error."),
    }
}

/// Why a file has no index.
pub(super) fn of_index(asset: &AssetKey, error: &IndexError) -> String {
    match error {
        IndexError::Source(error) => of_source(asset, error),
        IndexError::Mp4(error) => of_mp4(asset, error),
        _ => format!("{asset} cannot be understood."),
    }
}

fn of_mp4(asset: &AssetKey, error: &Mp4Error) -> String {
    match error {
        Mp4Error::NoMovie { .. } => {
            format!("{asset} is not an MP4 film, or it is not complete: it has no moov box.")
        }
        Mp4Error::Box {
            fault: BoxFault::Overrun { offset: 0, .. } | BoxFault::Undersized { offset: 0, .. },
            ..
        } => format!("{asset} is not an MP4 film."),
        Mp4Error::Box {
            track: None,
            fault: BoxFault::Overrun { .. },
            ..
        } => format!("{asset} is not complete: its end is missing, or it is still being copied."),
        Mp4Error::FragmentFirst { .. } => {
            format!("{asset} is a media segment: a piece of a film without its beginning.")
        }
        Mp4Error::NoSamples => format!("{asset} holds no pictures and no sound."),
        error => format!("{asset} cannot be used: {error}."),
    }
}

/// Why nothing can be planned from files that were indexed.
pub(super) fn of_plan(error: &PackageError) -> String {
    match error {
        PackageError::NothingPlayable { left_out } if left_out.is_empty() => {
            "The film holds no picture or sound that browsers play.".to_owned()
        }
        PackageError::NothingPlayable { left_out } => {
            let reasons: Vec<String> = left_out.iter().map(ToString::to_string).collect();
            format!(
                "Nothing in the film can be played in browsers. {}.",
                reasons.join(". ")
            )
        }
        error => format!("The film cannot be cut into segments: {error}."),
    }
}

/// An error and its causes as one sentence.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    wording::sentence(&ErrorChain(error).to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_media_segment_is_told_what_it_is() {
        let asset = AssetKey::parse("a.mp4").unwrap();
        let error = IndexError::Mp4(Arc::new(Mp4Error::FragmentFirst { offset: 24 }));
        assert!(of_index(&asset, &error).contains("media segment"));
    }

    #[test]
    fn reasons_are_sentences() {
        let error = flaskflix_core::catalog::DeliveryError::NoPlaylist;
        assert_eq!(sentence(&error), "Hls_url does not end in .m3u8.");
    }
}
