//! The conformance suite of [`Catalog`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use crate::{
    catalog::{Catalog, Delivery, Title},
    id::TitleId,
};

/// Checks that the catalogue holds exactly the promises of [`Catalog`] for the titles in `known`.
///
/// `known` are titles that the caller has put into the catalogue, as it expects to get them back; it may be
/// a part of what the catalogue holds.
///
/// # Panics
/// On the first promise that is broken: a known title that is missing or differs, an id that was guessed, a
/// packaged title without renditions.
///
/// # Examples
/// ```
/// # use std::sync::Arc;
/// # use flaskflix_core::{catalog::{Catalog, CatalogError, Title}, id::TitleId, testing};
/// /// A catalogue without titles.
/// #[derive(Debug)]
/// struct Empty;
///
/// #[async_trait::async_trait]
/// impl Catalog for Empty {
///     async fn title(&self, _: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
///         Ok(None)
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// testing::catalog::conformance(&Empty, &[]).await;
/// # }
/// ```
pub async fn conformance(catalog: &dyn Catalog, known: &[Title]) {
    for title in known {
        known_title_is_found(catalog, title).await;
        for id in neighbours(&title.id) {
            if known.iter().all(|other| other.id != id) {
                unknown_id_is_none(catalog, &id).await;
            }
        }
    }
    for text in [
        "no such title",
        "...",
        "%2e%2e",
        "..%2f",
        "-",
        "~",
        "*",
        "a b.mp4?",
        "%",
    ] {
        if let Ok(id) = TitleId::parse(text)
            && known.iter().all(|title| title.id != id)
        {
            unknown_id_is_none(catalog, &id).await;
        }
    }
}

/// The id is found, twice, with everything it was stored with.
async fn known_title_is_found(catalog: &dyn Catalog, want: &Title) {
    for _ in 0..2 {
        let found = catalog.title(&want.id).await;
        let Ok(Some(title)) = found else {
            panic!("known_title_is_found: {:?}: {found:?}", want.id)
        };
        assert_eq!(*title, *want, "known_title_is_found: another title came back");
        if let Delivery::Packaged { renditions, .. } = &title.delivery {
            assert!(
                !renditions.is_empty(),
                "renditions_are_never_empty: {:?}",
                want.id
            );
        }
    }
}

/// `title` answers for the id exactly as given.
async fn unknown_id_is_none(catalog: &dyn Catalog, id: &TitleId) {
    let found = catalog.title(id).await;
    assert!(matches!(found, Ok(None)), "unknown_id_is_none: {id:?}: {found:?}");
}

/// Ids that a guessing catalogue would take for `id`.
fn neighbours(id: &TitleId) -> Vec<TitleId> {
    let text = id.as_str();
    let stem = text.rsplit_once('.').map_or("", |(stem, _)| stem);
    [
        format!("{text}x"),
        format!("{text}."),
        format!(" {text}"),
        format!("{text} "),
        format!("{text}%00"),
        text.replace('.', "%2e"),
        text.to_uppercase(),
        text.to_lowercase(),
        stem.to_owned(),
    ]
    .iter()
    .filter(|neighbour| *neighbour != text)
    .filter_map(|neighbour| TitleId::parse(neighbour).ok())
    .collect()
}
