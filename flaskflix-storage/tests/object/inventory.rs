//! Everything that lies beneath a prefix.

use std::time::Duration;

use flaskflix_core::{ErrorChain, source::SourceError};
use flaskflix_storage::object::ObjectOptions;
use futures_util::{StreamExt as _, stream};

use super::{
    bucket::{Bucket, connect, film},
    moto::moto,
    proxy::{Fault, Proxy},
    s3s_server::S3sServer,
};

/// What is listed, as names and lengths.
async fn listed(bucket: &Bucket) -> Vec<(String, u64)> {
    let objects = bucket.source.objects().await.unwrap();
    let named = objects
        .into_iter()
        .map(|object| (object.key.to_string(), object.len));
    named.collect()
}

#[tokio::test]
async fn every_object_is_listed_with_its_length_by_both_servers() {
    let s3s = S3sServer::start().await;
    let endpoints = [Some(s3s.endpoint()), moto().map(|moto| moto.endpoint())];
    for endpoint in endpoints.into_iter().flatten() {
        let bucket = Bucket::new(endpoint, endpoint, ObjectOptions::default()).await;
        assert_eq!(listed(&bucket).await, []);
        let names = ["a b+c%20.mp4", "demo/360p.mp4", "demo/deeper/x.mp4", "empty.txt"];
        for (len, name) in names.iter().enumerate() {
            bucket.put(name, film(1, 3 - len)).await;
        }
        let wanted = names.iter().zip([3, 2, 1, 0]);
        let wanted: Vec<_> = wanted.map(|(name, len)| ((*name).to_owned(), len)).collect();
        assert_eq!(listed(&bucket).await, wanted);
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_goes_on_behind_the_last_name() {
    let server = S3sServer::start().await;
    let proxy = Proxy::before(server.endpoint()).await;
    let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), ObjectOptions::default()).await;
    // More than one answer holds.
    let names: Vec<_> = (0..1100).map(|number| format!("{number:04}.mp4")).collect();
    let puts = names.iter().map(|name| bucket.put(name, film(1, 1)));
    stream::iter(puts).buffer_unordered(16).collect::<()>().await;
    let pass = || Fault::Slow(usize::MAX, Duration::ZERO);
    for faults in [vec![], vec![pass(), Fault::Status(500)], vec![Fault::Status(503)]] {
        proxy.on_list(faults);
        let found: Vec<_> = listed(&bucket).await.into_iter().map(|(name, _)| name).collect();
        assert!(found == names, "{} names, each once", found.len());
    }
}

#[tokio::test]
async fn folders_of_consoles_are_no_objects_and_odd_names_are_told() {
    let Some(server) = moto() else { return };
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    bucket.put("demo/360p.mp4", film(1, 5)).await;
    let empty = tempfile::NamedTempFile::new().unwrap();
    let put = |key: &str| {
        let key = format!("some prefix/100%/{key}");
        server.put(&bucket.name, &key, empty.path()).unwrap();
    };
    for folder in ["", "demo/", "lone/"] {
        put(folder);
    }
    assert_eq!(listed(&bucket).await, [("demo/360p.mp4".to_owned(), 5)]);
    put("demo//360p.mp4");
    let error = bucket.source.objects().await.unwrap_err();
    let said = ErrorChain(&error).to_string();
    assert!(
        matches!(error, SourceError::Io(_)) && said.contains("empty part"),
        "{said}"
    );
}

#[tokio::test]
async fn what_cannot_be_listed_is_an_error_and_not_nothing() {
    let server = S3sServer::start().await;
    let proxy = Proxy::before(server.endpoint()).await;
    let options = ObjectOptions::default().patience(Duration::from_millis(300));
    let missing = connect(server.endpoint(), "no-such-bucket", options);
    assert!(missing.objects().await.is_err());
    let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), options).await;
    proxy.on_list([Fault::Hang]);
    assert!(bucket.source.objects().await.is_err());
}
