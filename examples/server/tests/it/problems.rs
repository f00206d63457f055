//! What goes wrong: pages for people, JSON for programs, limits on everything that comes in.

use http::{Method, StatusCode};

use crate::scene::{PASSWORD, Scene};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn people_get_a_page_and_programs_get_json() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    let page = browser.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.body.contains("Not found") && page.body.contains("FlaskFlix"),
        "{}",
        page.body
    );
    for (target, accept) in [("/nothing", "application/json"), ("/api/nothing", "*/*")] {
        let json = browser
            .send(Method::GET, target, &[("accept", accept)], String::new())
            .await;
        assert_eq!(json.header("content-type"), "application/problem+json");
        assert_eq!(json.json()["status"], 404);
    }
    let method = browser.send(Method::DELETE, "/login", &[], String::new()).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.header("content-type").starts_with("text/html"));
    assert!(method.header("allow").contains("POST"), "{:?}", method.headers);
}

#[tokio::test]
async fn a_megabyte_in_a_field_is_refused() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let large = "x".repeat(1 << 20);
    for target in ["/login", "/register", "/account"] {
        for field in ["name", "password", "next", "current"] {
            let answer = anna.form(target, &[(field, &large)]).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{target} {field}");
            assert!(answer.body.len() < 10_000, "and is not sent back");
        }
    }
    let body = format!(r#"{{"current_time": 1, "session": "{large}"}}"#);
    let answer = anna.send(Method::POST, "/stream/1/progress", &[], body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_form_that_is_none_is_a_page_too() {
    let scene = Scene::new().await;
    for (lines, body) in [
        (&[FORM][..], "name=anna"),
        (&[FORM], "%ff%fe"),
        (&[("content-type", "application/json")], r#"{"name": "anna"}"#),
        (&[], "name=anna&password=x"),
    ] {
        let answer = scene
            .browser()
            .send(Method::POST, "/login", lines, body.to_owned())
            .await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.status);
        assert!(answer.header("content-type").starts_with("text/html"), "{body}");
    }
}

#[tokio::test]
async fn what_a_visitor_writes_is_escaped() {
    let scene = Scene::new().await;
    let hostile = r#""><script>alert(1)</script><input x=""#;
    let answer = scene
        .browser()
        .form("/login", &[("name", hostile), ("password", PASSWORD)])
        .await;
    assert!(
        !answer.body.contains("<script>") && answer.body.contains("&#"),
        "{}",
        answer.body
    );
    let encoded = "%2F%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let answer = scene.browser().get(&format!("/login?next={encoded}")).await;
    assert!(!answer.body.contains("<script>"), "{}", answer.body);
}

#[tokio::test]
async fn a_site_name_is_escaped_too() {
    let scene = Scene::with(&[("site_name", "Tom & <b>Jerry</b>")]).await;
    for target in ["/login", "/nothing"] {
        let body = scene.browser().get(target).await.body;
        assert!(!body.contains("<b>") && body.contains("Tom &#38; "), "{body}");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_a_503_for_pages_and_programs() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let url = anna.get("/stream/1/token").await.json()["stream_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(anna.get(&url).await.status, StatusCode::OK);
    scene.app.database().close().await;
    for target in ["/account", "/stream/1/token"] {
        let answer = anna.get(target).await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{target}: {}",
            answer.body
        );
        assert!(!answer.header("retry-after").is_empty(), "{target}");
        assert!(
            !answer.body.contains("sqlx") && !answer.body.contains("pool"),
            "{}",
            answer.body
        );
    }
    assert_eq!(
        anna.get("/login").await.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "it asks who is there"
    );
    assert_eq!(
        scene.browser().get("/login").await.status,
        StatusCode::OK,
        "strangers are not looked up"
    );
}
