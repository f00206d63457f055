//! Everything that lies beneath a prefix: for backups and other inventories, never on the way of a request.

use flaskflix_core::{
    id::AssetKey,
    source::{ByteSource as _, SourceError},
};
use futures_util::StreamExt as _;
use object_store::{ObjectMeta, ObjectStore as _, path::Path};

use super::{place::Place, source::ObjectStoreSource, tries::Tries};

/// An object, as a list tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedObject {
    /// What the source opens it by.
    pub key: AssetKey,
    /// Its length in bytes.
    pub len: u64,
}

impl ObjectStoreSource {
    /// Lists every object beneath the prefix, in the order of their keys.
    ///
    /// A list that breaks off goes on behind the last name that came, within the patience of the
    /// [options](super::ObjectOptions::patience). Names that no key can have are left out, with a line in the log. So are the empty
    /// objects that consoles of stores make for folders: their names end in a slash, and nobody can open them.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is no such bucket; [`SourceError::Io`] when the store cannot be asked or cannot list.
    ///
    /// # Cost
    /// One request for each 1,000 objects and one for each that is empty; all names in memory.
    pub async fn objects(&self) -> Result<Vec<ListedObject>, SourceError> {
        let mut listed = Vec::new();
        for object in self.everything().await? {
            let Some(key) = key_of(self.place(), &object.location) else {
                tracing::warn!(name = %object.location, "an object that no key can name is left out");
                continue;
            };
            let len = object.size;
            if len > 0 || !self.is_folder(&key).await? {
                listed.push(ListedObject { key, len });
            }
        }
        listed.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(listed)
    }

    async fn everything(&self) -> Result<Vec<ObjectMeta>, SourceError> {
        let Place { store, prefix, .. } = self.place();
        let mut tries = Tries::of_lists(self.options());
        let (mut found, mut rises) = (Vec::<ObjectMeta>::new(), true);
        loop {
            let mut list = match found.last() {
                Some(last) => store.list_with_offset(Some(prefix), &last.location),
                None => store.list(Some(prefix)),
            };
            let failure = loop {
                match tries.wait(list.next()).await {
                    Ok(Some(Ok(object))) => {
                        tries.answered();
                        rises &= found.last().is_none_or(|last| last.location < object.location);
                        found.push(object);
                    }
                    Ok(Some(Err(error))) => break error.into(),
                    Ok(None) => return Ok(found),
                    Err(silence) => break silence,
                }
            };
            // In a list without an order, nobody can say what came before the last name.
            if !rises {
                return Err(failure.into_source_error());
            }
            tries.pause(failure).await?;
        }
    }

    async fn is_folder(&self, key: &AssetKey) -> Result<bool, SourceError> {
        match self.open(key).await {
            Ok(_) => Ok(false),
            Err(SourceError::NotFound) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn key_of(place: &Place, location: &Path) -> Option<AssetKey> {
    let name = if place.prefix.is_root() {
        location.as_ref()
    } else {
        location
            .as_ref()
            .strip_prefix(place.prefix.as_ref())?
            .strip_prefix('/')?
    };
    AssetKey::parse(name).ok()
}
