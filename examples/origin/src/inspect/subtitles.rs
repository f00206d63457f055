//! The files of subtitles beside a film.

use flaskflix_core::{
    catalog::SubtitleFile,
    package::SubtitleInput,
    range::ByteRange,
    source::{ByteSource as _, SourceError, read_to_bytes},
    text::MAX_FILE_BYTES,
};
use flaskflix_storage::fs::LocalFiles;

use crate::film::Film;

/// Reads them as the server does: one that cannot be read becomes a warning of the plan.
pub(super) async fn read(film: &Film) -> Vec<SubtitleInput> {
    let mut inputs = Vec::new();
    for file in film.subtitles() {
        let input = read_one(&film.files, file).await;
        inputs.push(input.unwrap_or_else(|_| SubtitleInput::unreadable(file.clone())));
    }
    inputs
}

async fn read_one(files: &LocalFiles, file: &SubtitleFile) -> Result<SubtitleInput, SourceError> {
    let object = files.open(&file.asset).await?;
    let info = object.info().clone();
    if info.len > MAX_FILE_BYTES {
        return Ok(SubtitleInput::too_large(file.clone(), info));
    }
    let bytes = match ByteRange::new(0, info.len) {
        Some(whole) => read_to_bytes(&object, whole).await?,
        None => flaskflix_core::Bytes::new(),
    };
    Ok(SubtitleInput::parse(file.clone(), info, &bytes))
}
