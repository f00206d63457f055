//! The catalogue as viewers see it: every title has a poster, and the subtitles that lie beside its film.

use std::{fmt::Write as _, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Delivery, Rendition, SubtitleFile, Title},
    id::TitleId,
};
use sha2::{Digest as _, Sha256};

use crate::media::Media;

/// The movies, with the URL of a generated poster where none was set.
#[derive(Debug, Clone)]
pub(crate) struct WithPosters(pub(crate) Arc<dyn Catalog>);

#[async_trait]
impl Catalog for WithPosters {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let title = self.0.title(id).await?;
        Ok(title.map(|title| match &title.poster {
            Some(_) => title,
            None => Arc::new(Title {
                poster: Some(generated_poster(id.as_str(), &title.name)),
                ..Title::clone(&title)
            }),
        }))
    }
}

/// The movies with the subtitles that lie beside their files, by their names: `film.en.srt` beside `film.mp4`.
///
/// They are looked for at every request, which costs two system calls while the film's folder stays as it is: whoever puts a
/// file there sees it at once, and nothing about it need be stored.
#[derive(Debug, Clone)]
pub(crate) struct WithSubtitles {
    pub(crate) movies: Arc<dyn Catalog>,
    pub(crate) files: Media,
}

#[async_trait]
impl Catalog for WithSubtitles {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let Some(title) = self.movies.title(id).await? else {
            return Ok(None);
        };
        let Delivery::Packaged { renditions, .. } = &title.delivery else {
            return Ok(Some(title));
        };
        let subtitles = subtitles(&self.files, renditions).await;
        if subtitles.is_empty() {
            return Ok(Some(title));
        }
        let delivery = Delivery::Packaged {
            renditions: renditions.clone(),
            subtitles,
        };
        Ok(Some(Arc::new(Title {
            delivery,
            ..Title::clone(&title)
        })))
    }
}

/// The subtitles beside the renditions of a movie, in the order of the viewer's menu. A folder that cannot be read has none:
/// opening the film will tell.
pub(crate) async fn subtitles(files: &Media, renditions: &[Rendition]) -> Vec<SubtitleFile> {
    let mut found: Vec<SubtitleFile> = Vec::new();
    for rendition in renditions {
        let beside = files.subtitles_of(&rendition.asset).await;
        found.extend(beside.unwrap_or_default());
    }
    SubtitleFile::sort(&mut found);
    found.dedup();
    found
}

/// The URL of the poster that is drawn for a title. A new name gives a new URL, so the picture may be cached for ever.
pub(crate) fn generated_poster(id: &str, name: &str) -> String {
    let mut version = String::new();
    for byte in Sha256::digest(name).iter().take(6) {
        // Writing to a string does not fail.
        let _ = write!(version, "{byte:02x}");
    }
    format!("/posters/generated/{id}.svg?v={version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_movie_has_another_poster() {
        let before = generated_poster("7", "Big Film");
        assert_eq!(before, generated_poster("7", "Big Film"));
        assert_ne!(before, generated_poster("7", "Bigger Film"));
        assert!(before.starts_with("/posters/generated/7.svg?v="), "{before}");
    }
}
