//! How many requests a read costs, and what they say.

use std::time::Duration;

use flaskflix_core::source::SourceError;
use flaskflix_storage::object::ObjectOptions;
use futures_util::future::join_all;

use super::{
    KEY_ID, SECRET,
    bucket::{Bucket, connect, film, read, read_all},
    moto::moto,
    proxy::{Fault, Proxy},
    s3s_server::S3sServer,
};

async fn scene(options: ObjectOptions) -> (S3sServer, Proxy, Bucket) {
    let server = S3sServer::start().await;
    let proxy = Proxy::before(server.endpoint()).await;
    let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), options).await;
    (server, proxy, bucket)
}

#[tokio::test]
async fn near_ranges_are_one_request() {
    let options = ObjectOptions::default().coalesce_gap_bytes(1000);
    let (_server, proxy, bucket) = scene(options).await;
    let film = film(1, 100_000);
    bucket.put("film.mp4", film.clone()).await;
    let object = bucket.open("film.mp4").await.unwrap();
    let (bytes, error) = read_all(&object, &[(10, 20), (1020, 1030), (1030, 1040), (50_000, 50_010)]).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        bytes,
        [&film[10..20], &film[1020..1040], &film[50_000..50_010]].concat()
    );
    assert_eq!(proxy.take_ranges(), ["bytes=10-1039", "bytes=50000-50009"]);
}

#[tokio::test]
async fn connections_are_used_again() {
    let (_server, proxy, bucket) = scene(ObjectOptions::default()).await;
    bucket.put("film.mp4", film(1, 500_000)).await;
    let object = bucket.open("film.mp4").await.unwrap();
    for i in 0..20 {
        let (_, error) = read(&object, i * 1000, i * 1000 + 200_000).await;
        assert!(error.is_none(), "{error:?}");
    }
    assert!(
        proxy.connection_count() <= 2,
        "{} connections",
        proxy.connection_count()
    );
}

#[tokio::test]
async fn opens_at_the_same_time_are_one_request() {
    let (_server, proxy, bucket) = scene(ObjectOptions::default()).await;
    bucket.put("film.mp4", film(1, 10)).await;
    proxy.on_head([Fault::Slow(1, Duration::ZERO)]);
    let opened = join_all((0..50).map(|_| bucket.open("film.mp4"))).await;
    assert!(opened.iter().all(Result::is_ok));
    assert_eq!(proxy.head_count(), 1);
    bucket.open("film.mp4").await.unwrap();
    assert_eq!(proxy.head_count(), 2, "nothing is kept");
}

#[tokio::test]
async fn kept_opens_ask_once_and_heal_when_the_object_changed() {
    let options = ObjectOptions::default().open_cache(Duration::from_secs(600));
    let (_server, proxy, bucket) = scene(options).await;
    bucket.put("film.mp4", film(1, 1000)).await;
    for _ in 0..5 {
        bucket.open("film.mp4").await.unwrap();
    }
    assert_eq!(proxy.head_count(), 1);
    bucket.put("film.mp4", film(2, 1000)).await;
    let stale = bucket.open("film.mp4").await.unwrap();
    let (bytes, error) = read(&stale, 0, 1000).await;
    assert!(
        matches!(error, Some(SourceError::Changed)) && bytes.is_empty(),
        "{error:?}"
    );
    let fresh = bucket.open("film.mp4").await.unwrap();
    assert!(read(&fresh, 0, 1000).await.0 == film(2, 1000));
    assert_eq!(proxy.head_count(), 2);
}

#[tokio::test]
async fn a_missing_object_is_not_remembered() {
    let options = ObjectOptions::default().open_cache(Duration::from_secs(600));
    let (_server, _proxy, bucket) = scene(options).await;
    assert!(matches!(
        bucket.open("film.mp4").await,
        Err(SourceError::NotFound)
    ));
    bucket.put("film.mp4", film(1, 10)).await;
    assert!(bucket.open("film.mp4").await.is_ok());
}

const ODD_NAMES: [&str; 9] = [
    "a b.mp4",
    "a+b.mp4",
    "a%20b.mp4",
    "100%.mp4",
    "Amélie.mp4",
    "日本/映画.mp4",
    "q?x=1&y#z.mp4",
    "'quoted' (1) [2] {3} ~!@$^*;:,=.mp4",
    "...mp4",
];

async fn odd_names_are_names(bucket: &Bucket) {
    for (i, name) in (0..).zip(ODD_NAMES) {
        bucket.put(name, film(i, 100)).await;
    }
    for (i, name) in (0..).zip(ODD_NAMES) {
        let object = bucket
            .open(name)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(read(&object, 0, 100).await.0 == film(i, 100), "{name}");
    }
}

#[tokio::test]
async fn odd_names_are_names_on_s3s() {
    let (_server, _proxy, bucket) = scene(ObjectOptions::default()).await;
    odd_names_are_names(&bucket).await;
}

#[tokio::test]
async fn odd_names_are_names_on_moto() {
    let Some(server) = moto() else { return };
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    odd_names_are_names(&bucket).await;
}

#[tokio::test]
async fn nothing_that_is_printed_holds_credentials() {
    let (server, proxy, bucket) = scene(ObjectOptions::default()).await;
    bucket.put("film.mp4", film(1, 10)).await;
    let object = bucket.open("film.mp4").await.unwrap();
    let mut printed = format!("{:?} {object:?}", bucket.source);
    proxy.on_get([Fault::Status(403)]);
    let (_, error) = read(&object, 0, 10).await;
    let error = error.expect("an error");
    printed += &format!("{error:?} {}", flaskflix_core::ErrorChain(&error));
    // A server that knows no such key: what it writes names the key.
    drop(server);
    let error = connect(
        proxy.endpoint(),
        &bucket.name,
        ObjectOptions::default().patience(Duration::ZERO),
    );
    printed += &format!("{error:?}");
    for secret in [KEY_ID, SECRET, "Signature", "Credential"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
