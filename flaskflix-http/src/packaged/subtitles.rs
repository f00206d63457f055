//! Files of subtitles beside a film: read once for a plan, looked at again like its other files.

use flaskflix_core::{
    catalog::SubtitleFile,
    package::SubtitleInput,
    source::{ByteSource, SourceError},
};

use crate::status::Refusal;

/// Reads files of subtitles. One that cannot be read is a warning of the plan.
///
/// # Errors
/// [`Refusal::Busy`] when the storage cannot answer now.
pub(super) async fn read(
    source: &dyn ByteSource,
    files: &[SubtitleFile],
) -> Result<Vec<SubtitleInput>, Refusal> {
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        let input = SubtitleInput::read(source, file).await;
        inputs.push(input.map_err(|error| Refusal::from(&error))?);
    }
    Ok(inputs)
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
