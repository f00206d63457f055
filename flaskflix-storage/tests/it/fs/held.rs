//! Files that stay open for a moment: never anything but what the name leads to now.

use std::{
    fs::{self, File, Permissions},
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
};

use flaskflix_core::source::{SourceError, SourceObject};

use super::Folder;

fn is_one(a: &Arc<dyn SourceObject>, b: &Arc<dyn SourceObject>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

#[tokio::test]
async fn who_asks_again_gets_the_open_file() {
    let folder = Folder::new();
    folder.write("film.mp4", "film");
    folder.write("sub/film.mp4", "film");
    symlink("film.mp4", folder.path("link.mp4")).unwrap();
    for (name, is_held) in [("film.mp4", true), ("sub/film.mp4", true), ("link.mp4", false)] {
        // The first one may have to wait for the kernel to know the name.
        folder.open(name).await.unwrap();
        let (first, again) = (folder.open(name).await.unwrap(), folder.open(name).await.unwrap());
        assert_eq!(is_one(&first, &again), is_held, "{name}");
        assert_eq!(folder.read(name).await.unwrap(), b"film");
    }
}

/// Opens a file until it is held, changes something, and tells what the name gives then.
async fn after(change: impl FnOnce(&Path, &Path)) -> Result<Vec<u8>, SourceError> {
    let (folder, elsewhere) = (Folder::new(), tempfile::tempdir().unwrap());
    folder.write("sub/film.mp4", "old");
    fs::create_dir(elsewhere.path().join("sub")).unwrap();
    fs::write(elsewhere.path().join("sub/film.mp4"), "not ours").unwrap();
    for _ in 0..3 {
        assert_eq!(folder.read("sub/film.mp4").await.unwrap(), b"old");
    }
    change(folder.dir.path(), elsewhere.path());
    folder.read("sub/film.mp4").await
}

#[tokio::test]
async fn whatever_becomes_of_the_name_is_seen_at_once() {
    let film = |root: &Path| root.join("sub/film.mp4");
    let overwritten = after(|root, _| {
        File::options()
            .write(true)
            .open(film(root))
            .unwrap()
            .write_all(b"new")
            .unwrap();
    });
    assert_eq!(overwritten.await.unwrap(), b"new");
    let replaced = after(|root, _| {
        fs::write(root.join("sub/new"), "new").unwrap();
        fs::rename(root.join("sub/new"), film(root)).unwrap();
    });
    assert_eq!(replaced.await.unwrap(), b"new");
    let moved = after(|root, _| {
        fs::rename(root.join("sub"), root.join("old")).unwrap();
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(film(root), "new").unwrap();
    });
    assert_eq!(moved.await.unwrap(), b"new");
    let linked = after(|root, _| {
        fs::write(root.join("new"), "new").unwrap();
        fs::remove_file(film(root)).unwrap();
        symlink("../new", film(root)).unwrap();
    });
    assert_eq!(linked.await.unwrap(), b"new");
    let emptied = after(|root, _| File::create(film(root)).map(drop).unwrap());
    assert_eq!(emptied.await.unwrap(), b"");
}

#[tokio::test]
async fn what_the_name_no_longer_leads_to_is_not_found() {
    let film = |root: &Path| root.join("sub/film.mp4");
    let deleted = after(|root, _| fs::remove_file(film(root)).unwrap());
    let led_out = after(|root, elsewhere| {
        fs::remove_dir_all(root.join("sub")).unwrap();
        symlink(elsewhere.join("sub"), root.join("sub")).unwrap();
    });
    let a_folder = after(|root, _| {
        fs::remove_file(film(root)).unwrap();
        fs::create_dir(film(root)).unwrap();
    });
    for gone in [deleted.await, led_out.await, a_folder.await] {
        assert!(matches!(gone, Err(SourceError::NotFound)), "{gone:?}");
    }
    // Nobody is kept out who is root.
    let forbidden =
        after(|root, _| fs::set_permissions(film(root), Permissions::from_mode(0o0)).unwrap()).await;
    let is_root = rustix::process::geteuid().is_root();
    assert!(
        is_root || matches!(forbidden, Err(SourceError::NotFound)),
        "{forbidden:?}"
    );
}
