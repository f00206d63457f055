//! Nothing outside the root is reached, nothing but regular files is served, and nothing hangs.

use std::{
    fs, io,
    os::unix::{fs::symlink, net::UnixListener},
    sync::mpsc,
    thread,
    time::Duration,
};

use flaskflix_core::{
    id::AssetKey,
    source::{ByteSource, SourceError},
};
use flaskflix_storage::fs::LocalFiles;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio::runtime::Builder;

use super::Folder;

/// Opens the name on a thread of its own, with a deadline: an open that waits for a FIFO's writer blocks its
/// thread, and no timer of the same runtime would fire.
fn is_not_found(folder: &Folder, name: &str) {
    let (files, key) = (folder.files.clone(), AssetKey::parse(name).unwrap());
    let (answer, answered) = mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().build().unwrap();
        answer.send(runtime.block_on(files.open(&key))).unwrap();
    });
    let opened = answered
        .recv_timeout(Duration::from_secs(10))
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

#[test]
fn component_longer_than_the_file_system_allows_is_not_found() {
    is_not_found(&Folder::new(), &"x".repeat(1_024));
}

#[test]
fn link_that_leaves_the_root_is_not_found() {
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
        is_not_found(&folder, link);
    }
    is_not_found(&folder, "absolute_folder/secret");
    is_not_found(&folder, "relative_folder/secret");
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

#[test]
fn circle_of_links_is_not_found() {
    let folder = Folder::new();
    symlink("b", folder.path("a")).unwrap();
    symlink("a", folder.path("b")).unwrap();
    is_not_found(&folder, "a");
}

#[test]
fn only_regular_files_are_served() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    mknodat(CWD, folder.path("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _listener = UnixListener::bind(folder.path("socket")).unwrap();
    for name in ["folder", "fifo", "socket"] {
        is_not_found(&folder, name);
    }
}

#[test]
fn device_is_not_found() {
    let devices = LocalFiles::open("/dev").unwrap();
    let folder = Folder {
        dir: tempfile::tempdir().unwrap(),
        files: devices,
    };
    for name in ["null", "zero", "tty"] {
        is_not_found(&folder, name);
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
