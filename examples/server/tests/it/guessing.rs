//! Guessing passwords, from one address and from many.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::scene::{Answer, Browser, PASSWORD, Scene};

async fn guess(browser: &Browser, name: &str) -> Answer {
    browser.clone().log_in(name, "wrong wrong").await
}

#[tokio::test]
async fn one_account_is_tried_ten_times_wherever_from() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    for host in 1..=10 {
        let answer = guess(&scene.browser().at(&format!("198.51.100.{host}")), "anna").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut elsewhere = scene.browser().at("203.0.113.7");
    let answer = elsewhere.log_in("ANNA", PASSWORD).await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "not even the right one now"
    );
    assert_eq!(answer.header("retry-after"), "90");
    assert!(answer.body.contains("come back in 2 minutes"), "{}", answer.body);
    assert!(answer.header("content-type").starts_with("text/html"));

    scene.advance(Duration::from_secs(90));
    assert_eq!(
        elsewhere.log_in("anna", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    // Whoever has shown the password may err again.
    assert_eq!(
        guess(&elsewhere, "anna").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn an_account_that_is_not_there_is_counted_like_one_that_is() {
    let scene = Scene::with(&[("login_attempts", "3/15m")]).await;
    scene.user("anna").await;
    for name in ["anna", "nobody"] {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(guess(&scene.browser(), name).await.status.as_u16());
        }
        assert_eq!(statuses, [422, 422, 422, 429, 429], "{name}");
    }
}

#[tokio::test]
async fn one_address_tries_so_many_accounts_and_an_own_account_does_not_help() {
    let scene = Scene::with(&[("login_attempts_per_address", "5/15m")]).await;
    scene.user("mallory").await;
    let browser = scene.browser().at("2001:db8:1:2:aaaa::1");
    for n in 0..4 {
        assert_eq!(
            guess(&browser, &format!("victim{n}")).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    assert_eq!(
        browser.clone().log_in("mallory", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        guess(&browser, "victim5").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    // An IPv6 customer has a whole /64.
    let neighbour = browser.at("2001:db8:1:2:bbbb::2");
    assert_eq!(
        guess(&neighbour, "victim6").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        guess(&browser.at("2001:db8:1:3::1"), "victim6").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

async fn guess_as(browser: &Browser, forwarded: &str, n: usize) -> StatusCode {
    let lines = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-for", forwarded),
    ];
    let body = format!("name=victim{n}&password=wrong+wrong");
    browser
        .clone()
        .send(Method::POST, "/login", &lines, body)
        .await
        .status
}

/// "`X-Forwarded-For` only from configured proxies, walked from the right; IPv6 counted by /64; IPv4-mapped normalised."
#[tokio::test]
async fn a_forged_forwarded_for_is_not_another_address() {
    let limits = ("login_attempts_per_address", "3/15m");
    let scene = Scene::with(&[limits]).await;
    let mut last = StatusCode::OK;
    for n in 0..4 {
        last = guess_as(&scene.browser(), &format!("198.51.100.{n}"), n).await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "no proxy is configured");

    let scene = Scene::with(&[limits, ("trusted_proxies", "192.0.2.0/24")]).await;
    for n in 0..4 {
        // The client writes what it likes; the proxy appends the address that it saw.
        last = guess_as(&scene.browser(), &format!("6.6.6.{n}, 198.51.100.1"), n).await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        guess_as(&scene.browser(), "::ffff:198.51.100.1", 5).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        guess_as(&scene.browser(), "198.51.100.2", 5).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn one_address_makes_so_many_accounts() {
    let scene = Scene::with(&[("registrations_per_address", "2/1h")]).await;
    let mut statuses = Vec::new();
    for n in 0..3 {
        let name = format!("robot{n}");
        let fields = [("name", name.as_str()), ("password", PASSWORD)];
        statuses.push(scene.browser().form("/register", &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [303, 303, 429]);
}
