//! The catalogue and its editing.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::{Catalog, Delivery, StreamKind},
    progress::{Change, ProgressStore},
    testing,
};
use flaskflix_storage::sql::{InvalidMovie, MovieData, MovieQuery, SqlError, SqliteMovies, SqliteOptions};

use super::{Place, at, eventually, report, rules, title, viewer};

fn film(name: &str) -> MovieData {
    MovieData {
        title: name.into(),
        video_url: Some(format!("films/{name}.mp4")),
        ..MovieData::default()
    }
}

fn everything() -> MovieData {
    MovieData {
        title: "Nosferatu".into(),
        description: "A symphony of horror.\nIn five acts.".into(),
        release_year: Some(1922),
        genre: "Horror".into(),
        poster: Some("/posters/1.jpg".into()),
        video_url: Some("nosferatu.mp4".into()),
        hls_url: Some("nosferatu/master.m3u8".into()),
        quality_variants: Some("360p:n/360.mp4,720p:n/720.mp4".into()),
        progressive: true,
        duration_seconds: Some(5640),
    }
}

async fn name_of(movies: &SqliteMovies, id: &str) -> Option<String> {
    let found = movies.title(&title(id)).await.unwrap();
    found.map(|title| title.name.clone())
}

#[tokio::test]
async fn the_catalogue_keeps_the_contract() {
    let place = Place::new();
    let movies = place.open().await.movies();
    let mut known = Vec::new();
    for (movie, id) in [(film("A"), "1"), (everything(), "2"), (film("Amélie"), "3")] {
        movies.insert(&movie, at(1)).await.unwrap();
        let found = movies.title(&title(id)).await.unwrap().unwrap();
        known.push(Arc::unwrap_or_clone(found));
    }
    assert_eq!(known[1].name, "Nosferatu");
    assert_eq!(known[1].duration, Some(Duration::from_secs(5640)));
    assert_eq!(known[1].poster.as_deref(), Some("/posters/1.jpg"));
    assert!(matches!(&known[1].delivery, Delivery::Packaged { renditions, .. } if renditions.len() == 2));
    testing::catalog::conformance(&movies, &known).await;
}

#[tokio::test]
async fn the_store_keeps_the_contract() {
    let place = Place::new();
    flaskflix_storage::testing::movies::conformance(&place.open().await.movies()).await;
}

#[tokio::test]
async fn only_canonical_decimals_are_ids() {
    let place = Place::new();
    let movies = place.open().await.movies();
    movies.insert(&film("A"), at(1)).await.unwrap();
    assert!(name_of(&movies, "1").await.is_some());
    for other in [
        "01",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1.0",
        "1e0",
        "0",
        "00",
        "\u{661}",
        "0x1",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551617",
        "one",
    ] {
        assert_eq!(name_of(&movies, other).await, None, "{other:?}");
    }
}

#[tokio::test]
async fn every_column_survives() {
    let place = Place::new();
    let movies = place.open().await.movies();
    let id = movies.insert(&everything(), at(1_234_567)).await.unwrap();
    let movie = movies.movie(id).await.unwrap().unwrap();
    assert_eq!((movie.id, movie.title_id()), (id, title("1")));
    assert_eq!(
        (movie.created_at, movie.updated_at),
        (at(1_234_567), at(1_234_567))
    );
    let stored = MovieData {
        title: movie.title,
        description: movie.description,
        release_year: movie.release_year,
        genre: movie.genre,
        poster: movie.poster,
        video_url: movie.video_url,
        hls_url: movie.hls_url,
        quality_variants: movie.quality_variants,
        progressive: movie.progressive,
        duration_seconds: movie.duration_seconds,
    };
    assert_eq!(stored, everything());

    assert!(movies.update(id, &film(" B "), at(2_000_000)).await.unwrap());
    let movie = movies.movie(id).await.unwrap().unwrap();
    assert_eq!(
        (movie.created_at, movie.updated_at),
        (at(1_234_567), at(2_000_000))
    );
    assert_eq!((movie.title.as_str(), movie.poster.as_deref()), ("B", None));
    assert!(!movies.update(id + 1, &film("C"), at(3)).await.unwrap());
    assert!(movies.movie(id + 1).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_too_long_or_senseless_is_named() {
    let place = Place::new();
    let movies = place.open().await.movies();
    let text = |length: usize| "é".repeat(length);
    let base = film("A");
    #[rustfmt::skip]
    let table: [(MovieData, Option<InvalidMovie>); 19] = [
        (MovieData { title: text(200), ..base.clone() }, None),
        (MovieData { title: text(201), ..base.clone() }, Some(InvalidMovie::TooLong { field: "title", limit: 200 })),
        (MovieData { title: " \t ".into(), ..base.clone() }, Some(InvalidMovie::Empty { field: "title" })),
        (MovieData { title: "a\0b".into(), ..base.clone() }, Some(InvalidMovie::ControlCharacter { field: "title", character: '\0' })),
        (MovieData { title: "a\nb".into(), ..base.clone() }, Some(InvalidMovie::ControlCharacter { field: "title", character: '\n' })),
        (MovieData { description: "a\r\n\tb".into(), ..base.clone() }, None),
        (MovieData { description: text(5_000), ..base.clone() }, None),
        (MovieData { description: text(5_001), ..base.clone() }, Some(InvalidMovie::TooLong { field: "description", limit: 5_000 })),
        (MovieData { genre: text(101), ..base.clone() }, Some(InvalidMovie::TooLong { field: "genre", limit: 100 })),
        (MovieData { poster: Some(text(2_049)), ..base.clone() }, Some(InvalidMovie::TooLong { field: "poster", limit: 2_048 })),
        (MovieData { video_url: Some(text(2_049)), ..base.clone() }, Some(InvalidMovie::TooLong { field: "video_url", limit: 2_048 })),
        (MovieData { hls_url: Some(text(2_049)), ..base.clone() }, Some(InvalidMovie::TooLong { field: "hls_url", limit: 2_048 })),
        (MovieData { quality_variants: Some(text(16_384)), ..base.clone() }, None),
        (MovieData { quality_variants: Some(text(16_385)), ..base.clone() }, Some(InvalidMovie::TooLong { field: "quality_variants", limit: 16_384 })),
        (MovieData { release_year: Some(1799), ..base.clone() }, Some(InvalidMovie::OutOfRange { field: "release_year", min: 1800, max: 9999 })),
        (MovieData { duration_seconds: Some(-1), ..base.clone() }, Some(InvalidMovie::OutOfRange { field: "duration_seconds", min: 0, max: 2_592_000 })),
        (MovieData { duration_seconds: Some(2_592_001), ..base.clone() }, Some(InvalidMovie::OutOfRange { field: "duration_seconds", min: 0, max: 2_592_000 })),
        (MovieData { duration_seconds: Some(2_592_000), ..base.clone() }, None),
        (MovieData { poster: Some("  ".into()), ..base }, None),
    ];
    for (number, (movie, wanted)) in (1..).zip(table) {
        let result = match movies.insert(&movie, at(1)).await {
            Ok(_) => None,
            Err(SqlError::Movie(error)) => Some(error),
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(result, wanted, "line {number}");
    }
    let last = movies.list(&MovieQuery::default()).await.unwrap();
    assert_eq!(last[0].poster, None, "an empty text is not set");
}

#[tokio::test]
async fn a_removed_movie_takes_its_progress_and_its_number_along() {
    let place = Place::new();
    let database = place.open().await;
    let (movies, progress) = (database.movies(), database.progress(rules()));
    for name in ["A", "B"] {
        movies.insert(&film(name), at(1)).await.unwrap();
    }
    for (name, id) in [("anna", "1"), ("bert", "1"), ("anna", "2"), ("anna", "11")] {
        let change = Change::Report(report(100));
        progress
            .change(&viewer(name), &title(id), change, at(5))
            .await
            .unwrap();
    }
    assert!(name_of(&movies, "1").await.is_some());
    assert!(movies.remove(1).await.unwrap());
    assert!(!movies.remove(1).await.unwrap());
    assert_eq!(name_of(&movies, "1").await, None);
    let rows = progress
        .continue_watching(&viewer("anna"), None, 10)
        .await
        .unwrap();
    let left: Vec<_> = rows.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(left, ["2", "11"]);
    assert!(
        progress
            .continue_watching(&viewer("bert"), None, 10)
            .await
            .unwrap()
            .is_empty()
    );

    assert!(movies.remove(2).await.unwrap());
    assert_eq!(movies.insert(&film("C"), at(1)).await.unwrap(), 3);
}

#[tokio::test]
async fn searches_know_no_case_and_no_wildcards() {
    let place = Place::new();
    let movies = place.open().await.movies();
    for (name, description, genre) in [
        ("ÉTOILES", "über alles", "Drama"),
        ("100% _real_", "back\\slash", "Doku"),
        ("Plain", "", "DRAMA"),
    ] {
        let movie = MovieData {
            description: description.into(),
            genre: genre.into(),
            ..film(name)
        };
        movies.insert(&movie, at(1)).await.unwrap();
    }
    let long = "x".repeat(100_000);
    #[rustfmt::skip]
    let table = [
        ("étoiles", vec![1]), ("ÜBER", vec![1]), ("drama", vec![3, 1]), ("%", vec![2]), ("_", vec![2]), ("\\", vec![2]),
        ("0% _R", vec![2]), (" plain ", vec![3]), ("", vec![3, 2, 1]), ("  ", vec![3, 2, 1]), ("nothing", vec![]),
        ("' OR 1=1 --", vec![]), (&long, vec![]),
    ];
    for (search, wanted) in table {
        let query = MovieQuery {
            search: Some(search.to_owned()),
            ..MovieQuery::default()
        };
        let found: Vec<_> = movies
            .list(&query)
            .await
            .unwrap()
            .iter()
            .map(|movie| movie.id)
            .collect();
        assert_eq!(found, wanted, "{search:?}");
        assert_eq!(movies.count(Some(search)).await.unwrap(), wanted.len() as u64);
    }
}

#[tokio::test]
async fn lists_are_newest_first_page_by_page() {
    let place = Place::new();
    let movies = place.open().await.movies();
    for (name, created) in [("A", 30), ("B", 10), ("C", 20), ("D", 20)] {
        movies.insert(&film(name), at(created)).await.unwrap();
    }
    let mut names = Vec::new();
    for offset in [0, 3, 6] {
        let query = MovieQuery {
            limit: 3,
            offset,
            ..MovieQuery::default()
        };
        names.extend(
            movies
                .list(&query)
                .await
                .unwrap()
                .into_iter()
                .map(|movie| movie.title),
        );
    }
    assert_eq!(names, ["A", "D", "C", "B"]);
}

#[tokio::test]
async fn a_movie_without_a_stream_is_listed_and_is_no_title() {
    let place = Place::new();
    let movies = place.open().await.movies();
    let empty = MovieData {
        video_url: None,
        ..film("A")
    };
    let id = movies.insert(&empty, at(1)).await.unwrap();
    let listed = movies.list(&MovieQuery::default()).await.unwrap();
    assert!(listed[0].delivery().is_err());
    assert_eq!(name_of(&movies, "1").await, None);
    assert!(movies.update(id, &film("A"), at(2)).await.unwrap());
    let mended = movies.title(&title("1")).await.unwrap().unwrap();
    assert_eq!(mended.delivery.kind(), StreamKind::Hls);
}

#[tokio::test]
async fn titles_come_from_memory_until_they_are_edited_here() {
    let place = Place::new();
    let options = SqliteOptions::default().cache_for(Duration::from_secs(60));
    let database = place.try_open(options).await.unwrap();
    let movies = database.movies();
    movies.insert(&film("A"), at(1)).await.unwrap();
    assert_eq!(name_of(&movies, "1").await.as_deref(), Some("A"));
    assert_eq!(name_of(&movies, "2").await, None);

    // Behind the back of the cache: as long as it lasts, nothing is read.
    sqlx::query("UPDATE movies SET title = 'B'")
        .execute(database.writer())
        .await
        .unwrap();
    assert_eq!(name_of(&movies, "1").await.as_deref(), Some("A"));
    movies.insert(&film("C"), at(1)).await.unwrap();
    assert_eq!(name_of(&movies, "1").await.as_deref(), Some("B"));
    assert_eq!(
        name_of(&movies, "2").await.as_deref(),
        Some("C"),
        "nor is absence remembered"
    );
    database.movies().update(1, &film("D"), at(2)).await.unwrap();
    assert_eq!(name_of(&movies, "1").await.as_deref(), Some("D"));
    database.movies().remove(1).await.unwrap();
    assert_eq!(name_of(&movies, "1").await, None);
}

#[tokio::test]
async fn an_edit_by_somebody_else_is_seen_soon() {
    let place = Place::new();
    let options = SqliteOptions::default().cache_for(Duration::from_millis(50));
    let movies = place.try_open(options).await.unwrap().movies();
    movies.insert(&film("A"), at(1)).await.unwrap();
    assert_eq!(name_of(&movies, "1").await.as_deref(), Some("A"));
    place
        .open()
        .await
        .movies()
        .update(1, &film("B"), at(2))
        .await
        .unwrap();
    eventually("the new name", async || {
        name_of(&movies, "1").await.as_deref() == Some("B")
    })
    .await;
}
