//! Redis is away: killed, frozen, not there at all.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use flaskflix_core::{
    access::{
        Action, Lease, Opening, Quota, RateLimit as _, Rates, Revocation, Revocations as _, Screens as _,
        Subject,
    },
    id::ViewerId,
    testing::{revocations::grant, screens::playback},
    token::{OpaqueToken, TokenStore as _},
};
use flaskflix_storage::redis::{
    Redis, RedisOptions, RedisRateLimit, RedisRevocations, RedisScreens, RedisTokens, WhenAway,
};

use super::server::{Server, until};

/// Everything that a request may ask.
struct Node {
    redis: Redis,
    limit: RedisRateLimit,
    screens: RedisScreens,
    revocations: RedisRevocations,
    tokens: RedisTokens,
}

const HOUR: Duration = Duration::from_secs(3600);

impl Node {
    fn new(redis: Redis) -> Self {
        Self {
            limit: RedisRateLimit::new(&redis, Rates::default()),
            screens: RedisScreens::new(&redis, NonZeroU32::MIN),
            revocations: RedisRevocations::new(&redis).max_staleness(Duration::ZERO),
            tokens: RedisTokens::new(&redis),
            redis,
        }
    }

    /// A request that mints a token and plays, and how long that took. All goes as if nobody counted.
    async fn request(&self) -> Duration {
        let start = Instant::now();
        let viewer = Subject::Viewer(anna());
        assert_eq!(
            self.limit.take(Action::Mint, &viewer).await.unwrap(),
            Quota::Within
        );
        assert_eq!(
            self.screens.open(&anna(), &playback(1)).await.unwrap(),
            Opening::Opened
        );
        assert!(!self.revocations.is_revoked(&grant("anna", 1, 1)).await.unwrap());
        assert_eq!(
            self.screens.renew(&anna(), &playback(1)).await.unwrap(),
            Lease::Held
        );
        start.elapsed()
    }

    async fn is_back(&self) {
        until("redis is back", async || self.redis.ping().await.is_ok()).await;
    }
}

fn anna() -> ViewerId {
    ViewerId::parse("anna").unwrap()
}

fn budget() -> RedisOptions {
    RedisOptions::new().budget(Duration::from_millis(50))
}

/// 200 requests in an outage: each within the budget, and nearly all of them without any wait.
async fn requests_go_on(node: &Node) {
    let mut waited = Duration::ZERO;
    let start = Instant::now();
    for _ in 0..200 {
        let took = node.request().await;
        // The budget, and room for a machine that others use, too.
        assert!(took < Duration::from_millis(50 + 150), "{took:?}");
        waited += took;
    }
    let (span, mean) = (start.elapsed(), waited / 200);
    assert!(mean < Duration::from_millis(5), "{mean:?} each, {span:?} in all");
}

#[tokio::test]
async fn requests_go_on_while_redis_is_killed_and_it_is_used_again_when_it_is_back() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let node = Node::new(server.node_with(budget()));
    node.is_back().await;
    node.request().await;
    let token = OpaqueToken::from_bytes([1; 32]).key();
    until("a token is kept", async || {
        node.tokens.put(&token, "signed", HOUR).await.is_ok()
    })
    .await;
    until("a token is met", async || node.tokens.get(&token).await.is_ok()).await;

    server.kill();
    requests_go_on(&node).await;
    // What nobody knows opens nothing; what the node has met opens on.
    let unknown = OpaqueToken::from_bytes([2; 32]).key();
    assert!(node.tokens.get(&unknown).await.is_err());
    assert!(node.tokens.put(&unknown, "signed", HOUR).await.is_err());
    assert_eq!(node.tokens.get(&token).await.unwrap().as_deref(), Some("signed"));
    assert!(
        node.revocations
            .revoke(&Revocation::Token([1; 16]), HOUR)
            .await
            .is_err()
    );

    server.restart();
    node.is_back().await;
    until("screens are counted", async || {
        let opened = node.screens.open(&anna(), &playback(1)).await.unwrap();
        opened == Opening::Opened && !node.screens.list(&anna()).await.unwrap_or_default().is_empty()
    })
    .await;
}

#[tokio::test]
async fn requests_go_on_while_redis_hangs_and_it_is_used_again_when_it_wakes_up() {
    let Some(server) = Server::start() else {
        return;
    };
    let node = Node::new(server.node_with(budget()));
    node.is_back().await;
    server.freeze();
    requests_go_on(&node).await;
    server.thaw();
    let woken = Instant::now();
    node.is_back().await;
    // A connection that was begun while it hung may have to time out first.
    assert!(woken.elapsed() < Duration::from_secs(5), "{:?}", woken.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_at_once_wait_together_and_not_one_after_the_other() {
    let Some(server) = Server::start() else {
        return;
    };
    let node = Node::new(server.node_with(budget()));
    node.is_back().await;
    server.freeze();
    let start = Instant::now();
    let requests = (0..300).map(|_| {
        let limit = node.limit.clone();
        tokio::spawn(async move { limit.take(Action::Mint, &Subject::Viewer(anna())).await.unwrap() })
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(request.await.unwrap(), Quota::Within);
    }
    assert!(
        start.elapsed() < Duration::from_millis(50 + 450),
        "{:?}",
        start.elapsed()
    );
    server.thaw();
}

#[tokio::test]
async fn who_wants_to_refuse_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("unix://{}/nobody.sock", folder.path().display());
    let redis = Redis::open(&url, budget()).unwrap();
    let limit = RedisRateLimit::new(&redis, Rates::default()).when_away(WhenAway::Refuse);
    assert!(limit.take(Action::Mint, &Subject::Viewer(anna())).await.is_err());
    let screens = RedisScreens::new(&redis, NonZeroU32::MIN).when_away(WhenAway::Refuse);
    assert!(screens.open(&anna(), &playback(1)).await.is_err());
    assert!(screens.renew(&anna(), &playback(1)).await.is_err());
    let revocations = RedisRevocations::new(&redis).when_away(WhenAway::Refuse);
    assert!(revocations.is_revoked(&grant("anna", 1, 1)).await.is_err());
}

#[tokio::test]
async fn a_token_that_was_met_opens_on_while_it_lives_when_that_is_wanted() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let redis = server.node();
    let forgetful = || RedisTokens::new(&redis).remembered_for(Duration::ZERO);
    let (strict, kind) = (forgetful(), forgetful().when_away(WhenAway::Allow));
    let [long, short, unknown] = [1, 2, 3].map(|byte| OpaqueToken::from_bytes([byte; 32]).key());
    strict.put(&long, "signed", HOUR).await.unwrap();
    strict
        .put(&short, "signed", Duration::from_secs(1))
        .await
        .unwrap();
    for tokens in [&strict, &kind] {
        for key in [&long, &short] {
            assert_eq!(tokens.get(key).await.unwrap().as_deref(), Some("signed"));
        }
    }
    server.kill();
    assert!(strict.get(&long).await.is_err());
    assert_eq!(kind.get(&long).await.unwrap().as_deref(), Some("signed"));
    assert!(
        kind.get(&unknown).await.is_err(),
        "nobody knows what it stands for"
    );
    until("the short one expires without Redis", async || {
        kind.get(&short).await.is_err()
    })
    .await;
    assert_eq!(kind.get(&long).await.unwrap().as_deref(), Some("signed"));
}
