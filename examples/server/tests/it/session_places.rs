//! Sessions on two nodes: in the database and in Redis, the same promises.

use std::time::Duration;

use flaskflix_storage::testing::PrivateRedis;
use http::StatusCode;

use crate::scene::{PASSWORD, Scene, until};

/// Two nodes over one database.
struct Nodes {
    a: Scene,
    b: Scene,
    /// Where sessions are kept, unless that is the database.
    _redis: Option<PrivateRedis>,
}

impl Nodes {
    async fn over(redis: Option<PrivateRedis>, ttl: &str) -> Self {
        let url = redis.as_ref().map(PrivateRedis::url);
        let mut settings = vec![("session_ttl", ttl)];
        if let Some(url) = &url {
            settings.extend([
                ("sessions", "redis"),
                ("redis_url", url),
                ("redis_budget", "1000ms"),
            ]);
        }
        let a = Scene::with(&settings).await;
        let b = a.another().await;
        Self { a, b, _redis: redis }
    }
}

/// One test for each promise and place.
macro_rules! in_both_places {
    ($($promise:ident),* $(,)?) => {
        mod database {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(super::Nodes::over(None, "1h").await).await;
            })*
        }

        mod redis {
            $(#[tokio::test]
            async fn $promise() {
                let Some(redis) = super::PrivateRedis::start().unwrap() else { return };
                super::$promise(super::Nodes::over(Some(redis), "1h").await).await;
            })*
        }
    };
}

in_both_places!(
    who_logs_in_on_one_node_is_known_on_the_other,
    who_logs_out_on_one_node_is_out_on_the_other,
    another_password_ends_every_session_that_was_begun_with_the_old_one,
    a_removed_user_is_out_everywhere,
    a_planted_session_is_worth_nothing_after_log_in,
);

async fn who_logs_in_on_one_node_is_known_on_the_other(nodes: Nodes) {
    let mut on_a = nodes.a.signed_in("anna").await;
    let mut on_b = on_a.on(&nodes.b);
    assert!(on_a.is_signed_in().await && on_b.is_signed_in().await);
    assert!(on_b.get("/account").await.body.contains("anna"));
    assert!(!nodes.b.browser().is_signed_in().await);
}

async fn who_logs_out_on_one_node_is_out_on_the_other(nodes: Nodes) {
    let mut on_a = nodes.a.signed_in("anna").await;
    let mut thief = on_a.clone();
    let mut elsewhere = nodes.a.browser();
    elsewhere.log_in("anna", PASSWORD).await;
    let out = on_a.on(&nodes.b).form("/logout", &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(!thief.is_signed_in().await && !thief.on(&nodes.b).is_signed_in().await);
    assert!(!on_a.is_signed_in().await);
    assert!(elsewhere.is_signed_in().await, "that one has not logged out");
}

async fn another_password_ends_every_session_that_was_begun_with_the_old_one(nodes: Nodes) {
    let mut here = nodes.a.signed_in("anna").await;
    let mut elsewhere = nodes.b.browser();
    elsewhere.log_in("anna", PASSWORD).await;
    let mut bert = nodes.a.signed_in("bert").await;
    let fields = [("current", PASSWORD), ("password", "battery staple")];
    assert_eq!(here.form("/account", &fields).await.status, StatusCode::OK);
    assert!(here.is_signed_in().await && here.on(&nodes.b).is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await && !elsewhere.on(&nodes.a).is_signed_in().await);
    assert!(bert.is_signed_in().await);

    // By a command, which may know nothing of Redis.
    let id = nodes.a.app.accounts().named("anna").await.unwrap().unwrap().id;
    let changed = nodes.b.app.accounts().set_password(id, "staple battery").await;
    changed.unwrap();
    assert!(!here.is_signed_in().await && !here.on(&nodes.b).is_signed_in().await);
}

async fn a_removed_user_is_out_everywhere(nodes: Nodes) {
    let mut anna = nodes.a.signed_in("anna").await;
    let id = nodes.a.app.accounts().named("anna").await.unwrap().unwrap().id;
    nodes.b.app.accounts().remove(id).await.unwrap();
    for node in [&nodes.a, &nodes.b] {
        let mut anna = anna.on(node);
        let answer = anna.get("/account").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "sent to log in");
        assert_eq!(anna.cookie, None, "and the cookie is taken back");
    }
    assert!(!anna.is_signed_in().await);
}

async fn a_planted_session_is_worth_nothing_after_log_in(nodes: Nodes) {
    nodes.a.user("anna").await;
    let mut mallory = nodes.a.signed_in("mallory").await;
    let mut victim = nodes.b.browser();
    victim.cookie.clone_from(&mallory.cookie);
    assert_eq!(
        victim.log_in("anna", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    assert_ne!(victim.session(), mallory.session());
    assert!(victim.on(&nodes.a).is_signed_in().await);
    assert!(!mallory.is_signed_in().await);
}

#[tokio::test]
async fn a_session_in_the_database_expires_on_both_nodes() {
    let nodes = Nodes::over(None, "1h").await;
    let mut on_a = nodes.a.signed_in("anna").await;
    let mut on_b = on_a.on(&nodes.b);
    for node in [&nodes.a, &nodes.b] {
        node.advance(Duration::from_secs(60 * 60));
    }
    assert!(!on_a.is_signed_in().await && !on_b.is_signed_in().await);
}

/// By its own clock the node would have ended it hours ago, or would keep it for hours.
#[tokio::test]
async fn a_node_whose_clock_is_hours_off_neither_ends_nor_keeps_a_session_in_redis() {
    let Some(redis) = PrivateRedis::start().unwrap() else {
        return;
    };
    let nodes = Nodes::over(Some(redis), "5s").await;
    let mut right = nodes.a.signed_in("anna").await;
    nodes.b.advance(Duration::from_secs(5 * 60 * 60));
    let mut wrong = right.on(&nodes.b);
    assert!(wrong.is_signed_in().await);
    // Each of its visits is one after hours, so it writes the session; it says nothing of its own time to Redis.
    until("it expires", async || !right.is_signed_in().await).await;
    assert!(!wrong.is_signed_in().await);
}

#[tokio::test]
async fn sessions_in_redis_need_a_redis() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = flaskflix_server::Settings::default();
    settings.set("data", folder.path().to_str().unwrap()).unwrap();
    settings.set("sessions", "redis").unwrap();
    let clock = std::sync::Arc::new(flaskflix_core::time::SystemClock);
    let error = flaskflix_server::App::open(settings, clock).await.unwrap_err();
    let told = flaskflix_core::ErrorChain(&error).to_string();
    assert!(told.contains("redis_url"), "{told}");
}
