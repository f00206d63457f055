//! What one node does, the others see.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use flaskflix_core::{
    access::{Lease, Opening, Playback, Revocation, Revocations as _, Screens as _},
    id::ViewerId,
    testing::{revocations::grant, screens::playback},
    time::UnixTime,
    token::{OpaqueToken, TokenStore as _},
};
use flaskflix_storage::redis::{
    Redis, RedisOptions, RedisRevocations, RedisScreens, RedisTokens, RedisUrlError,
};

use super::server::{Server, until};

fn anna() -> ViewerId {
    ViewerId::parse("anna").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_clients_on_two_nodes_exactly_4_get_a_screen_50_times() {
    let Some(server) = Server::start() else {
        return;
    };
    let four = NonZeroU32::new(4).unwrap();
    let nodes = [server.node(), server.node()].map(|redis| RedisScreens::new(&redis, four));
    for round in 0..50 {
        let viewer = ViewerId::parse(&format!("anna {round}")).unwrap();
        let clients = (0..64_u8).map(|number| {
            let (screens, viewer) = (nodes[usize::from(number % 2)].clone(), viewer.clone());
            tokio::spawn(async move { screens.open(&viewer, &playback(number)).await.unwrap() })
        });
        let mut winners = 0;
        for client in clients.collect::<Vec<_>>() {
            match client.await.unwrap() {
                Opening::Opened => winners += 1,
                Opening::Full { screens } => assert_eq!(screens.len(), 4, "round {round}"),
                Opening::Ended => panic!("nobody ended a screen"),
            }
        }
        assert_eq!(winners, 4, "round {round}");
        assert_eq!(nodes[0].list(&viewer).await.unwrap().len(), 4);
    }
}

#[tokio::test]
async fn a_screen_ended_on_one_node_stops_on_the_other() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = NonZeroU32::MIN;
    let [a, b] = [server.node(), server.node()]
        .map(|redis| RedisScreens::new(&redis, one).renewed_after(Duration::from_millis(200)));
    a.open(&anna(), &playback(1)).await.unwrap();
    assert_eq!(b.renew(&anna(), &playback(1)).await.unwrap(), Lease::Held);
    assert!(a.end(&anna(), playback(1).screen).await.unwrap());
    assert_eq!(
        a.renew(&anna(), &playback(1)).await.unwrap(),
        Lease::Ended,
        "at once where it was ended"
    );
    until("it stops on the other node", async || {
        b.renew(&anna(), &playback(1)).await.unwrap() == Lease::Ended
    })
    .await;
    assert_eq!(b.open(&anna(), &playback(2)).await.unwrap(), Opening::Opened);
}

/// A node whose clock is hours ahead tells a lifetime that is too short; one whose clock is right has told the true one.
#[tokio::test]
async fn an_ended_screen_stays_so_as_long_as_any_node_says_that_its_tokens_live() {
    let Some(server) = Server::start() else {
        return;
    };
    let [right, ahead] = [server.node(), server.node()].map(|redis| {
        RedisScreens::new(&redis, NonZeroU32::MIN)
            .lease(Duration::from_millis(300))
            .renewed_after(Duration::ZERO)
    });
    let nearly_over = Playback {
        lifetime: Duration::ZERO,
        ..playback(1)
    };
    right.open(&anna(), &playback(1)).await.unwrap();
    assert_eq!(ahead.renew(&anna(), &nearly_over).await.unwrap(), Lease::Held);
    assert!(ahead.end(&anna(), playback(1).screen).await.unwrap());
    // What is remembered of an ended screen is remembered for its lease at least: a lease of another screen passes by.
    right.open(&anna(), &playback(2)).await.unwrap();
    until("a lease has run out", async || {
        right.list(&anna()).await.unwrap().is_empty()
    })
    .await;
    assert_eq!(right.renew(&anna(), &playback(1)).await.unwrap(), Lease::Ended);
}

#[tokio::test]
async fn a_token_revoked_on_one_node_stops_on_the_other_within_the_time() {
    let Some(server) = Server::start() else {
        return;
    };
    let staleness = Duration::from_millis(600);
    let [a, b] =
        [server.node(), server.node()].map(|redis| RedisRevocations::new(&redis).max_staleness(staleness));
    let (mine, other) = (grant("anna", 100, 1), grant("anna", 100, 2));
    for node in [&a, &b] {
        assert!(!node.is_revoked(&mine).await.unwrap());
    }
    let hour = Duration::from_secs(3600);
    a.revoke(&Revocation::Token(*mine.token_id()), hour)
        .await
        .unwrap();
    let revoked_at = Instant::now();
    assert!(a.is_revoked(&mine).await.unwrap());
    until("it stops on the other node", async || {
        b.is_revoked(&mine).await.unwrap()
    })
    .await;
    assert!(
        revoked_at.elapsed() < staleness + Duration::from_millis(300),
        "{:?}",
        revoked_at.elapsed()
    );
    assert!(!b.is_revoked(&other).await.unwrap());

    // A node that comes later knows it at once.
    assert!(
        RedisRevocations::new(&server.node())
            .is_revoked(&mine)
            .await
            .unwrap()
    );

    // Redis loses everything, and goes on: the nodes do not forget, and learn what is new.
    server.raw::<()>(&["FLUSHALL"]).await;
    let cut = Revocation::Viewer {
        viewer: anna(),
        issued_until: UnixTime::from_secs(100),
    };
    a.revoke(&cut, hour).await.unwrap();
    until("what is new is learnt", async || {
        b.is_revoked(&other).await.unwrap()
    })
    .await;
    assert!(b.is_revoked(&mine).await.unwrap());
}

#[tokio::test]
async fn a_long_log_is_read_to_its_end_and_expires() {
    let Some(server) = Server::start() else {
        return;
    };
    let a = RedisRevocations::new(&server.node());
    for n in 0..4100_u128 {
        let lifetime = if n == 0 {
            Duration::from_millis(1)
        } else {
            Duration::from_secs(3600)
        };
        a.revoke(&Revocation::Token(n.to_be_bytes()), lifetime)
            .await
            .unwrap();
    }
    let b = RedisRevocations::new(&server.node());
    a.revoke(&Revocation::Token([9; 16]), Duration::from_secs(3600))
        .await
        .unwrap();
    assert!(
        b.is_revoked(&grant("bert", 1, 9)).await.unwrap(),
        "the last of 4,101"
    );
    // The one of a millisecond is not in the log any more.
    assert_eq!(
        server.raw::<u32>(&["ZCARD", "flaskflix:{revocations}:log"]).await,
        4100
    );
}

#[tokio::test]
async fn an_opaque_token_opens_on_every_node_and_redis_never_learns_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let [a, b] = [server.node(), server.node()].map(|redis| RedisTokens::new(&redis));
    let token = OpaqueToken::from_bytes([5; 32]);
    let hours = Duration::from_secs(14_400);
    a.put(&token.key(), "the signed token", hours).await.unwrap();
    assert_eq!(
        b.get(&token.key()).await.unwrap().as_deref(),
        Some("the signed token")
    );
    let key = format!("flaskflix:stream_token:{}", token.key());
    assert_eq!(server.raw::<Vec<String>>(&["KEYS", "*"]).await, [key.as_str()]);
    let ttl = server.raw::<i64>(&["TTL", &key]).await;
    assert!((14_390..=14_400).contains(&ttl), "{ttl}");
    assert!(!key.contains(&token.text()));
}

#[tokio::test]
async fn no_viewer_stands_in_a_key() {
    let Some(server) = Server::start() else {
        return;
    };
    let screens = RedisScreens::new(&server.node(), NonZeroU32::MIN);
    screens.open(&anna(), &playback(1)).await.unwrap();
    screens.end(&anna(), playback(1).screen).await.unwrap();
    screens.open(&anna(), &playback(2)).await.unwrap();
    let keys = server.raw::<Vec<String>>(&["KEYS", "*"]).await;
    assert_eq!(keys.len(), 3);
    for key in keys {
        assert!(
            key.starts_with("flaskflix:screens:{") && !key.contains("anna"),
            "{key}"
        );
        assert!(server.raw::<i64>(&["PTTL", &key]).await > 0, "{key}");
    }
}

#[tokio::test]
async fn a_password_opens_and_is_never_shown() {
    let Some(server) = Server::start_with(&["--requirepass", "open-sesame"]) else {
        return;
    };
    let url = |password: &str| {
        format!(
            "{}?pass={password}",
            server.url().replace("unix://", "redis+unix://")
        )
    };
    let node =
        |password| Redis::open(&url(password), RedisOptions::new().budget(Duration::from_secs(5))).unwrap();
    node("open-sesame").ping().await.unwrap();
    let redis = node("wrong-secret");
    let error = redis.ping().await.unwrap_err();
    for text in [
        format!("{error:?}"),
        flaskflix_core::ErrorChain(&error).to_string(),
        format!("{redis:?}"),
    ] {
        assert!(!text.contains("wrong-secret"), "{text}");
    }
}

#[test]
fn urls_are_judged_before_anybody_connects() {
    for url in [
        "redis://127.0.0.1",
        "redis://127.0.0.1:6380/3",
        "redis://:secret@redis.example:6379",
        "redis://user:secret@[::1]:6379/0",
        "unix:///run/redis.sock",
    ] {
        let redis = Redis::open(url, RedisOptions::new());
        assert!(
            redis.is_ok_and(|redis| !format!("{redis:?}").contains("secret")),
            "{url}"
        );
    }
    for url in [
        "",
        "redis",
        "http://127.0.0.1",
        "redis://",
        "redis://host:port",
        "redis://host/x",
    ] {
        assert_eq!(
            Redis::open(url, RedisOptions::new()).err(),
            Some(RedisUrlError::Invalid),
            "{url}"
        );
    }
    let over_tls = Redis::open("rediss://:secret@redis.example", RedisOptions::new());
    if cfg!(feature = "redis-tls") {
        assert!(over_tls.is_ok());
        let insecure = Redis::open("rediss://redis.example/#insecure", RedisOptions::new());
        assert_eq!(insecure.err(), Some(RedisUrlError::Invalid));
    } else {
        assert_eq!(over_tls.err(), Some(RedisUrlError::NoTls));
    }
}
