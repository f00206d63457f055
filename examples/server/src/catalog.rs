//! The catalogue as viewers see it: every title has a poster.

use std::{fmt::Write as _, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
};
use flaskflix_storage::sql::SqliteMovies;
use sha2::{Digest as _, Sha256};

/// The movies, with the URL of a generated poster where none was set.
#[derive(Debug, Clone)]
pub(crate) struct WithPosters(pub(crate) SqliteMovies);

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
