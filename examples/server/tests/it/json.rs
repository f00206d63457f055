//! The JSON of the requirements, and who gets it.

use http::{Method, StatusCode};

use crate::scene::{FILM, Scene};

#[tokio::test]
async fn a_stream_token_needs_a_log_in() {
    let scene = Scene::new().await;
    let answer = scene.browser().get("/stream/1/token").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_viewer_gets_a_token_that_plays() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let answer = anna.get("/stream/1/token").await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert!(json["token"].is_string());
    assert_eq!(json["stream_type"], "mp4");
    assert_eq!(json["expires_in"], 4 * 3600);
    // The token is all it takes: the player may not send cookies.
    let url = json["stream_url"].as_str().unwrap();
    let film = scene.browser().get(url).await;
    assert_eq!((film.status, film.body.as_bytes()), (StatusCode::OK, FILM));
}

#[tokio::test]
async fn progress_comes_back() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let body = r#"{"current_time": 100, "total_duration": 1000}"#;
    let saved = anna
        .send(Method::POST, "/stream/1/progress", &[], body.to_owned())
        .await;
    assert_eq!(saved.status, StatusCode::OK);
    let json = anna.get("/stream/1/progress").await.json();
    assert_eq!(
        (&json["current_time"], &json["percentage"]),
        (&100.into(), &10.into())
    );
    // Nobody else's.
    let mut bert = scene.signed_in("bert").await;
    assert_eq!(bert.get("/stream/1/progress").await.json()["current_time"], 0);
}

#[tokio::test]
async fn continue_watching_has_the_shape_of_the_requirements_and_a_poster() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let body = r#"{"current_time": 125.5, "total_duration": 7200}"#;
    anna.send(Method::POST, "/stream/1/progress", &[], body.to_owned())
        .await;
    let row = anna.get("/continue-watching").await.json();
    assert_eq!(row.as_array().unwrap().len(), 1);
    assert_eq!(row[0]["movie"]["id"], 1);
    assert_eq!(row[0]["movie"]["title"], "Big Film");
    assert_eq!(row[0]["progress"]["current_time"], 125.5);
    assert_eq!(row[0]["progress"]["total_duration"], 7200);
    let poster = row[0]["movie"]["poster"].as_str().unwrap();
    assert!(poster.starts_with("/posters/generated/1.svg?v="), "{poster}");
}

/// "Any playlist, segment, poster, caption without a token: 401, same body whether the id exists or not."
#[tokio::test]
async fn media_without_a_token_are_refused_alike_whether_or_not_they_exist() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let there = anna.get("/stream/1/video").await;
    let not_there = anna.get("/stream/777/video").await;
    assert_eq!(
        there.status,
        StatusCode::UNAUTHORIZED,
        "the session alone opens no media"
    );
    assert_eq!((there.status, &there.body), (not_there.status, &not_there.body));
}

#[tokio::test]
async fn a_token_opens_one_movie_only_and_for_its_time() {
    let scene = Scene::new().await;
    scene.add_movie("Other Film").await;
    let mut anna = scene.signed_in("anna").await;
    let url = anna.get("/stream/1/token").await.json()["stream_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = url.replacen("/stream/1/", "/stream/2/", 1);
    assert_eq!(anna.get(&other).await.status, StatusCode::FORBIDDEN);
    scene.advance(std::time::Duration::from_secs(4 * 3600));
    assert_eq!(anna.get(&url).await.status, StatusCode::UNAUTHORIZED);
}

/// "the same decision as GET on the canonical path"
#[tokio::test]
async fn no_spelling_of_a_path_is_a_way_around_the_token() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    for target in [
        "/stream/1/video/",
        "/stream//1/video",
        "//stream/1/video",
        "/stream/1/%76ideo",
        "/stream/%31/video",
        "/stream/1/video%2f",
        "/stream/1/video%00",
        "/stream/1/%2e%2e/1/video",
        "/stream/1/t/x/%2e%2e/%2e%2e/video",
        "/stream/1/video;x",
        "/stream/1/video?token=",
        "/stream/1/video?token=a&token=b",
        "/STREAM/1/video",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT] {
            let answer = anna.send(method.clone(), target, &[], String::new()).await;
            assert!(
                answer.status.is_client_error(),
                "{method} {target}: {}",
                answer.status
            );
            assert!(!answer.body.contains("not a film"), "{method} {target}");
        }
    }
}

#[tokio::test]
async fn too_many_tokens_are_a_429_with_the_time_to_wait() {
    let scene = Scene::with(&[("mint_per_viewer", "2/1h")]).await;
    let mut anna = scene.signed_in("anna").await;
    for _ in 0..2 {
        assert_eq!(anna.get("/stream/1/token").await.status, StatusCode::OK);
    }
    let answer = anna.get("/stream/1/token").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
}
