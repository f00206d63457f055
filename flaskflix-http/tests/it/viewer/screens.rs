//! On how many screens a viewer watches at the same time.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use flaskflix_core::testing::clock::ManualClock;
use flaskflix_storage::memory::MemoryScreens;
use serde_json::json;

use super::scene::{Api, Said, named, request};
use crate::scene::NOW;

/// An application that counts up to `limit` screens, by a clock of its own.
fn counting(limit: u32) -> (Api, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOW));
    let screens = Arc::new(MemoryScreens::new(NonZeroU32::new(limit).unwrap(), clock.clone()));
    let also = screens.clone();
    let api = Api::built(|streamer| streamer.screens(screens), |api| api.screens(also));
    (api, clock)
}

/// The token of an answer, and its screen.
fn token(said: &Said) -> (String, String) {
    assert_eq!(said.status, 200, "{said:?}");
    let json = said.json();
    let text = |name: &str| json[name].as_str().expect("a text").to_owned();
    (text("token"), text("screen"))
}

async fn plays(api: &Api, token: &str) -> u16 {
    api.anonymous("GET", &format!("/stream/2/t/{token}/video"), "")
        .await
        .status
}

#[tokio::test]
async fn who_has_no_screen_left_is_told_which_are_in_use_and_may_end_one() {
    let (api, _) = counting(1);
    let (first, screen) = token(&api.get("anna", "/stream/2/token").await);
    assert_eq!(plays(&api, &first).await, 200);

    let refused = api.get("anna", "/stream/1/token").await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        refused.detail(),
        "all screens are in use: end one of those in `screens` first"
    );
    let in_use = json!([{
        "id": screen,
        "movie_id": 2,
        "title": "A file",
        "since": "2027-01-15T08:00:00.000Z",
        "last_seen": "2027-01-15T08:00:00.000Z",
    }]);
    assert_eq!(refused.json()["screens"], in_use);
    assert_eq!(api.get("anna", "/screens").await.json(), in_use);

    let ended = api.ask("anna", "DELETE", &format!("/screens/{screen}"), "").await;
    assert_eq!(ended.status, 204);
    let gone = api
        .anonymous("GET", &format!("/stream/2/t/{first}/video"), "")
        .await;
    assert_eq!(gone.status, 410);
    assert_eq!(
        gone.detail(),
        "this screen was ended, or another one took its place"
    );
    let (second, _) = token(&api.get("anna", "/stream/2/token").await);
    assert_eq!(
        [plays(&api, &first).await, plays(&api, &second).await],
        [410, 200]
    );
}

#[tokio::test]
async fn a_player_that_mints_again_keeps_its_screen() {
    let (api, _) = counting(1);
    let (first, screen) = token(&api.get("anna", "/stream/2/token").await);
    let (second, same) = token(&api.get("anna", &format!("/stream/2/token?screen={screen}")).await);
    assert_eq!(screen, same);
    assert_eq!(
        [plays(&api, &first).await, plays(&api, &second).await],
        [200, 200]
    );

    // An ended screen is not brought back: its player gets another one, if there is room.
    api.ask("anna", "DELETE", &format!("/screens/{screen}"), "").await;
    let (third, other) = token(&api.get("anna", &format!("/stream/2/token?screen={screen}")).await);
    assert_ne!(screen, other);
    assert_eq!(
        [plays(&api, &second).await, plays(&api, &third).await],
        [410, 200]
    );

    for query in [
        "screen=",
        "screen=x",
        "screen=0011",
        &format!("screen={screen}&screen={screen}"),
    ] {
        let said = api.get("anna", &format!("/stream/2/token?{query}")).await;
        assert_eq!(
            (said.status, said.json()["field"].as_str()),
            (400, Some("screen")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_screen_is_free_when_its_player_stops_or_is_not_heard_of() {
    let (api, clock) = counting(1);
    let (first, screen) = token(&api.get("anna", "/stream/2/token").await);
    let report = |event: &str| {
        format!(r#"{{"current_time": 60, "total_duration": 600, "event": "{event}", "screen": "{screen}"}}"#)
    };
    clock.advance(Duration::from_secs(59));
    assert_eq!(
        api.ask("anna", "POST", "/stream/2/progress", &report("time"))
            .await
            .status,
        200
    );
    clock.advance(Duration::from_secs(59));
    assert_eq!(
        api.get("anna", "/stream/2/token").await.status,
        409,
        "renewed by its report"
    );
    assert_eq!(plays(&api, &first).await, 200);
    clock.advance(Duration::from_secs(59));
    assert_eq!(
        api.get("anna", "/stream/2/token").await.status,
        409,
        "renewed by a request"
    );

    assert_eq!(
        api.ask("anna", "POST", "/stream/2/progress", &report("stop"))
            .await
            .status,
        200
    );
    assert_eq!(api.get("anna", "/screens").await.json(), json!([]));
    let (second, _) = token(&api.get("anna", "/stream/2/token").await);
    assert_eq!(
        [plays(&api, &first).await, plays(&api, &second).await],
        [410, 200]
    );
    // The report of a player whose place was taken is kept, and it learns of it.
    assert_eq!(
        api.ask("anna", "POST", "/stream/2/progress", &report("pause"))
            .await
            .status,
        410
    );
    assert_eq!(
        api.get("anna", "/stream/2/progress").await.json()["current_time"],
        60
    );

    clock.advance(Duration::from_secs(60));
    assert_eq!(plays(&api, &first).await, 200, "there is room again");
    assert_eq!(plays(&api, &second).await, 410);
}

#[tokio::test]
async fn screens_are_their_viewers_alone() {
    let (api, _) = counting(1);
    let (_, screen) = token(&api.get("anna", "/stream/2/token").await);
    let path = format!("/screens/{screen}");
    assert_eq!(api.get("bert", "/screens").await.json(), json!([]));
    assert_eq!(api.ask("bert", "DELETE", &path, "").await.status, 404);
    assert_eq!(api.anonymous("DELETE", &path, "").await.status, 401);
    assert_eq!(api.anonymous("GET", "/screens", "").await.status, 401);
    let mut foreign = request("DELETE", &path, "");
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    foreign.extensions_mut().insert(named("anna"));
    assert_eq!(api.send(foreign).await.status, 403);
    assert_eq!(
        api.ask("anna", "PUT", &path, "").await.header("allow"),
        Some("DELETE, OPTIONS")
    );
    // Other people's screens do not count.
    assert_eq!(api.get("bert", "/stream/2/token").await.status, 200);
    assert_eq!(api.get("anna", "/screens").await.json()[0]["id"], screen);
}

#[tokio::test]
async fn without_screens_nothing_is_counted() {
    let api = Api::new();
    assert_eq!(api.get("anna", "/screens").await.status, 404);
    assert_eq!(
        api.get("anna", "/stream/2/token").await.json().get("screen"),
        None
    );
    for _ in 0..20 {
        assert_eq!(api.get("anna", "/stream/2/token").await.status, 200);
    }
}

#[tokio::test]
async fn a_token_minted_elsewhere_is_counted_when_it_plays() {
    let (api, _) = counting(1);
    assert_eq!(plays(&api, &crate::scene::token("2")).await, 200);
    let viewer = named("viewer-4711");
    let mut ask = request("GET", "/screens", "");
    ask.extensions_mut().insert(viewer);
    assert_eq!(api.send(ask).await.json()[0]["id"], "0909090909090909");
}
