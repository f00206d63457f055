//! The conformance suite of [`MovieStore`].
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a conformance suite fails by panicking"
)]

use flaskflix_core::{catalog::Delivery, id::TitleId, time::UnixMillis};

use crate::sql::{InvalidMovie, MovieData, MovieQuery, MovieStore, SqlError};

/// Checks that a store that is empty keeps the promises of [`MovieStore`].
///
/// It leaves movies behind. The [`Catalog`](flaskflix_core::catalog::Catalog) that it is as well has a suite of its own,
/// `flaskflix_core::testing::catalog::conformance`.
///
/// # Panics
/// On the first promise that is broken.
pub async fn conformance(movies: &dyn MovieStore) {
    every_column_survives(movies).await;
    what_cannot_be_stored_is_named(movies).await;
    an_edit_is_seen_at_once(movies).await;
    numbers_are_never_used_again(movies).await;
    only_canonical_decimals_are_ids(movies).await;
    a_movie_without_a_stream_is_listed_and_is_no_title(movies).await;
    searches_know_no_case_and_no_wildcards(movies).await;
    lists_are_newest_first_page_by_page(movies).await;
}

fn film(name: &str) -> MovieData {
    MovieData {
        title: name.into(),
        video_url: Some("film.mp4".into()),
        ..MovieData::default()
    }
}

fn at(millis: u64) -> UnixMillis {
    UnixMillis::from_millis(millis)
}

async fn name(movies: &dyn MovieStore, id: &str) -> Option<String> {
    let title = movies.title(&TitleId::parse(id).unwrap()).await.unwrap();
    title.map(|title| title.name.clone())
}

async fn every_column_survives(movies: &dyn MovieStore) {
    let data = MovieData {
        title: "  Nosferatu '\"\\ 吸血鬼 🧛 ".into(),
        description: "A symphony of horror.\nIn five acts.".into(),
        release_year: Some(1922),
        genre: "Horror; DROP TABLE movies".into(),
        poster: Some("/posters/1.jpg".into()),
        video_url: Some("nosferatu.mp4".into()),
        hls_url: Some("nosferatu/master.m3u8".into()),
        quality_variants: Some("360p:n/360.mp4,720p:n/720.mp4".into()),
        progressive: true,
        duration_seconds: Some(30 * 86_400),
    };
    let id = movies.insert(&data, at(253_402_300_799_999)).await.unwrap();
    let movie = movies.movie(id).await.unwrap().unwrap();
    assert_eq!(movie.id, id);
    assert_eq!(movie.title, data.title.trim());
    assert_eq!(movie.description, data.description);
    assert_eq!(movie.release_year, data.release_year);
    assert_eq!(movie.genre, data.genre);
    assert_eq!(movie.poster, data.poster);
    assert_eq!(movie.video_url, data.video_url);
    assert_eq!(movie.hls_url, data.hls_url);
    assert_eq!(movie.quality_variants, data.quality_variants);
    assert!(movie.progressive);
    assert_eq!(movie.duration_seconds, data.duration_seconds);
    assert_eq!(movie.created_at, at(253_402_300_799_999));
    assert_eq!(movie.updated_at, movie.created_at);
    let title = movies.title(&movie.title_id()).await.unwrap().unwrap();
    assert_eq!(title.name, movie.title);
    assert!(matches!(&title.delivery, Delivery::Packaged { renditions, .. } if renditions.len() == 2));

    assert!(movies.update(id, &film("Another"), at(5)).await.unwrap());
    let movie = movies.movie(id).await.unwrap().unwrap();
    assert_eq!((&*movie.title, &*movie.description), ("Another", ""));
    assert_eq!((movie.release_year, movie.duration_seconds), (None, None));
    assert_eq!(
        (movie.poster, movie.hls_url, movie.quality_variants),
        (None, None, None)
    );
    assert!(!movie.progressive);
    assert_eq!(movie.created_at, at(253_402_300_799_999));
    assert_eq!(movie.updated_at, at(5));
    assert!(movies.remove(id).await.unwrap());
    assert_eq!(movies.movie(id).await.unwrap(), None);
    assert!(!movies.remove(id).await.unwrap());
    assert!(!movies.update(id, &film("Another"), at(5)).await.unwrap());
}

async fn what_cannot_be_stored_is_named(movies: &dyn MovieStore) {
    let before = movies.count(None).await.unwrap();
    for (movie, field) in [
        (film("  "), "title"),
        (film(&"x".repeat(201)), "title"),
        (film("nul\0"), "title"),
        (
            MovieData {
                duration_seconds: Some(-1),
                ..film("A")
            },
            "duration_seconds",
        ),
        (
            MovieData {
                release_year: Some(1799),
                ..film("A")
            },
            "release_year",
        ),
    ] {
        let error = movies.insert(&movie, at(1)).await.unwrap_err();
        let SqlError::Movie(invalid) = error else {
            unreachable!("{error:?}");
        };
        let (InvalidMovie::Empty { field: named }
        | InvalidMovie::TooLong { field: named, .. }
        | InvalidMovie::ControlCharacter { field: named, .. }
        | InvalidMovie::OutOfRange { field: named, .. }) = invalid;
        assert_eq!(named, field);
    }
    assert_eq!(movies.count(None).await.unwrap(), before);
}

async fn an_edit_is_seen_at_once(movies: &dyn MovieStore) {
    let id = movies.insert(&film("first"), at(1)).await.unwrap();
    let text = id.to_string();
    for round in 0..20 {
        let now = format!("edit {round}");
        movies.update(id, &film(&now), at(2 + round)).await.unwrap();
        assert_eq!(name(movies, &text).await, Some(now));
    }
    movies.remove(id).await.unwrap();
    assert_eq!(name(movies, &text).await, None);
}

async fn numbers_are_never_used_again(movies: &dyn MovieStore) {
    let first = movies.insert(&film("A"), at(1)).await.unwrap();
    movies.remove(first).await.unwrap();
    let second = movies.insert(&film("B"), at(1)).await.unwrap();
    assert!(second > first, "{second} after {first}");
    movies.remove(second).await.unwrap();
}

async fn only_canonical_decimals_are_ids(movies: &dyn MovieStore) {
    let id = movies.insert(&film("A"), at(1)).await.unwrap();
    assert!(name(movies, &id.to_string()).await.is_some());
    for other in [
        format!("0{id}"),
        format!("+{id}"),
        format!("-{id}"),
        format!("{id}.0"),
        format!("{id}e0"),
    ] {
        assert_eq!(name(movies, &other).await, None, "{other}");
    }
    for other in ["0", "9223372036854775807", "9223372036854775808", "one"] {
        assert_eq!(name(movies, other).await, None, "{other}");
    }
    for number in [i64::MIN, -1, 0, i64::MAX] {
        assert_eq!(movies.movie(number).await.unwrap(), None);
    }
    movies.remove(id).await.unwrap();
}

async fn a_movie_without_a_stream_is_listed_and_is_no_title(movies: &dyn MovieStore) {
    let bare = MovieData {
        video_url: None,
        ..film("bare")
    };
    let id = movies.insert(&bare, at(1)).await.unwrap();
    assert_eq!(name(movies, &id.to_string()).await, None);
    assert_eq!(movies.count(None).await.unwrap(), 1);
    movies.update(id, &film("mended"), at(2)).await.unwrap();
    assert_eq!(name(movies, &id.to_string()).await.as_deref(), Some("mended"));
    movies.remove(id).await.unwrap();
}

async fn searches_know_no_case_and_no_wildcards(movies: &dyn MovieStore) {
    let mut ids = Vec::new();
    for title in ["100% Wolf", "Ärger im Paradies", "ΟΔΎΣΣΕΙΑ", "It's_here"] {
        ids.push(movies.insert(&film(title), at(1)).await.unwrap());
    }
    for (search, found) in [
        ("", 4),
        ("  ", 4),
        ("wolf", 1),
        (" WOLF ", 1),
        ("100%", 1),
        ("%", 1),
        ("_", 1),
        ("'", 1),
        ("ÄRGER", 1),
        ("ärger", 1),
        ("ΟΔΎ", 1),
        ("paradise", 0),
        ("\0", 0),
        ("wolf\0", 0),
    ] {
        assert_eq!(movies.count(Some(search)).await.unwrap(), found, "{search:?}");
        let query = MovieQuery {
            search: Some(search.into()),
            ..MovieQuery::default()
        };
        let list = movies.list(&query).await.unwrap();
        assert_eq!(u64::try_from(list.len()), Ok(found), "{search:?}");
    }
    for id in ids {
        movies.remove(id).await.unwrap();
    }
}

async fn lists_are_newest_first_page_by_page(movies: &dyn MovieStore) {
    let mut ids = Vec::new();
    for created in [3, 1, 2, 2] {
        ids.push(movies.insert(&film("A"), at(created)).await.unwrap());
    }
    let wanted = [ids[0], ids[3], ids[2], ids[1]];
    let page = async |limit, offset| {
        let query = MovieQuery {
            search: None,
            limit,
            offset,
        };
        let list = movies.list(&query).await.unwrap();
        list.into_iter().map(|movie| movie.id).collect::<Vec<_>>()
    };
    assert_eq!(page(50, 0).await, wanted);
    assert_eq!(page(3, 0).await, wanted[..3]);
    assert_eq!(page(3, 3).await, wanted[3..]);
    assert!(page(u32::MAX, u32::MAX).await.is_empty());
    assert!(page(0, 0).await.is_empty());
}
