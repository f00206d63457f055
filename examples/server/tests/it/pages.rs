//! The pages for viewers: home, movie, posters, files of the program's own.

use flaskflix_core::{
    progress::{Change, Report},
    time::UnixMillis,
};
use flaskflix_server::User;
use flaskflix_storage::sql::MovieData;
use http::StatusCode;

use crate::scene::{PASSWORD, Scene};

const EVIL: &str = "</title><script>alert(1)</script>\"'&";

/// Says how far a user is in a movie, as a player would.
async fn watch(scene: &Scene, user: &User, movie: i64, position: f64, duration: f64, at: u64) {
    let report = Report::new(position, Some(duration)).unwrap();
    let title = scene.app.movies().movie(movie).await.unwrap().unwrap().title_id();
    scene
        .app
        .progress()
        .change(
            &user.viewer().unwrap(),
            &title,
            Change::Report(report),
            UnixMillis::from_millis(at),
        )
        .await
        .unwrap();
}

/// Where each of these texts stands, in the order in which they are expected.
fn in_order(page: &str, texts: &[&str]) -> bool {
    let places: Vec<_> = texts.iter().map(|text| page.find(text)).collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

fn row(page: &str) -> &str {
    let start = page.find("id=\"continue\"").unwrap();
    page[start..].split("</section>").next().unwrap()
}

#[tokio::test]
async fn anybody_may_browse_and_the_newest_movie_is_the_hero() {
    let scene = Scene::new().await;
    scene.add_movie("Newer Film").await;
    let page = scene.browser().get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(in_order(
        &page.body,
        &[
            "New here",
            "<h2 id=\"hero-title\">Newer Film",
            "Watch Now",
            "2 movies"
        ]
    ));
    assert!(!page.body.contains("id=\"continue\""));
    assert!(page.body.contains("<main id=\"main\""));
}

#[tokio::test]
async fn text_of_people_is_never_markup() {
    let scene = Scene::new().await;
    let movie = MovieData {
        title: EVIL.to_owned(),
        description: EVIL.to_owned(),
        genre: EVIL.to_owned(),
        video_url: Some("film.bin".to_owned()),
        ..MovieData::default()
    };
    let now = scene.app.clock().now_millis();
    let id = scene.app.movies().insert(&movie, now).await.unwrap();
    let mut browser = scene.signed_in("anna").await;
    let evil = "%3C%2Ftitle%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%26";
    for target in [
        "/".to_owned(),
        format!("/movie/{id}"),
        format!("/?q={evil}"),
        format!("/login?next=/{evil}"),
        format!("/posters/generated/{id}.svg"),
        format!("/posters/backdrop/{id}.svg"),
    ] {
        let page = browser.get(&target).await.body;
        assert!(!page.contains("<script>"), "{target}");
        assert!(!page.contains("</title><s"), "{target}");
    }
}

#[tokio::test]
async fn a_search_finds_says_how_many_and_has_an_empty_state() {
    let scene = Scene::new().await;
    scene.add_movie("The Sea Remembers").await;
    let page = scene.browser().get("/?q=sea").await.body;
    assert!(in_order(
        &page,
        &["Results for “sea”", "1 movie", "The Sea Remembers"]
    ));
    assert!(!page.contains("Big Film"));
    let page = scene.browser().get("/?q=%25").await.body;
    assert!(in_order(&page, &["0 movies", "Nothing in the catalogue"]));
}

#[tokio::test]
async fn an_empty_catalogue_says_what_to_do() {
    let scene = Scene::new().await;
    scene.app.movies().remove(1).await.unwrap();
    let guest = scene.browser().get("/").await.body;
    assert!(guest.contains("The catalogue is empty") && guest.contains("/login?next=/admin/movies/new"));
    let viewer = scene.signed_in("anna").await.get("/").await.body;
    assert!(viewer.contains("Come back when"));
    let admin = scene.admin().await.get("/").await.body;
    assert!(admin.contains("Add the first movie"));
}

#[tokio::test]
async fn the_row_has_what_was_begun_newest_activity_first() {
    let scene = Scene::new().await;
    for title in ["Second", "Third", "Fourth"] {
        scene.add_movie(title).await;
    }
    let anna = scene.user("anna").await;
    watch(&scene, &anna, 1, 1200.0, 7200.0, 1_000_000).await;
    watch(&scene, &anna, 2, 4900.0, 6280.0, 3_000_000).await;
    watch(&scene, &anna, 3, 7100.0, 7200.0, 4_000_000).await;
    watch(&scene, &anna, 4, 3.0, 7200.0, 5_000_000).await;
    let mut browser = scene.browser();
    browser.log_in("anna", PASSWORD).await;
    let page = browser.get("/").await.body;
    assert!(in_order(
        row(&page),
        &[
            "value=\"78\"",
            "Second",
            "23 min left",
            "value=\"16\"",
            "Big Film",
            "1 h 40 min left"
        ]
    ));
    // Watched to the end, and hardly begun.
    assert!(!row(&page).contains("Third") && !row(&page).contains("Fourth"));
    assert!(in_order(
        &page,
        &["Where you left off", "<h2 id=\"hero-title\">Second", "Resume"]
    ));
    assert!(in_order(
        &page,
        &["id=\"catalogue-title\"", "href=\"/movie/3\"", "class=\"tick\""]
    ));
    // Another viewer sees none of it.
    assert!(
        !scene
            .signed_in("bert")
            .await
            .get("/")
            .await
            .body
            .contains("id=\"continue\"")
    );
}

#[tokio::test]
async fn the_row_can_be_changed_without_a_script() {
    let scene = Scene::new().await;
    let anna = scene.user("anna").await;
    watch(&scene, &anna, 1, 1200.0, 7200.0, 1_000_000).await;
    let mut browser = scene.browser();
    browser.log_in("anna", PASSWORD).await;
    let page = browser.get("/movie/1").await.body;
    assert!(in_order(
        &page,
        &["Resume at 20:00", "Start over", "Forget where I was"]
    ));
    let answer = browser.form("/movie/1/progress", &[("action", "dismiss")]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    assert!(!browser.get("/").await.body.contains("id=\"continue\""));
    // The place is kept.
    assert!(browser.get("/movie/1").await.body.contains("Resume at 20:00"));

    browser.form("/movie/1/progress", &[("action", "watched")]).await;
    let page = browser.get("/movie/1").await.body;
    assert!(page.contains("class=\"badge\"") && page.contains("Watch Now"));
    browser.form("/movie/1/progress", &[("action", "delete")]).await;
    let page = browser.get("/movie/1").await.body;
    assert!(!page.contains("class=\"badge\"") && !page.contains("Forget where I was"));
    let answer = browser.form("/movie/1/progress", &[("action", "explode")]).await;
    assert!(answer.status.is_client_error());
}

#[tokio::test]
async fn progress_forms_need_somebody_and_a_movie() {
    let scene = Scene::new().await;
    let answer = scene
        .browser()
        .form("/movie/1/progress", &[("action", "watched")])
        .await;
    assert!(answer.header("location").starts_with("/login"), "{answer:?}");
    let mut browser = scene.signed_in("anna").await;
    for movie in ["2", "01", "-1", "x", "9999999999999999999999"] {
        let target = format!("/movie/{movie}/progress");
        let answer = browser.form(&target, &[("action", "watched")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{movie}");
        assert_eq!(
            browser.get(&format!("/movie/{movie}")).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn drawn_posters_are_kept_for_ever_and_can_run_nothing() {
    let scene = Scene::new().await;
    let page = scene.browser().get("/").await.body;
    let start = page.find("/posters/generated/1.svg?v=").expect("a drawn poster");
    let url = page[start..].split('"').next().unwrap();
    let poster = scene.browser().get(url).await;
    assert_eq!(poster.header("content-type"), "image/svg+xml");
    assert!(poster.header("cache-control").contains("immutable"));
    assert_eq!(poster.header("x-content-type-options"), "nosniff");
    assert!(poster.header("content-security-policy").contains("sandbox"));
    assert!(poster.body.contains("Big") && poster.body.contains("Film"));
    for missing in ["2.svg", "1.png", "1", "01.svg", "..%2f1.svg"] {
        let answer = scene
            .browser()
            .get(&format!("/posters/generated/{missing}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn uploaded_posters_are_found_by_their_own_names_only() {
    let scene = Scene::new().await;
    let folder = scene.app.posters_folder().to_owned();
    std::fs::write(folder.join("note.png"), "x").unwrap();
    std::fs::write(folder.parent().unwrap().join("secret"), "x").unwrap();
    for name in [
        "note.png",
        "..%2fsecret",
        "%2e%2e/secret",
        "..%5csecret",
        "%00",
        "flaskflix.db",
    ] {
        let answer = scene.browser().get(&format!("/posters/uploaded/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn files_of_the_program_are_kept_as_long_as_their_version_is_asked_for() {
    let scene = Scene::new().await;
    let page = scene.browser().get("/").await.body;
    let start = page.find("/static/app.css?v=").expect("a style sheet");
    let url = page[start..].split('"').next().unwrap();
    let versioned = scene.browser().get(url).await;
    assert!(versioned.header("cache-control").contains("immutable"));
    assert_eq!(versioned.header("content-type"), "text/css; charset=utf-8");
    let plain = scene.browser().get("/static/app.css?v=other").await;
    assert_eq!(plain.header("cache-control"), "no-cache");
    let tag = plain.header("etag").to_owned();
    let known = scene
        .browser()
        .send(
            http::Method::GET,
            "/static/app.css",
            &[("if-none-match", &tag)],
            String::new(),
        )
        .await;
    assert_eq!(
        (known.status, known.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    for name in ["missing.css", "..%2fCargo.toml", "../Cargo.toml", ""] {
        let answer = scene.browser().get(&format!("/static/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn no_page_holds_inline_style_or_script_or_another_host() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    for target in [
        "/",
        "/?q=x",
        "/movie/1",
        "/account",
        "/nothing",
        "/admin",
        "/admin/movies/new",
        "/admin/movies/1",
        "/admin/users",
    ] {
        let page = admin.get(target).await.body;
        assert!(page.starts_with("<!doctype html>"), "{target}");
        for forbidden in [
            " style=",
            "<style",
            " onclick",
            " onload",
            "javascript:",
            "http://",
            "//cdn",
        ] {
            assert!(!page.contains(forbidden), "{target} holds {forbidden}");
        }
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/static/"), "{target}: {script}");
        }
        // Every file that a page names is there.
        for file in page.split("\"/static/").skip(1) {
            assert!(
                file.split('"').next().unwrap().contains("?v="),
                "{target}: {file}"
            );
        }
    }
}
