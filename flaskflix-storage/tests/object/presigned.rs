//! Presigned addresses open what they name, and nothing else.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::UrlSigner,
    catalog::ExternalUrl,
    testing::clock::ManualClock,
    time::{Clock as _, SystemClock, UnixTime},
};
use flaskflix_storage::object::{ObjectOptions, PresignedUrls};

use super::{
    SECRET,
    bucket::{Bucket, film, path},
    http,
    moto::moto,
    s3s_server::S3sServer,
};

/// The address that a movie's row would hold.
fn address(endpoint: &str, bucket: &Bucket, key: &str) -> ExternalUrl {
    let key = path(key).to_string().replace('%', "%25").replace(' ', "%20");
    ExternalUrl::parse(&format!("{endpoint}/{}/{key}", bucket.name)).unwrap()
}

fn signer(bucket: &Bucket, endpoint: &str) -> PresignedUrls {
    let base = ExternalUrl::parse(&format!("{endpoint}/{}/", bucket.name)).unwrap();
    bucket.source.presigned_urls(base).unwrap()
}

fn in_an_hour() -> UnixTime {
    SystemClock.now().saturating_add(Duration::from_secs(3600))
}

async fn opens_one_object(endpoint: &str) {
    let bucket = Bucket::new(endpoint, endpoint, ObjectOptions::default()).await;
    bucket.put("a film.mp4", film(1, 1000)).await;
    let signer = signer(&bucket, endpoint);
    let plain = address(endpoint, &bucket, "a film.mp4");
    let signed = signer.sign(&plain, None, in_an_hour()).await.unwrap();
    assert!(signed.as_str().starts_with(plain.as_str()), "{}", signed.as_str());
    assert!(!signed.as_str().contains(SECRET));
    let (status, body) = http::request("GET", signed.as_str()).await;
    assert_eq!((status, body == film(1, 1000)), (200, true));
}

#[tokio::test]
async fn presigned_address_opens_the_object_on_both_servers() {
    let s3s = S3sServer::start().await;
    opens_one_object(s3s.endpoint()).await;
    if let Some(moto) = moto() {
        opens_one_object(moto.endpoint()).await;
    }
}

#[tokio::test]
async fn only_the_object_that_was_signed_opens() {
    let server = S3sServer::start().await;
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    for name in ["a.mp4", "b.mp4"] {
        bucket.put(name, film(1, 10)).await;
    }
    let signer = signer(&bucket, server.endpoint());
    let plain = address(server.endpoint(), &bucket, "a.mp4");
    let signed = signer.sign(&plain, None, in_an_hour()).await.unwrap();
    assert_eq!(
        http::request("GET", plain.as_str()).await.0,
        403,
        "not without the signature"
    );
    let other = signed.as_str().replace("a.mp4", "b.mp4");
    assert_eq!(
        http::request("GET", &other).await.0,
        403,
        "nor another object with it"
    );
    assert_eq!(
        http::request("DELETE", signed.as_str()).await.0,
        403,
        "nor to do anything else"
    );
}

#[tokio::test]
async fn addresses_elsewhere_are_handed_on() {
    let server = S3sServer::start().await;
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    let signer = signer(&bucket, server.endpoint());
    let near = format!("{}/{}-of-others/a.mp4", server.endpoint(), bucket.name);
    for url in ["https://cdn.example/films/a.mp4", &near] {
        let url = ExternalUrl::parse(url).unwrap();
        assert_eq!(signer.sign(&url, None, in_an_hour()).await.unwrap(), url);
    }
}

#[tokio::test]
async fn lifetimes_have_bounds() {
    let server = S3sServer::start().await;
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    let now = UnixTime::from_secs(1_800_000_000);
    let signer = signer(&bucket, server.endpoint())
        .longest(Duration::from_secs(7200))
        .clock(Arc::new(ManualClock::at(now)));
    let plain = address(server.endpoint(), &bucket, "a.mp4");
    for (secs, want) in [
        (0, "X-Amz-Expires=60&"),
        (3600, "X-Amz-Expires=3601&"),
        (7200, "X-Amz-Expires=7201&"),
    ] {
        let expires = now.saturating_add(Duration::from_secs(secs));
        let signed = signer.sign(&plain, None, expires).await.unwrap();
        assert!(signed.as_str().contains(want), "{secs}: {}", signed.as_str());
    }
    let expires = now.saturating_add(Duration::from_secs(7300));
    assert!(
        signer.sign(&plain, None, expires).await.is_err(),
        "refused, not cut"
    );
    let query = ExternalUrl::parse(&format!("{}?x=1", plain.as_str())).unwrap();
    assert!(
        signer.sign(&query, None, now).await.is_err(),
        "a query would not be signed"
    );
}
