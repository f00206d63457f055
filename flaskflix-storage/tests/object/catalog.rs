//! A bucket is a catalogue by the rules of folders.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::{Catalog, Delivery, Title},
    id::TitleId,
    testing,
};
use flaskflix_storage::{
    fs::{FolderCatalog, LocalFiles},
    object::{ObjectCatalog, ObjectOptions, ObjectStoreSource, StoreAddress},
};
use futures_util::future::join_all;
use object_store::{ObjectStore, ObjectStoreExt as _, memory::InMemory, path::Path};

use super::{
    bucket::{Bucket, film},
    moto::moto,
    proxy::{Fault, Proxy},
    s3s_server::S3sServer,
};

const NAMES: [&str; 18] = [
    "The_Third.Man.mp4",
    "The_Third.Man.en.srt",
    "The_Third.Man.de.forced.vtt",
    "UPPER.MP4",
    "voice.m4a",
    "notes.pdf",
    "no_extension",
    ".hidden.mp4",
    "a b+c%20.mp4",
    "demo/1080p.mp4",
    "demo/360p.mp4",
    "demo/en.vtt",
    "demo/.part.mp4",
    "demo/readme.txt",
    "demo/deeper/x.mp4",
    "finished/master.m3u8",
    "finished/v1/1.m4s",
    "texts/readme.txt",
];

/// The titles that a folder with the same names has.
async fn titles_of_a_folder() -> Vec<Title> {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    let files = LocalFiles::open(folder.path()).unwrap();
    FolderCatalog::new(&files).titles().await.unwrap()
}

async fn is_as_a_folder(catalog: &ObjectCatalog) {
    let known = titles_of_a_folder().await;
    assert_eq!(known.len(), 8);
    testing::catalog::conformance(catalog, &known).await;
    assert_eq!(catalog.titles().await.unwrap(), known);
    for id in [
        ".hidden.mp4",
        "texts",
        "missing",
        "demo/1080p.mp4",
        "..",
        "The_Third.Man.en.srt",
    ] {
        let Ok(id) = TitleId::parse(id) else { continue };
        assert_eq!(catalog.title(&id).await.unwrap(), None, "{id}");
    }
}

async fn in_memory(names: &[&str]) -> (Arc<InMemory>, ObjectStoreSource) {
    let store = Arc::new(InMemory::new());
    for name in names {
        let path = Path::parse(format!("films/{name}")).unwrap();
        store.put(&path, name.to_string().into()).await.unwrap();
    }
    let dynamic = Arc::clone(&store) as Arc<dyn ObjectStore>;
    let source = ObjectStoreSource::new(dynamic, "films", ObjectOptions::default());
    (store, source.unwrap())
}

#[tokio::test]
async fn memory_is_a_catalogue_as_a_folder_is() {
    let (_, source) = in_memory(&NAMES).await;
    is_as_a_folder(&ObjectCatalog::new(&source)).await;
}

#[tokio::test]
async fn buckets_are_catalogues_as_folders_are() {
    let s3s = S3sServer::start().await;
    let endpoints = [Some(s3s.endpoint()), moto().map(|moto| moto.endpoint())];
    for endpoint in endpoints.into_iter().flatten() {
        let bucket = Bucket::new(endpoint, endpoint, ObjectOptions::default()).await;
        for name in NAMES {
            bucket.put(name, film(1, 10)).await;
        }
        is_as_a_folder(&ObjectCatalog::new(&bucket.source)).await;
    }
}

#[tokio::test]
async fn lists_are_shared_and_kept_for_their_time() {
    let (store, source) = in_memory(&["a.mp4"]).await;
    let (kept, fresh) = (
        ObjectCatalog::new(&source).list_cache(Duration::from_secs(600)),
        ObjectCatalog::new(&source).list_cache(Duration::ZERO),
    );
    assert_eq!(kept.titles().await.unwrap().len(), 1);
    assert_eq!(fresh.titles().await.unwrap().len(), 1);
    store.put(&Path::from("films/b.mp4"), "b".into()).await.unwrap();
    assert_eq!(kept.titles().await.unwrap().len(), 1);
    assert_eq!(fresh.titles().await.unwrap().len(), 2);
}

#[tokio::test]
async fn more_titles_than_the_limit_is_an_error_and_each_is_still_found() {
    let (_, source) = in_memory(&["a.mp4", "b.mp4", "c.mp4"]).await;
    let catalog = ObjectCatalog::new(&source).max_titles(2);
    let error = catalog.titles().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("more than 2 titles"), "{cause}");
    let title = catalog.title(&TitleId::parse("c.mp4").unwrap()).await.unwrap();
    assert!(title.is_some());
}

#[tokio::test]
async fn a_folder_with_too_many_files_hides_no_other_title() {
    let season: Vec<_> = (0..65).map(|i| format!("season/{i}.mp4")).collect();
    let names: Vec<_> = season.iter().map(String::as_str).chain(["a.mp4"]).collect();
    let (_, source) = in_memory(&names).await;
    let catalog = ObjectCatalog::new(&source);
    assert!(catalog.title(&TitleId::parse("season").unwrap()).await.is_err());
    assert_eq!(catalog.titles().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_web_server_that_cannot_list_serves_by_name() {
    let server = S3sServer::start().await;
    let proxy = Proxy::before(server.endpoint()).await;
    let address = StoreAddress::parse(&format!("{}/public", proxy.endpoint())).unwrap();
    let source = address.connect(ObjectOptions::default()).unwrap();
    let catalog = ObjectCatalog::new(&source).list_cache(Duration::ZERO);
    // It says 501 to a list; there is no film; there is one.
    proxy.on_list(std::iter::repeat_with(|| Fault::Status(501)).take(3));
    assert_eq!(catalog.titles().await.unwrap(), []);
    let id = TitleId::parse("a.mp4").unwrap();
    proxy.on_head([Fault::Status(404), Fault::Object(1000)]);
    assert_eq!(catalog.title(&id).await.unwrap(), None);
    let title = catalog.title(&id).await.unwrap().unwrap();
    assert!(matches!(title.delivery, Delivery::Packaged { .. }), "{title:?}");
}

#[tokio::test]
async fn a_list_that_fails_is_an_error_for_all_who_wait_and_is_asked_again() {
    let server = S3sServer::start().await;
    let proxy = Proxy::before(server.endpoint()).await;
    let options = ObjectOptions::default().patience(Duration::from_millis(300));
    let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), options).await;
    bucket.put("a.mp4", film(1, 10)).await;
    let catalog = ObjectCatalog::new(&bucket.source);
    proxy.on_list([Fault::RetryAfter("60")]);
    let asked = join_all((0..5).map(|_| catalog.titles())).await;
    assert!(asked.iter().all(Result::is_err), "{asked:?}");
    assert_eq!(catalog.titles().await.unwrap().len(), 1);
}
