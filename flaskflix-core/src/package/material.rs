//! What a title is packaged from.

use std::sync::Arc;

use super::SubtitleInput;
use crate::{encrypt::ContentKey, id::AssetKey, mp4::Index, source::ObjectInfo};

/// One file of a title, with its index.
#[derive(Debug, Clone)]
pub struct Input {
    /// The stored object.
    pub asset: AssetKey,
    /// Its length and validators, of the version that was indexed.
    pub info: ObjectInfo,
    /// Its index.
    pub index: Arc<Index>,
}

/// Everything that a title is packaged from.
///
/// # Examples
/// ```
/// use flaskflix_core::package::Material;
/// let material = Material::new(Vec::new()).name("Hello");
/// assert_eq!(material.name, "Hello");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Material {
    /// The title's name for people; empty when it has none. Stands in playlists only.
    pub name: String,
    /// Its MP4 files, in any order.
    pub inputs: Vec<Input>,
    /// Subtitles beside them, in the order of the viewer's menu.
    pub subtitles: Vec<SubtitleInput>,
    /// The key that its media segments are encrypted with; `None` when they are clear.
    pub key: Option<ContentKey>,
}

impl Material {
    /// These files and nothing else.
    #[must_use]
    pub fn new(inputs: Vec<Input>) -> Self {
        Self {
            inputs,
            ..Self::default()
        }
    }

    /// Sets the subtitles beside the files.
    #[must_use]
    pub fn subtitles(self, subtitles: Vec<SubtitleInput>) -> Self {
        Self { subtitles, ..self }
    }

    /// Sets the title's name.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// Sets the key of its media segments, or that they are clear.
    #[must_use]
    pub fn key(self, key: impl Into<Option<ContentKey>>) -> Self {
        Self {
            key: key.into(),
            ..self
        }
    }
}

impl From<Vec<Input>> for Material {
    fn from(inputs: Vec<Input>) -> Self {
        Self::new(inputs)
    }
}
