//! Nothing outside the root is reached, nothing but regular files is served, and nothing hangs.

use std::{
    fs, io,
    os::unix::{fs::symlink, net::UnixListener},
    time::Duration,
};

use flaskflix_core::{id::AssetKey, source::SourceError};
use flaskflix_storage::fs::LocalFiles;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio::time::timeout;

use super::Folder;

/// Opens the name, with a deadline: a FIFO or a device must not make the caller wait.
async fn is_not_found(folder: &Folder, name: &str) {
    let opened = timeout(Duration::from_secs(10), folder.open(name))
        .await
        .expect("open does not hang");
    assert!(matches!(opened, Err(SourceError::NotFound)), "{name}: {opened:?}");
}

#[test]
fn names_that_lead_out_are_no_keys() {
    let long = "x".repeat(4_096);
    for name in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "a\0",
        "a//b",
        ".",
        "..",
        "",
        &long,
    ] {
        assert!(AssetKey::parse(name).is_err(), "{name:?}");
    }
}

#[tokio::test]
async fn component_longer_than_the_file_system_allows_is_not_found() {
    is_not_found(&Folder::new(), &"x".repeat(1_024)).await;
}

#[tokio::test]
async fn link_that_leaves_the_root_is_not_found() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), b"secret").unwrap();
    let folder = Folder::new();
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    fs::create_dir(folder.path("sub")).unwrap();

    #[rustfmt::skip]
    let links = [
        ("absolute_file",   outside.path().join("secret")),
        ("absolute_folder", outside.path().to_owned()),
        ("relative_file",   format!("../{name}/secret").into()),
        ("relative_folder", format!("../{name}").into()),
        ("sub/dots_inside", format!("../../{name}/secret").into()),
        ("out_and_in",      format!("../{}/inside", folder.dir.path().file_name().unwrap().display()).into()),
        ("magic",           "/proc/self/exe".into()),
    ];
    folder.write("inside", b"inside");
    for (link, target) in &links {
        symlink(target, folder.path(link)).unwrap();
        assert!(
            fs::metadata(folder.path(link)).is_ok(),
            "{link} leads somewhere, or the test proves nothing"
        );
    }
    for (link, _) in &links {
        is_not_found(&folder, link).await;
    }
    is_not_found(&folder, "absolute_folder/secret").await;
    is_not_found(&folder, "relative_folder/secret").await;
}

#[tokio::test]
async fn link_that_stays_beneath_the_root_is_followed() {
    let folder = Folder::new();
    folder.write("films/film.mp4", b"film");
    symlink("films/film.mp4", folder.path("link.mp4")).unwrap();
    symlink("films", folder.path("other")).unwrap();
    fs::create_dir(folder.path("sub")).unwrap();
    symlink("../films/film.mp4", folder.path("sub/up.mp4")).unwrap();
    for name in ["link.mp4", "other/film.mp4", "sub/up.mp4"] {
        assert_eq!(folder.read(name).await.unwrap(), b"film", "{name}");
    }
}

#[tokio::test]
async fn circle_of_links_is_not_found() {
    let folder = Folder::new();
    symlink("b", folder.path("a")).unwrap();
    symlink("a", folder.path("b")).unwrap();
    is_not_found(&folder, "a").await;
}

#[tokio::test]
async fn only_regular_files_are_served() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    mknodat(CWD, folder.path("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _listener = UnixListener::bind(folder.path("socket")).unwrap();
    for name in ["folder", "fifo", "socket"] {
        is_not_found(&folder, name).await;
    }
}

#[tokio::test]
async fn device_is_not_found() {
    let devices = LocalFiles::open("/dev").unwrap();
    let folder = Folder {
        dir: tempfile::tempdir().unwrap(),
        files: devices,
    };
    for name in ["null", "zero", "tty"] {
        is_not_found(&folder, name).await;
    }
}

#[tokio::test]
async fn renamed_root_is_served_on() {
    let parent = tempfile::tempdir().unwrap();
    let (before, after) = (parent.path().join("before"), parent.path().join("after"));
    fs::create_dir(&before).unwrap();
    fs::write(before.join("film"), b"film").unwrap();
    let files = LocalFiles::open(&before).unwrap();
    fs::rename(&before, &after).unwrap();
    let folder = Folder { dir: parent, files };
    assert_eq!(folder.read("film").await.unwrap(), b"film");
}

#[test]
fn root_must_be_a_folder() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(
        LocalFiles::open(file.path()).unwrap_err().kind(),
        io::ErrorKind::NotADirectory
    );
    assert_eq!(
        LocalFiles::open("/no/such/folder").unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}
