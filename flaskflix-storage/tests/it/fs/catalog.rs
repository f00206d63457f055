//! The catalogue over a folder.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

use flaskflix_core::{
    catalog::{Catalog, Delivery, Title},
    id::{AssetKey, TitleId},
    testing,
};
use flaskflix_storage::fs::FolderCatalog;

use super::Folder;

fn packaged(id: &str, name: &str, assets: &[&str]) -> Title {
    let assets = assets.iter().map(|asset| AssetKey::parse(asset).unwrap());
    title(id, name, Delivery::packaged(assets))
}

fn file(id: &str, name: &str) -> Title {
    title(
        id,
        name,
        Delivery::File {
            asset: AssetKey::parse(id).unwrap(),
        },
    )
}

fn finished(id: &str, playlist: &str) -> Title {
    let playlist = AssetKey::parse(playlist).unwrap();
    title(id, id, Delivery::Hls { playlist })
}

fn title(id: &str, name: &str, delivery: Delivery) -> Title {
    Title::new(TitleId::parse(id).unwrap(), name, delivery)
}

async fn find(catalog: &FolderCatalog, id: &str) -> Option<Title> {
    let found = catalog.title(&TitleId::parse(id).unwrap()).await.unwrap();
    found.map(|title| (*title).clone())
}

#[tokio::test]
async fn folder_is_a_catalogue() {
    let folder = Folder::new();
    for name in [
        "The_Third.Man.mp4",
        "UPPER.MP4",
        "voice.m4a",
        "notes.pdf",
        "no_extension",
        ".hidden.mp4",
        "demo/1080p.mp4",
        "demo/360p.mp4",
        "demo/.part.mp4",
        "demo/readme.txt",
        "demo/deeper/x.mp4",
        "demo/master.m3u8",
        "finished/master.m3u8",
        "finished/v1/1.m4s",
        "unfinished/master.m3u8/x",
        "texts/readme.txt",
        ".hidden/x.mp4",
        "empty.mp4/readme.txt",
    ] {
        folder.write(name, name);
    }
    symlink("The_Third.Man.mp4", folder.path("link.mov")).unwrap();
    symlink("demo", folder.path("linked")).unwrap();
    symlink("../demo/360p.mp4", folder.path("texts/readme.mp4")).unwrap();
    symlink("/etc/passwd", folder.path("out.mp4")).unwrap();
    symlink("missing", folder.path("dangling.mp4")).unwrap();
    fs::write(folder.dir.path().join(OsStr::from_bytes(b"\xff.mp4")), b"").unwrap();

    let mut known = vec![
        packaged("The_Third.Man.mp4", "The Third Man", &["The_Third.Man.mp4"]),
        packaged("UPPER.MP4", "UPPER", &["UPPER.MP4"]),
        packaged("demo", "demo", &["demo/1080p.mp4", "demo/360p.mp4"]),
        packaged("link.mov", "link", &["link.mov"]),
        packaged("linked", "linked", &["linked/1080p.mp4", "linked/360p.mp4"]),
        finished("finished", "finished/master.m3u8"),
        file("no_extension", "no extension"),
        file("notes.pdf", "notes"),
        packaged("texts", "texts", &["texts/readme.mp4"]),
        packaged("voice.m4a", "voice", &["voice.m4a"]),
    ];
    known.sort_by(|a, b| a.id.cmp(&b.id));
    let catalog = FolderCatalog::new(&folder.files);
    testing::catalog::conformance(&catalog, &known).await;
    assert_eq!(catalog.titles().await.unwrap(), known);
    for id in [
        "empty.mp4",
        ".hidden",
        ".hidden.mp4",
        "out.mp4",
        "dangling.mp4",
        "missing",
        "unfinished",
    ] {
        assert_eq!(find(&catalog, id).await, None, "{id}");
    }
}

#[tokio::test]
async fn changes_show_at_the_next_question() {
    let folder = Folder::new();
    let catalog = FolderCatalog::new(&folder.files);
    // As fast as it can be done: several changes within one tick of the kernel's clock.
    for round in 0..50 {
        let one = format!("film{round}/a.mp4");
        let two = format!("film{round}/b.mp4");
        let id = format!("film{round}");
        folder.write(&one, b"");
        assert_eq!(find(&catalog, &id).await, Some(packaged(&id, &id, &[&one])));
        folder.write(&two, b"");
        assert_eq!(find(&catalog, &id).await, Some(packaged(&id, &id, &[&one, &two])));
        fs::remove_file(folder.path(&one)).unwrap();
        assert_eq!(find(&catalog, &id).await, Some(packaged(&id, &id, &[&two])));
        fs::remove_dir_all(folder.path(&id)).unwrap();
        assert_eq!(find(&catalog, &id).await, None);
    }
    assert_eq!(catalog.titles().await.unwrap(), []);
}

#[tokio::test]
async fn list_past_its_limit_is_an_error_that_names_it() {
    let folder = Folder::new();
    for i in 0..4 {
        folder.write(&format!("{i}.mp4"), b"");
    }
    let catalog = FolderCatalog::new(&folder.files);
    assert_eq!(catalog.clone().max_titles(4).titles().await.unwrap().len(), 4);
    let error = catalog.clone().max_titles(3).titles().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("more than 3 titles"), "{cause}");
    assert!(
        find(&catalog.max_titles(3), "3.mp4").await.is_some(),
        "titles past the limit are still found"
    );
}

#[tokio::test]
async fn folder_with_too_many_files_is_an_error_and_hides_no_other_title() {
    let folder = Folder::new();
    folder.write("film.mp4", b"");
    for i in 0..65 {
        folder.write(&format!("season/{i}.mp4"), b"");
    }
    let catalog = FolderCatalog::new(&folder.files);
    let error = catalog
        .title(&TitleId::parse("season").unwrap())
        .await
        .unwrap_err();
    assert!(format!("{error:?}").contains("TooManyRenditions"), "{error:?}");
    assert_eq!(
        catalog.titles().await.unwrap(),
        [packaged("film.mp4", "film", &["film.mp4"])]
    );
}
