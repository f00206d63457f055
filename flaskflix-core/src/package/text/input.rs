//! Files of subtitles, read.

use std::sync::Arc;

use crate::{
    catalog::SubtitleFile,
    range::ByteRange,
    source::{ByteSource, ObjectInfo, SourceError, read_ranges_to_bytes},
    text::{Cues, MAX_FILE_BYTES, TextError, TextFault, parse_subrip, parse_webvtt},
};

/// A file of subtitles beside a film, as it was found when the title was planned.
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::SubtitleFile, id::AssetKey, package::SubtitleInput, source::ObjectInfo, validator::EntityTag};
/// let file = SubtitleFile::new(AssetKey::parse("film.en.srt")?).language("en");
/// let text = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n";
/// let info = ObjectInfo { len: text.len() as u64, etag: EntityTag::of_bytes(text), last_modified: None };
/// let input = SubtitleInput::parse(file, info, text);
/// assert_eq!(input.cues.unwrap().cues()[0].payload(), "Hello");
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone)]
pub struct SubtitleInput {
    /// The file, and what its name says.
    pub file: SubtitleFile,
    /// Length and validators of the version that was read. `None`: it could not be opened.
    pub info: Option<ObjectInfo>,
    /// Its cues at the film's own times, or why there are none. A file that cannot be read is a warning of the plan: the film
    /// plays.
    pub cues: Result<Arc<Cues>, SubtitleFault>,
}

/// Why a file of subtitles is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubtitleFault {
    /// It is not there, or cannot be opened.
    #[error("the file cannot be opened")]
    Unreadable,
    /// It cannot be understood.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl SubtitleInput {
    /// Reads the bytes of a file: `SubRip` when its name ends in `.srt`, else `WebVTT`.
    ///
    /// # Cost
    /// Some 10 ms for a megabyte.
    #[must_use]
    pub fn parse(file: SubtitleFile, info: ObjectInfo, bytes: &[u8]) -> Self {
        let is_subrip = file
            .asset
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("srt"));
        let cues = if is_subrip {
            parse_subrip(bytes)
        } else {
            parse_webvtt(bytes)
        };
        Self {
            file,
            info: Some(info),
            cues: cues.map(Arc::new).map_err(SubtitleFault::Text),
        }
    }

    /// Opens and reads a file. One that is not there, cannot be read, is too large or cannot be understood is an input without
    /// cues: the film plays without it.
    ///
    /// # Errors
    /// [`SourceError::Busy`] and [`SourceError::Changed`], which pass: a plan without the subtitles would be kept.
    pub async fn read(source: &dyn ByteSource, file: &SubtitleFile) -> Result<Self, SourceError> {
        match Self::try_read(source, file).await {
            Err(error @ (SourceError::Busy | SourceError::Changed)) => Err(error),
            read => Ok(read.unwrap_or_else(|_| Self::unreadable(file.clone()))),
        }
    }

    async fn try_read(source: &dyn ByteSource, file: &SubtitleFile) -> Result<Self, SourceError> {
        let object = source.open(&file.asset).await?;
        let info = object.info().clone();
        if info.len > MAX_FILE_BYTES {
            return Ok(Self::too_large(file.clone(), info));
        }
        let whole = ByteRange::new(0, info.len).into_iter().collect();
        let bytes = read_ranges_to_bytes(&object, whole).await?;
        Ok(Self::parse(file.clone(), info, &bytes))
    }

    /// Puts the cues from the film's own time onto the title's, as its tracks are.
    pub(in crate::package) fn move_by(&mut self, micros: i64) {
        if let Ok(cues) = &mut self.cues
            && micros != 0
        {
            *cues = Arc::new(cues.moved(micros));
        }
    }

    /// A file that is larger than [`MAX_FILE_BYTES`], and therefore was not read.
    #[must_use]
    pub fn too_large(file: SubtitleFile, info: ObjectInfo) -> Self {
        let fault = TextFault::TooMuch {
            what: "bytes in the file",
            limit: MAX_FILE_BYTES,
        };
        Self {
            file,
            info: Some(info),
            cues: Err(SubtitleFault::Text(TextError { line: 1, fault })),
        }
    }

    /// A file that could not be opened.
    #[must_use]
    pub const fn unreadable(file: SubtitleFile) -> Self {
        Self {
            file,
            info: None,
            cues: Err(SubtitleFault::Unreadable),
        }
    }
}
