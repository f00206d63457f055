//! Sessions: the cookie, its life, its end.

use std::time::Duration;

use base64::Engine as _;
use http::StatusCode;

use crate::scene::{PASSWORD, Scene};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    let answer = scene.browser().log_in("anna", PASSWORD).await;
    let line = answer.set_cookie().unwrap();
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=2592000"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(!line.contains("Secure") && !line.contains("Domain"), "{line}");
}

#[tokio::test]
async fn the_cookie_is_for_https_only_where_it_can_be() {
    for (settings, secure) in [
        (&[("base_url", "https://films.example")][..], true),
        (&[("listen", "0.0.0.0:5000")], true),
        (
            &[("listen", "0.0.0.0:5000"), ("base_url", "http://films.example")],
            false,
        ),
        (&[("listen", "0.0.0.0:5000"), ("secure_cookies", "off")], false),
        (&[("secure_cookies", "on")], true),
    ] {
        let scene = Scene::with(settings).await;
        scene.user("anna").await;
        let answer = scene.browser().log_in("anna", PASSWORD).await;
        let line = answer.set_cookie().unwrap();
        assert_eq!(line.contains("; Secure"), secure, "{settings:?}: {line}");
        assert_eq!(line.starts_with("__Host-"), secure, "{settings:?}: {line}");
    }
}

#[tokio::test]
async fn strangers_get_no_session() {
    let scene = Scene::new().await;
    for target in ["/login", "/register", "/continue-watching", "/nothing"] {
        assert_eq!(scene.browser().get(target).await.set_cookie(), None, "{target}");
    }
    scene.browser().log_in("nobody", "wrong wrong").await;
    assert_eq!(scene.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn a_planted_session_id_is_worth_nothing_after_log_in() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    // An attacker has an id of their own making, or one that was valid for them, and plants it.
    let mallory = scene.signed_in("mallory").await;
    for planted in ["AAAAAAAAAAAAAAAAAAAAAA".to_owned(), mallory.session()] {
        let mut victim = scene.browser();
        victim.cookie = Some(format!("flaskflix={planted}"));
        assert_eq!(
            victim.log_in("anna", PASSWORD).await.status,
            StatusCode::SEE_OTHER
        );
        assert_ne!(victim.session(), planted);
        let mut attacker = scene.browser();
        attacker.cookie = Some(format!("flaskflix={planted}"));
        assert!(!attacker.is_signed_in().await);
        assert!(victim.is_signed_in().await);
    }
}

#[tokio::test]
async fn logging_in_again_ends_the_session_before() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let mut copy = anna.clone();
    anna.log_in("anna", PASSWORD).await;
    assert!(anna.is_signed_in().await && !copy.is_signed_in().await);
    assert_eq!(scene.count("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn logging_out_ends_the_session_in_the_server_too() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let mut thief = anna.clone();
    let answer = anna.form("/logout", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(anna.cookie, None);
    assert!(!thief.is_signed_in().await);
    assert_eq!(scene.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn what_is_under_way_at_log_out_cannot_bring_the_session_back() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let mut late = anna.clone();
    // Old enough that the next request would write the session.
    scene.advance(2 * DAY);
    let (out, other) = tokio::join!(anna.form("/logout", &[]), late.get("/continue-watching"));
    assert!(out.status.is_redirection() && !other.status.is_server_error());
    assert_eq!(scene.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn a_session_lasts_30_days_from_the_last_visit() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    for _ in 0..3 {
        scene.advance(29 * DAY);
        assert!(anna.is_signed_in().await);
    }
    scene.advance(30 * DAY);
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn visits_of_one_day_write_the_session_once() {
    const EXPIRY: &str = "SELECT expires_at FROM sessions";
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let begun = scene.count(EXPIRY).await;
    for _ in 0..23 {
        scene.advance(Duration::from_secs(60 * 60));
        let answer = anna.get("/account").await;
        assert_eq!((answer.status, answer.set_cookie()), (StatusCode::OK, None));
        assert_eq!(scene.count(EXPIRY).await, begun);
    }
    scene.advance(Duration::from_secs(2 * 60 * 60));
    assert!(anna.get("/account").await.set_cookie().is_some());
    assert!(scene.count(EXPIRY).await > begun);
}

#[tokio::test]
async fn the_database_does_not_hold_what_the_cookie_holds() {
    let scene = Scene::new().await;
    let anna = scene.signed_in("anna").await;
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(anna.session())
        .unwrap();
    let (hash, data): (Vec<u8>, String) = scene.row("SELECT id_hash, data FROM sessions").await;
    assert_eq!((id.len(), hash.len()), (16, 32));
    assert!(!hash.windows(16).any(|part| part == id) && !data.contains(&anna.session()));
    let (password,): (String,) = scene.row("SELECT password_hash FROM users").await;
    assert!(
        password.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{password}"
    );
}

#[tokio::test]
async fn a_cookie_that_is_no_session_is_nobodys() {
    let scene = Scene::new().await;
    for value in ["", "x", "not base64!", &"A".repeat(22), &"A".repeat(5000)] {
        let mut browser = scene.browser();
        browser.cookie = Some(format!("flaskflix={value}"));
        assert!(!browser.is_signed_in().await, "{value:?}");
    }
}
