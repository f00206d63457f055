//! Two nodes that share a Redis: what one does, the other knows.

use std::time::Duration;

use flaskflix_core::time::{Clock as _, SystemClock};
use flaskflix_storage::testing::PrivateRedis;
use http::{Method, StatusCode};

use crate::{
    process::{command, finish, text},
    scene::{Answer, Browser, PASSWORD, Scene, until},
};

/// Two nodes with these settings, at this very moment, and their Redis.
async fn nodes(more: &[(&str, &str)]) -> Option<(Scene, Scene, PrivateRedis)> {
    let redis = PrivateRedis::start().unwrap()?;
    let url = redis.url();
    // A machine that others use, too, is slow now and then, and that is not what is shown here.
    let settings = [&[("redis_url", &*url), ("redis_budget", "1000ms")], more].concat();
    let a = Scene::at(SystemClock.now(), &settings).await;
    let b = a.another().await;
    Some((a, b, redis))
}

async fn mint(browser: &mut Browser) -> serde_json::Value {
    let minted = browser.get("/stream/1/token").await;
    assert_eq!(minted.status, StatusCode::OK, "{}", minted.body);
    minted.json()
}

fn member(document: &serde_json::Value, name: &str) -> String {
    document
        .get(name)
        .and_then(|text| text.as_str())
        .unwrap()
        .to_owned()
}

async fn guess(browser: &Browser, name: &str) -> Answer {
    browser.clone().log_in(name, "wrong wrong").await
}

#[tokio::test]
async fn revoke_stops_a_viewers_tokens_on_both_nodes_within_3_seconds() {
    let Some((a, b, redis)) = nodes(&[]).await else {
        return;
    };
    let (mut anna, mut bert) = (a.signed_in("anna").await, a.signed_in("bert").await);
    let annas = member(&mint(&mut anna).await, "stream_url");
    let berts = member(&mint(&mut bert).await, "stream_url");
    let (mut at_a, mut at_b) = (a.browser(), b.browser());
    for node in [&mut at_a, &mut at_b] {
        assert_eq!(node.get(&annas).await.status, StatusCode::OK);
    }

    let mut revoke = command(&[
        "revoke",
        "--viewer",
        "anna",
        "--data",
        a.folder().to_str().unwrap(),
    ]);
    revoke.env("FLASKFLIX_REDIS_URL", redis.url());
    let output = finish(revoke);
    assert!(output.status.success(), "{}", text(&output.stderr));

    for node in [&mut at_a, &mut at_b] {
        let stopped = until("it stops", async || {
            node.get(&annas).await.status == StatusCode::UNAUTHORIZED
        })
        .await;
        assert!(stopped < Duration::from_secs(3), "{stopped:?}");
        assert_eq!(node.get(&berts).await.status, StatusCode::OK);
    }
    // Who is still logged in gets another, from the next second on.
    for node in [&a, &b] {
        node.advance(Duration::from_secs(30));
    }
    let again = member(&mint(&mut anna).await, "stream_url");
    assert_eq!(at_b.get(&again).await.status, StatusCode::OK);
}

#[tokio::test]
async fn logging_out_on_one_node_ends_the_streams_of_that_log_in_on_both() {
    let Some((a, b, _redis)) = nodes(&[]).await else {
        return;
    };
    let mut here = a.signed_in("anna").await;
    let mut elsewhere = a.browser();
    elsewhere.log_in("anna", PASSWORD).await;
    let ends = member(&mint(&mut here).await, "stream_url");
    let goes_on = member(&mint(&mut elsewhere).await, "stream_url");
    let (mut at_a, mut at_b) = (a.browser(), b.browser());
    for node in [&mut at_a, &mut at_b] {
        assert_eq!(node.get(&ends).await.status, StatusCode::OK);
    }
    here.on(&b).form("/logout", &[]).await;
    for node in [&mut at_b, &mut at_a] {
        let stopped = until("it stops", async || {
            node.get(&ends).await.status == StatusCode::UNAUTHORIZED
        })
        .await;
        assert!(stopped < Duration::from_secs(3), "{stopped:?}");
        assert_eq!(node.get(&goes_on).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_command_that_sets_a_password_ends_the_streams_of_the_old_one() {
    let Some((a, _b, redis)) = nodes(&[]).await else {
        return;
    };
    let url = member(&mint(&mut a.signed_in("anna").await).await, "stream_url");
    let folder = a.folder().to_str().unwrap();
    let mut change = command(&["user", "password", "anna", "--generate", "--data", folder]);
    change.env("FLASKFLIX_REDIS_URL", redis.url());
    assert!(finish(change).status.success());
    let mut anybody = a.browser();
    until("it stops", async || {
        anybody.get(&url).await.status == StatusCode::UNAUTHORIZED
    })
    .await;
}

#[tokio::test]
async fn a_screen_in_use_on_one_node_is_in_use_on_the_other_and_ended_from_there() {
    let Some((a, b, _redis)) = nodes(&[("max_screens", "1")]).await else {
        return;
    };
    let mut on_a = a.signed_in("anna").await;
    let mut on_b = on_a.on(&b);
    // By its own clock, nothing has been heard of the screen for hours.
    b.advance(Duration::from_secs(3 * 60 * 60));
    let first = mint(&mut on_a).await;
    let url = member(&first, "stream_url");
    assert_eq!(on_a.get(&url).await.status, StatusCode::OK);

    let full = on_b.get("/stream/1/token").await;
    assert_eq!(full.status, StatusCode::CONFLICT);
    assert_eq!(full.header("content-type"), "application/problem+json");
    let screens = full.json()["screens"].clone();
    assert_eq!(screens.as_array().unwrap().len(), 1, "{screens}");
    assert_eq!(screens[0]["id"], first["screen"]);
    assert_eq!(
        (&screens[0]["movie_id"], &screens[0]["title"]),
        (&1.into(), &"Big Film".into())
    );
    assert_eq!(
        on_b.get("/screens").await.json()[0]["id"],
        first["screen"],
        "the same list"
    );

    let path = format!("/screens/{}", member(&first, "screen"));
    let same_site = [("sec-fetch-site", "same-origin")];
    let ended = on_b.send(Method::DELETE, &path, &same_site, "").await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let stopped = until("it stops where it plays", async || {
        on_a.get(&url).await.status == StatusCode::GONE
    })
    .await;
    assert!(stopped < Duration::from_secs(6), "{stopped:?}");
    let second = member(&mint(&mut on_b).await, "stream_url");
    assert_eq!(on_a.get(&second).await.status, StatusCode::OK);
    assert_eq!(on_a.get("/stream/1/token").await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_opaque_token_of_one_node_opens_on_the_other() {
    let Some((a, b, mut redis)) = nodes(&[("opaque_tokens", "on")]).await else {
        return;
    };
    let mut anna = a.signed_in("anna").await;
    let minted = mint(&mut anna).await;
    assert_eq!(member(&minted, "token").len(), 43);
    let url = member(&minted, "stream_url");
    let mut anybody = b.browser();
    assert_eq!(anybody.get(&url).await.status, StatusCode::OK);
    let other = url.replace(&member(&minted, "token"), &"A".repeat(43));
    assert_eq!(anybody.get(&other).await.status, StatusCode::UNAUTHORIZED);

    redis.kill().unwrap();
    assert_eq!(anybody.get(&url).await.status, StatusCode::OK, "met a moment ago");
    // The other node has made it and never met it; and new ones cannot be kept.
    for target in [&*url, "/stream/1/token"] {
        let refused = anna.get(target).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{target}");
        assert!(!refused.header("retry-after").is_empty(), "{target}");
    }
}

#[tokio::test]
async fn failed_log_ins_count_on_both_nodes_together() {
    let Some((a, b, _redis)) = nodes(&[("login_attempts", "3/15m")]).await else {
        return;
    };
    a.user("anna").await;
    // The count goes by the clock of Redis: to the other node it has been hours.
    b.advance(Duration::from_secs(3 * 60 * 60));
    let (on_a, on_b) = (a.browser(), b.browser());
    for browser in [&on_a, &on_b, &on_a] {
        assert_eq!(
            guess(browser, "anna").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    for browser in [&on_b, &on_a] {
        let refused = browser.clone().log_in("Anna", PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((290..=300).contains(&wait), "{wait}");
    }
    assert_eq!(
        guess(&on_b, "bert").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn the_right_password_forgives_on_both_nodes() {
    let Some((a, b, _redis)) = nodes(&[("login_attempts", "3/15m")]).await else {
        return;
    };
    a.user("anna").await;
    guess(&a.browser(), "anna").await;
    guess(&a.browser(), "anna").await;
    let mut home = b.browser().at("203.0.113.7");
    assert_eq!(home.log_in("anna", PASSWORD).await.status, StatusCode::SEE_OTHER);
    for _ in 0..3 {
        assert_eq!(
            guess(&a.browser(), "anna").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    assert_eq!(
        guess(&a.browser(), "anna").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    // The strangers have used them up, and not those of an address where the owner was before, on whatever node.
    let mut owner = home.on(&a);
    assert_eq!(owner.log_in("anna", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn new_accounts_and_addresses_count_on_both_nodes_together() {
    let limits = [
        ("registrations_per_address", "2/1h"),
        ("login_attempts_per_address", "2/1h"),
    ];
    let Some((a, b, _redis)) = nodes(&limits).await else {
        return;
    };
    let (mut statuses, mut guesses) = (Vec::new(), Vec::new());
    for (n, node) in [&a, &b, &a, &b].into_iter().enumerate() {
        let name = format!("robot{n}");
        let fields = [("name", &*name), ("password", PASSWORD)];
        statuses.push(node.browser().form("/register", &fields).await.status.as_u16());
        guesses.push(guess(&node.browser(), &name).await.status.as_u16());
    }
    assert_eq!(statuses, [303, 303, 429, 429]);
    assert_eq!(guesses, [422, 422, 429, 429]);
}

#[tokio::test]
async fn stream_tokens_count_on_both_nodes_together() {
    let Some((a, b, _redis)) = nodes(&[("mint_per_viewer", "3/1h")]).await else {
        return;
    };
    let mut on_a = a.signed_in("anna").await;
    let mut on_b = on_a.on(&b);
    b.advance(Duration::from_secs(3 * 60 * 60));
    mint(&mut on_a).await;
    mint(&mut on_b).await;
    mint(&mut on_a).await;
    for browser in [&mut on_a, &mut on_b] {
        let refused = browser.get("/stream/1/token").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

/// What one machine needs no Redis for, and why several do.
#[tokio::test]
async fn without_redis_each_node_counts_for_itself() {
    let a = Scene::with(&[("login_attempts", "3/15m")]).await;
    let b = a.another().await;
    for node in [&a, &b] {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(guess(&node.browser(), "anna").await.status.as_u16());
        }
        assert_eq!(statuses, [422, 422, 422, 429]);
    }
}
