//! A prefix in a store.

use std::{fmt, sync::Arc};

use flaskflix_core::id::AssetKey;
use object_store::{ObjectStore, path::Path, signer::Signer};

/// Where keys are looked up.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The same store, when it can sign.
    pub(super) signer: Option<Arc<dyn Signer>>,
    /// The store among others, without credentials.
    pub(super) name: String,
    pub(super) prefix: Path,
}

impl Place {
    /// Where the object of a key is; `None` when no store has such a name.
    pub(super) fn path_of(&self, key: &AssetKey) -> Option<Path> {
        if self.prefix.is_root() {
            return Path::parse(key.as_str()).ok();
        }
        // Not `Path::join`, which would encode a percent sign once more.
        Path::parse(format!("{}/{key}", self.prefix)).ok()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the store: its driver knows credentials.
        write!(f, "{}/{}", self.name, self.prefix)
    }
}
