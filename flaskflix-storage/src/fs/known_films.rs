//! The films of a folder that were asked for, for as long as the folder stays as it is.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use flaskflix_core::{catalog::Title, id::TitleId};

use super::identity::Identity;

/// Titles that were found when the folder had one identity.
///
/// A name that comes, goes, or becomes that of another kind of thing changes the times of its folder. So whoever sees the folder
/// unchanged need not ask for the name.
#[derive(Debug, Default)]
pub(super) struct KnownFilms {
    known: RwLock<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    folder: Identity,
    films: HashMap<TitleId, Arc<Title>>,
}

impl KnownFilms {
    /// The title, when it was found in the folder as it is `now`.
    pub(super) fn get(&self, id: &TitleId, now: Identity) -> Option<Arc<Title>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| known.folder == now)?;
        known.films.get(id).cloned()
    }

    /// Remembers a title that was found in the folder. `before` is its identity from before the look.
    pub(super) fn put(&self, id: &TitleId, before: Identity, title: &Arc<Title>) {
        // Within the tick of its last change a folder may change again and look the same.
        if !before.is_settled() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let films = match &mut *known {
            Some(known) if known.folder == before => &mut known.films,
            outdated => {
                let known = outdated.insert(Known {
                    folder: before,
                    films: HashMap::new(),
                });
                &mut known.films
            }
        };
        if films.len() >= MAX_FILMS {
            films.clear();
        }
        films.insert(id.clone(), Arc::clone(title));
    }
}

/// Films that are remembered, some hundred bytes each.
const MAX_FILMS: usize = 10_000;
