//! Subtitles that lie beside a film.

use crate::id::AssetKey;

/// A file of subtitles that belongs to a packaged title: `WebVTT` (`.vtt`) or `SubRip` (`.srt`).
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::{SubtitleFile, SubtitleRole}, id::AssetKey};
/// let file = SubtitleFile::new(AssetKey::parse("film.en.vtt")?).language("en");
/// assert_eq!((file.language.as_str(), file.role), ("en", SubtitleRole::Dialogue));
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubtitleFile {
    /// The stored object.
    pub asset: AssetKey,
    /// BCP 47 tag of its language; `und` when nobody knows.
    pub language: String,
    /// What the viewer's menu calls it; the language's name when there is none.
    pub name: Option<String>,
    /// What it is for.
    pub role: SubtitleRole,
}

/// What subtitles are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SubtitleRole {
    /// All that is spoken.
    #[default]
    Dialogue,
    /// Only what everybody needs: foreign speech and signs. Players show it without being asked.
    Forced,
    /// All that is heard, for the deaf and hard of hearing.
    HearingImpaired,
}

impl SubtitleFile {
    /// Subtitles in a language that nobody knows.
    #[must_use]
    pub fn new(asset: AssetKey) -> Self {
        Self {
            asset,
            language: "und".to_owned(),
            name: None,
            role: SubtitleRole::default(),
        }
    }

    /// Sets the language, a BCP 47 tag.
    #[must_use]
    pub fn language(self, tag: impl Into<String>) -> Self {
        Self {
            language: tag.into(),
            ..self
        }
    }
}
