//! Folders are listed for people who choose a file, and nothing outside the root is.

use std::os::unix::fs::symlink;

use flaskflix_core::{id::AssetKey, source::SourceError};

use super::Folder;

async fn list(folder: &Folder, key: &str, limit: usize) -> Result<Vec<String>, SourceError> {
    let key = (!key.is_empty()).then(|| AssetKey::parse(key).unwrap());
    let listing = folder.files.list(key.as_ref(), limit).await?;
    Ok(listing
        .entries
        .into_iter()
        .map(|entry| format!("{}{}", entry.key, if entry.is_folder { "/" } else { "" }))
        .collect())
}

#[tokio::test]
async fn folders_come_before_files_and_hidden_names_not_at_all() {
    let folder = Folder::new();
    for name in [
        "b.mp4",
        "A.mp4",
        "z/x.mp4",
        "y/.hidden",
        ".part",
        "back\\slash.mp4",
    ] {
        folder.write(name, b"x");
    }
    assert_eq!(
        list(&folder, "", 10).await.unwrap(),
        ["y/", "z/", "A.mp4", "b.mp4"]
    );
    assert_eq!(list(&folder, "z", 10).await.unwrap(), ["z/x.mp4"]);
    assert!(list(&folder, "y", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn links_that_leave_the_root_are_neither_listed_nor_followed() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.write("secret.mp4", b"x");
    folder.write("inside/film.mp4", b"x");
    symlink(outside.path(""), folder.path("out")).unwrap();
    symlink("/etc/passwd", folder.path("passwd.mp4")).unwrap();
    symlink("inside", folder.path("in")).unwrap();
    assert_eq!(list(&folder, "", 10).await.unwrap(), ["in/", "inside/"]);
    assert_eq!(list(&folder, "in", 10).await.unwrap(), ["in/film.mp4"]);
    assert!(matches!(
        list(&folder, "out", 10).await,
        Err(SourceError::NotFound)
    ));
}

#[tokio::test]
async fn files_and_missing_names_are_no_folders() {
    let folder = Folder::new();
    folder.write("film.mp4", b"x");
    for name in ["film.mp4", "film.mp4/x", "missing"] {
        assert!(
            matches!(list(&folder, name, 10).await, Err(SourceError::NotFound)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_folder_with_more_than_the_limit_says_so() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.write(name, b"x");
    }
    let listing = folder.files.list(None, 2).await.unwrap();
    assert_eq!((listing.entries.len(), listing.truncated), (2, true));
    assert!(!folder.files.list(None, 3).await.unwrap().truncated);
}
