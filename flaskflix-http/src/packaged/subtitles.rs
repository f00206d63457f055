//! Files of subtitles beside a film: read once for a plan, looked at again like its other files.

use flaskflix_core::{
    catalog::SubtitleFile,
    package::SubtitleInput,
    range::ByteRange,
    source::{ByteSource, SourceError, read_ranges_to_bytes},
    text::MAX_FILE_BYTES,
};

use crate::status::Refusal;

/// Reads files of subtitles. One that is not there or too large is a warning of the plan, for the film plays without it.
///
/// # Errors
/// [`Refusal::Busy`] when the storage cannot answer now: a plan without subtitles would be kept.
pub(super) async fn read(
    source: &dyn ByteSource,
    files: &[SubtitleFile],
) -> Result<Vec<SubtitleInput>, Refusal> {
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        inputs.push(match read_one(source, file).await {
            Ok(input) => input,
            Err(SourceError::Busy | SourceError::Changed) => return Err(Refusal::Busy),
            Err(_) => SubtitleInput::unreadable(file.clone()),
        });
    }
    Ok(inputs)
}

async fn read_one(source: &dyn ByteSource, file: &SubtitleFile) -> Result<SubtitleInput, SourceError> {
    let object = source.open(&file.asset).await?;
    let info = object.info().clone();
    if info.len > MAX_FILE_BYTES {
        return Ok(SubtitleInput::too_large(file.clone(), info));
    }
    let whole = ByteRange::new(0, info.len).into_iter().collect();
    let bytes = read_ranges_to_bytes(&object, whole).await?;
    Ok(SubtitleInput::parse(file.clone(), info, &bytes))
}

/// Whether a file is still the version that was read; one that could not be opened, whether it still cannot.
///
/// # Errors
/// [`Refusal::Busy`] when the storage cannot answer now.
pub(super) async fn is_same(source: &dyn ByteSource, input: &SubtitleInput) -> Result<bool, Refusal> {
    match source.open(&input.file.asset).await {
        Ok(object) => Ok(input
            .info
            .as_ref()
            .is_some_and(|info| super::is_same(object.info(), info))),
        Err(SourceError::Busy) => Err(Refusal::Busy),
        Err(_) => Ok(input.info.is_none()),
    }
}
