//! Redis goes away while people watch, killed and frozen, and comes back.

use std::time::{Duration, Instant};

use flaskflix_storage::testing::PrivateRedis;
use http::{Method, StatusCode};

use crate::scene::{Answer, Browser, PASSWORD, Scene, until};

/// A node with these settings, and its Redis.
async fn node(more: &[(&str, &str)]) -> Option<(Scene, PrivateRedis)> {
    let redis = PrivateRedis::start().unwrap()?;
    let url = redis.url();
    let settings = [&[("redis_url", &*url), ("redis_budget", "1000ms")], more].concat();
    Some((Scene::with(&settings).await, redis))
}

/// How Redis goes away, and how it comes back.
type Outage = (&'static str, fn(&mut PrivateRedis), fn(&mut PrivateRedis));

const OUTAGES: [Outage; 2] = [
    (
        "killed",
        |redis| redis.kill().unwrap(),
        |redis| redis.restart().unwrap(),
    ),
    (
        "frozen",
        |redis| redis.suspend().unwrap(),
        |redis| redis.resume().unwrap(),
    ),
];

/// What Redis may add to a request, once, however often it asks. Twenty times the default, which the tests of the library take: so a
/// machine that others use, too, cannot make a request look as if it had waited twice.
const BUDGET: Duration = Duration::from_secs(1);
const ROOM: Duration = Duration::from_millis(800);

async fn get_within_the_budget(browser: &mut Browser, target: &str) -> Answer {
    let start = Instant::now();
    let answer = browser.get(target).await;
    let took = start.elapsed();
    assert!(took < BUDGET + ROOM, "{target}: {took:?}");
    answer
}

/// Whether Redis is asked again: the list of screens is the one answer that cannot be had without it.
async fn is_back(browser: &mut Browser) {
    until("redis is used again", async || {
        browser.get("/screens").await.status == StatusCode::OK
    })
    .await;
}

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
    assert!(!answer.header("retry-after").is_empty(), "{what}");
}

#[tokio::test]
async fn by_default_viewers_watch_on_uncounted_and_are_counted_again_by_themselves() {
    let settings = [("max_screens", "1"), ("mint_per_viewer", "1000/1h")];
    let Some((node, mut redis)) = node(&settings).await else {
        return;
    };
    let mut anna = node.signed_in("anna").await;
    let minted = anna.get("/stream/1/token").await.json();
    let url = minted["stream_url"].as_str().unwrap().to_owned();
    assert_eq!(anna.get("/stream/1/token").await.status, StatusCode::CONFLICT);
    for (name, down, up) in OUTAGES {
        down(&mut redis);
        let start = Instant::now();
        let mut spent = Duration::ZERO;
        for _ in 0..30 {
            for target in ["/stream/1/token", &url, "/continue-watching"] {
                let asked = Instant::now();
                let answer = get_within_the_budget(&mut anna, target).await;
                spent += asked.elapsed();
                assert_eq!(answer.status, StatusCode::OK, "{name}: {target}");
            }
        }
        println!(
            "{name}: 90 requests in {:?}, {spent:?} of it waited",
            start.elapsed()
        );
        // A breaker that never opened would have cost each of them the budget.
        assert!(spent < 90 * BUDGET / 4, "{name}: {spent:?}");
        assert_refused(&anna.get("/screens").await, name);

        up(&mut redis);
        is_back(&mut anna).await;
        until("screens are counted", async || {
            anna.get("/stream/1/token").await.status == StatusCode::CONFLICT
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_set_to_refuse_refuses_and_answers_again_by_itself() {
    for (setting, more) in [
        ("redis_away.rate_limits", [("max_screens", "9")]),
        ("redis_away.screens", [("max_screens", "9")]),
    ] {
        let settings = [&more[..], &[(setting, "refuse")]].concat();
        let Some((node, mut redis)) = node(&settings).await else {
            return;
        };
        let mut anna = node.signed_in("anna").await;
        assert_eq!(anna.get("/stream/1/token").await.status, StatusCode::OK);
        for (name, down, up) in OUTAGES {
            down(&mut redis);
            let what = format!("{setting}, {name}");
            for _ in 0..5 {
                assert_refused(&get_within_the_budget(&mut anna, "/stream/1/token").await, &what);
            }
            up(&mut redis);
            until("tokens are minted again", async || {
                anna.get("/stream/1/token").await.status == StatusCode::OK
            })
            .await;
        }
    }
}

#[tokio::test]
async fn revocations_that_are_set_to_refuse_do_so_when_the_list_is_old() {
    let Some((node, mut redis)) = node(&[("redis_away.revocations", "refuse"), ("max_screens", "9")]).await
    else {
        return;
    };
    let mut anna = node.signed_in("anna").await;
    let minted = anna.get("/stream/1/token").await.json();
    let url = minted["stream_url"].as_str().unwrap();
    assert_eq!(anna.get(url).await.status, StatusCode::OK);
    redis.kill().unwrap();
    assert_eq!(anna.get(url).await.status, StatusCode::OK, "the list is young");
    let stopped = until("the list is old", async || {
        anna.get(url).await.status == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    assert!(stopped < Duration::from_secs(6), "{stopped:?}");
    redis.restart().unwrap();
    until("it plays again", async || {
        anna.get(url).await.status == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn log_ins_are_counted_by_the_node_alone_or_refused_as_the_setting_says() {
    let limit = ("login_attempts", "3/15m");
    let Some((lenient, mut redis)) = node(&[limit]).await else {
        return;
    };
    lenient.user("anna").await;
    redis.kill().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let guessed = lenient.browser().log_in("anna", "wrong wrong").await;
        statuses.push(guessed.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429]);
    let mut bert = lenient.signed_in("bert").await;
    assert!(bert.is_signed_in().await);

    let strict = [limit, ("redis_away.log_ins", "refuse")];
    let Some((strict, redis)) = node(&strict).await else {
        return;
    };
    strict.user("anna").await;
    redis.suspend().unwrap();
    assert_refused(&strict.browser().log_in("anna", PASSWORD).await, "a log-in");
    let fields = [("name", "carl"), ("password", PASSWORD)];
    assert_refused(
        &strict.browser().form("/register", &fields).await,
        "a registration",
    );
    redis.resume().unwrap();
    until("log-ins are let in again", async || {
        strict.browser().log_in("anna", PASSWORD).await.status == StatusCode::SEE_OTHER
    })
    .await;
}

#[tokio::test]
async fn sessions_in_redis_are_closed_without_it_and_films_play_on() {
    let Some((node, mut redis)) = node(&[("sessions", "redis"), ("max_screens", "9")]).await else {
        return;
    };
    let mut anna = node.signed_in("anna").await;
    let minted = anna.get("/stream/1/token").await.json();
    let url = minted["stream_url"].as_str().unwrap().to_owned();
    for (name, down, up) in OUTAGES {
        down(&mut redis);
        let cookie = anna.cookie.clone();
        for target in ["/continue-watching", "/", "/account", "/stream/1/token"] {
            assert_refused(&get_within_the_budget(&mut anna, target).await, name);
        }
        assert_refused(&node.browser().log_in("anna", PASSWORD).await, name);
        assert_refused(&anna.form("/logout", &[]).await, name);
        assert_eq!(anna.cookie, cookie, "{name}: nobody is logged out by an outage");
        // Strangers have no session to ask for, and media ask for none.
        assert_eq!(node.browser().get("/").await.status, StatusCode::OK, "{name}");
        assert_eq!(anna.get(&url).await.status, StatusCode::OK, "{name}");

        up(&mut redis);
        until("log-ins are kept again", async || {
            node.browser().log_in("anna", PASSWORD).await.status == StatusCode::SEE_OTHER
        })
        .await;
        // What was killed has forgotten everybody; what was frozen has not.
        assert_eq!(anna.is_signed_in().await, name == "frozen");
        anna.log_in("anna", PASSWORD).await;
        assert!(anna.is_signed_in().await);
    }
}

#[tokio::test]
async fn opaque_tokens_that_a_node_has_met_open_on_as_the_setting_says() {
    let settings = [("opaque_tokens", "on"), ("redis_away.opaque_tokens", "allow")];
    let Some((node, mut redis)) = node(&settings).await else {
        return;
    };
    let mut anna = node.signed_in("anna").await;
    let [met, unmet] = [
        anna.get("/stream/1/token").await.json(),
        anna.get("/stream/1/token").await.json(),
    ];
    let url = |minted: &serde_json::Value| minted["stream_url"].as_str().unwrap().to_owned();
    assert_eq!(anna.get(&url(&met)).await.status, StatusCode::OK);
    redis.kill().unwrap();
    let head = anna.send(Method::HEAD, &url(&met), &[], "").await;
    assert_eq!(head.status, StatusCode::OK);
    assert_refused(&anna.get(&url(&unmet)).await, "never met");
}
