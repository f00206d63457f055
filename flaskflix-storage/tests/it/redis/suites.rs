//! The suites that the stores in memory pass, too.

use std::{num::NonZeroU32, time::Duration};

use flaskflix_core::{
    access::{Quota, Rate, Screens as _},
    id::ViewerId,
    testing,
    token::{OpaqueToken, TokenStore as _},
};
use flaskflix_storage::redis::{
    RedisRateLimit, RedisRates, RedisRevocations, RedisScreens, RedisTokens, RedisValues,
};

use super::server::{Server, until};

#[tokio::test]
async fn tokens_in_redis_conform() {
    let Some(server) = Server::start() else {
        return;
    };
    let another = RedisTokens::new(&server.node());
    let short_lived = OpaqueToken::from_bytes([2; 32]).key();
    let pass = async || {
        until("the token expires", async || {
            another.get(&short_lived).await.unwrap().is_none()
        })
        .await;
    };
    // One that remembers nothing, to see what Redis itself says.
    let tokens = RedisTokens::new(&server.node()).remembered_for(Duration::ZERO);
    testing::token_store::conformance(&tokens, &pass).await;
    server.raw::<()>(&["FLUSHALL"]).await;
    testing::token_store::conformance(&RedisTokens::new(&server.node()), &pass).await;
}

#[tokio::test]
async fn revocations_in_redis_conform() {
    let Some(server) = Server::start() else {
        return;
    };
    testing::revocations::conformance(&RedisRevocations::new(&server.node())).await;
}

#[tokio::test]
async fn rate_limit_in_redis_conforms() {
    let Some(server) = Server::start() else {
        return;
    };
    let limit = RedisRateLimit::new(&server.node(), testing::rate_limit::rates());
    testing::rate_limit::conformance(&limit).await;
}

#[tokio::test]
async fn screens_in_redis_conform() {
    let Some(server) = Server::start() else {
        return;
    };
    let two = NonZeroU32::new(2).unwrap();
    let screens = RedisScreens::new(&server.node(), two)
        .lease(Duration::from_secs(2))
        .renewed_after(Duration::from_millis(1));
    let another = RedisScreens::new(&server.node(), two).lease(Duration::from_secs(2));
    let gina = ViewerId::parse("conformance-gina").unwrap();
    testing::screens::conformance(&screens, async || {
        until("the lease runs out", async || {
            another.list(&gina).await.unwrap().is_empty()
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_quota_comes_back_by_the_clock_of_redis_and_may_be_forgiven() {
    let Some(server) = Server::start() else {
        return;
    };
    let rates = RedisRates::new(&server.node());
    let rate = Rate::new(2, Duration::from_secs(1));
    let take = async || rates.take("login", "anna", rate).await.unwrap();
    assert_eq!((take().await, take().await), (Quota::Within, Quota::Within));
    assert!(
        matches!(take().await, Quota::Exceeded { retry_after } if retry_after <= Duration::from_millis(500))
    );
    until("the quota comes back", async || take().await == Quota::Within).await;
    let slow = Rate::new(1, Duration::from_secs(3600));
    assert_eq!(rates.take("login", "bert", slow).await.unwrap(), Quota::Within);
    assert!(matches!(
        rates.take("login", "bert", slow).await.unwrap(),
        Quota::Exceeded { .. }
    ));
    rates.forgive("login", "bert").await.unwrap();
    assert_eq!(rates.take("login", "bert", slow).await.unwrap(), Quota::Within);
    // Not one key that never goes.
    for key in server.raw::<Vec<String>>(&["KEYS", "*"]).await {
        assert!(server.raw::<i64>(&["PTTL", &key]).await > 0, "{key}");
    }
}

#[tokio::test]
async fn values_are_never_brought_back() {
    let Some(server) = Server::start() else {
        return;
    };
    let values = RedisValues::new(&server.node(), "session");
    let hour = Duration::from_secs(3600);
    assert!(!values.replace("a", b"0", hour).await.unwrap());
    assert!(values.insert("a", b"1", hour).await.unwrap());
    assert!(!values.insert("a", b"2", hour).await.unwrap());
    assert!(values.replace("a", b"3", hour).await.unwrap());
    assert_eq!(values.get("a").await.unwrap().as_deref(), Some(&b"3"[..]));
    assert!(values.remove("a").await.unwrap() && !values.remove("a").await.unwrap());
    assert!(!values.replace("a", b"4", hour).await.unwrap());
    assert_eq!(values.get("a").await.unwrap(), None);
    for value in [b"5", b"6"] {
        values.put("a", value, hour).await.unwrap();
        assert_eq!(values.get("a").await.unwrap().as_deref(), Some(&value[..]));
    }
    values.insert("b", b"", Duration::from_millis(1)).await.unwrap();
    until("it expires", async || values.get("b").await.unwrap().is_none()).await;
    values.insert("c", b"", Duration::MAX).await.unwrap();
    assert!(values.get("c").await.unwrap().is_some());
}
