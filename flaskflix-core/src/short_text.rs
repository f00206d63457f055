//! Text that is mostly short and cloned often: the inside of names and entity tags.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str,
    sync::Arc,
};

/// Immutable text that is cheap to clone. Up to [`IN_PLACE_BYTES`] it lies in the value and costs no allocation.
#[derive(Clone)]
pub(crate) enum ShortText {
    InPlace { len: u8, bytes: [u8; IN_PLACE_BYTES] },
    Shared(Arc<str>),
}

/// Room for a UUID, and for an entity tag of 128 bits in hex with a short suffix.
const IN_PLACE_BYTES: usize = 38;

impl ShortText {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::InPlace { len, bytes } => {
                let text = bytes.get(..usize::from(*len)).unwrap_or_default();
                // It was a text when it was copied here.
                str::from_utf8(text).unwrap_or_default()
            }
            Self::Shared(text) => text,
        }
    }

    fn in_place(text: &str) -> Option<Self> {
        let mut bytes = [0; IN_PLACE_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok()?;
        Some(Self::InPlace { len, bytes })
    }
}

impl From<&str> for ShortText {
    fn from(text: &str) -> Self {
        Self::in_place(text).unwrap_or_else(|| Self::Shared(text.into()))
    }
}

impl From<Arc<str>> for ShortText {
    fn from(text: Arc<str>) -> Self {
        Self::in_place(&text).unwrap_or(Self::Shared(text))
    }
}

impl PartialEq for ShortText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for ShortText {}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for ShortText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_text_that_it_was_made_of(a in "\\PC{0,60}", b in "\\PC{0,60}") {
            let (short_a, short_b) = (ShortText::from(&*a), ShortText::from(Arc::<str>::from(&*b)));
            prop_assert_eq!((short_a.as_str(), short_b.as_str()), (&*a, &*b));
            prop_assert_eq!(short_a.cmp(&short_b), a.cmp(&b));
            prop_assert_eq!(short_a == short_b, a == b);
        }
    }

    #[test]
    fn short_text_lies_in_place() {
        let place = |len: usize| matches!(ShortText::from(&*"x".repeat(len)), ShortText::InPlace { .. });
        assert!(place(0) && place(IN_PLACE_BYTES) && !place(IN_PLACE_BYTES + 1));
    }
}
