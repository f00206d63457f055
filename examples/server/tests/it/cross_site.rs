//! Forms and scripts of other sites, and the headers that keep pages to themselves.

use http::{Method, StatusCode};

use crate::scene::{PASSWORD, Scene};

/// Everything that changes something.
const CHANGES: [(Method, &str); 10] = [
    (Method::POST, "/login"),
    (Method::POST, "/register"),
    (Method::POST, "/logout"),
    (Method::POST, "/account"),
    (Method::POST, "/admin/movies/new"),
    (Method::POST, "/admin/movies/1/delete"),
    (Method::POST, "/stream/1/progress"),
    (Method::PUT, "/stream/1/progress"),
    (Method::DELETE, "/stream/1/progress"),
    (Method::DELETE, "/continue-watching"),
];

#[tokio::test]
async fn nothing_is_changed_from_another_site() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let body = r#"{"current_time": 100, "total_duration": 1000}"#;
    for (method, target) in CHANGES {
        for line in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let answer = anna.send(method.clone(), target, &[line], body.to_owned()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {target} {line:?}");
            assert_eq!(answer.set_cookie(), None);
        }
    }
    assert!(anna.is_signed_in().await, "not even logged out");
    assert_eq!(scene.count("SELECT count(*) FROM watch_progress").await, 0);
}

#[tokio::test]
async fn a_beacon_of_our_own_page_is_taken() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let body = r#"{"current_time": 100, "total_duration": 1000, "event": "stop"}"#;
    // What sendBeacon sends for a text: it can set no header of its own.
    let lines = [
        ("content-type", "text/plain;charset=UTF-8"),
        ("origin", "http://films.example"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "no-cors"),
    ];
    let answer = anna
        .send(Method::POST, "/stream/1/progress", &lines, body.to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    // And a browser that does not know Sec-Fetch-Site.
    let answer = anna
        .send(Method::POST, "/stream/1/progress", &lines[..2], body.to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let media = anna.get("/stream/1/token").await.json()["stream_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut answers = Vec::new();
    for target in [
        "/login",
        "/account",
        "/nothing",
        "/continue-watching",
        "/stream/1/token",
        &media,
        "/stream/x/y",
    ] {
        answers.push((target, anna.get(target).await));
    }
    answers.push((
        "form",
        anna.form("/login", &[("name", "anna"), ("password", PASSWORD)])
            .await,
    ));
    answers.push((
        "large",
        anna.form("/login", &[("name", &"x".repeat(1 << 20)), ("password", "")])
            .await,
    ));
    let cross = [("sec-fetch-site", "cross-site")];
    answers.push((
        "cross",
        anna.send(Method::POST, "/logout", &cross, String::new()).await,
    ));
    for (what, answer) in answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{what}"
        );
        assert!(
            ["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")),
            "{what}"
        );
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe"), "{what}: {policy}");
        assert!(!answer.header("cache-control").is_empty(), "{what}");
        if answer.header("content-type").starts_with("text/html") {
            assert!(
                policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
                "{what}"
            );
            assert_eq!(answer.header("cache-control"), "no-store", "{what}");
        }
    }
}
