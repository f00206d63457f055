//! Plans that were found unchanged a moment ago.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use flaskflix_core::id::TitleId;
use moka::sync::Cache;

use super::presentations::Planned;

/// The plans of titles that were found unchanged a moment ago, by the title's id. It keeps no plan alive: that is the plan cache's to decide.
#[derive(Debug)]
pub(super) struct Recent {
    /// `None`: every request looks.
    checked: Option<Cache<TitleId, Weak<Planned>>>,
}

impl Recent {
    /// Remembers plans for `moment`, but no longer than [`LONGEST`].
    pub(super) fn new(moment: Duration) -> Self {
        let cache = || {
            Cache::builder()
                .max_capacity(MAX_TITLES)
                .time_to_live(moment.min(LONGEST))
                .build()
        };
        Self {
            checked: (!moment.is_zero()).then(cache),
        }
    }

    pub(super) fn remember(&self, title: &TitleId, planned: &Arc<Planned>) {
        if let Some(checked) = &self.checked {
            checked.insert(title.clone(), Arc::downgrade(planned));
        }
    }

    pub(super) fn planned(&self, title: &TitleId) -> Option<Arc<Planned>> {
        self.checked.as_ref()?.get(title)?.upgrade()
    }

    /// Somebody knows better: the title is looked at again.
    pub(super) fn forget(&self, title: &TitleId) {
        if let Some(checked) = &self.checked {
            checked.invalidate(title);
        }
    }
}

/// A moment.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Titles that are remembered at once: more than anybody asks for in a moment, in some megabytes.
const MAX_TITLES: u64 = 20_000;
