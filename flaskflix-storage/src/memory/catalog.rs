//! Titles in a map as a catalogue.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
};

/// A [`Catalog`] over titles in memory.
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::{Catalog, Delivery, Title}, id::{AssetKey, TitleId}};
/// use flaskflix_storage::memory::MemoryCatalog;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let id = TitleId::parse("42")?;
/// let catalog = MemoryCatalog::new();
/// let delivery = Delivery::File { asset: AssetKey::parse("answer.webm")? };
/// catalog.put(Title::new(id.clone(), "The Answer", delivery));
/// assert_eq!(catalog.title(&id).await?.map(|title| title.name.clone()), Some("The Answer".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryCatalog {
    titles: RwLock<HashMap<TitleId, Arc<Title>>>,
}

impl MemoryCatalog {
    /// A catalogue without titles.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a title, in the place of the one of this id if there is one.
    pub fn put(&self, title: Title) {
        let mut titles = self.titles.write().unwrap_or_else(PoisonError::into_inner);
        titles.insert(title.id.clone(), Arc::new(title));
    }

    /// Removes a title. Returns whether there was one.
    pub fn remove(&self, id: &TitleId) -> bool {
        let mut titles = self.titles.write().unwrap_or_else(PoisonError::into_inner);
        titles.remove(id).is_some()
    }
}

impl FromIterator<Title> for MemoryCatalog {
    fn from_iter<I: IntoIterator<Item = Title>>(titles: I) -> Self {
        let titles = titles
            .into_iter()
            .map(|title| (title.id.clone(), Arc::new(title)))
            .collect();
        Self {
            titles: RwLock::new(titles),
        }
    }
}

#[async_trait]
impl Catalog for MemoryCatalog {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let titles = self.titles.read().unwrap_or_else(PoisonError::into_inner);
        Ok(titles.get(id).cloned())
    }
}
