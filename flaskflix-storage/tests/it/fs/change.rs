//! A file that changes while it is read: bytes of two versions never mix.

use std::{
    fs::{self, File, FileTimes, OpenOptions, Permissions},
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flaskflix_core::source::{ByteStream, SourceError};
use futures_util::StreamExt;

use super::{Folder, drain, pattern, range};

const LEN: usize = 1 << 20;

/// The whole file as a stream of which one chunk was read, and that chunk.
async fn begun(folder: &Folder, name: &str) -> (Vec<u8>, ByteStream) {
    let object = folder.open(name).await.unwrap();
    let whole = range(0, object.info().len);
    let mut stream = object.read(vec![whole]);
    let first = stream.next().await.unwrap().unwrap();
    (first.to_vec(), stream)
}

/// What `change` does to a file while it is read: the bytes that came, and the error if one did.
async fn read_through(change: impl FnOnce(&Path)) -> (Vec<u8>, Option<SourceError>) {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    let (mut bytes, mut stream) = begun(&folder, "film").await;
    change(&path);
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes, Some(error)),
        }
    }
    (bytes, None)
}

#[track_caller]
fn is_cut_short((bytes, error): (Vec<u8>, Option<SourceError>)) {
    assert!(matches!(error, Some(SourceError::Changed)), "{error:?}");
    assert!(bytes.len() < LEN && pattern(1, LEN).starts_with(&bytes));
}

#[track_caller]
fn is_complete((bytes, error): (Vec<u8>, Option<SourceError>)) {
    assert!(error.is_none(), "{error:?}");
    assert!(bytes == pattern(1, LEN));
}

fn writer(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[tokio::test]
async fn truncated_file_ends_the_read() {
    is_cut_short(read_through(|path| writer(path).set_len(LEN as u64 / 2).unwrap()).await);
    is_cut_short(read_through(|path| writer(path).set_len(0).unwrap()).await);
}

#[tokio::test]
async fn truncated_and_regrown_file_ends_the_read() {
    let regrow = |path: &Path| {
        writer(path).set_len(0).unwrap();
        writer(path).set_len(LEN as u64).unwrap();
    };
    is_cut_short(read_through(regrow).await);
}

#[tokio::test]
async fn grown_file_ends_the_read() {
    is_cut_short(read_through(|path| writer(path).write_all_at(b"more", LEN as u64).unwrap()).await);
}

#[tokio::test]
async fn one_overwritten_byte_ends_the_read() {
    is_cut_short(read_through(|path| writer(path).write_all_at(b"x", LEN as u64 - 1).unwrap()).await);
}

#[tokio::test]
async fn overwritten_file_with_its_old_mtime_put_back_ends_the_read() {
    let forge = |path: &Path| {
        let before = fs::metadata(path).unwrap().modified().unwrap();
        let file = writer(path);
        file.write_all_at(&pattern(2, LEN), 0).unwrap();
        file.set_times(FileTimes::new().set_modified(before)).unwrap();
        assert_eq!(file.metadata().unwrap().modified().unwrap(), before);
    };
    is_cut_short(read_through(forge).await);
}

#[tokio::test]
async fn deleted_file_is_read_to_its_end() {
    is_complete(read_through(|path| fs::remove_file(path).unwrap()).await);
}

#[tokio::test]
async fn file_replaced_by_rename_is_read_to_its_end() {
    let replace = |path: &Path| {
        let beside = path.with_extension("new");
        fs::write(&beside, pattern(2, LEN)).unwrap();
        fs::rename(beside, path).unwrap();
    };
    is_complete(read_through(replace).await);
}

#[tokio::test]
async fn hard_linked_file_is_read_to_its_end() {
    is_complete(read_through(|path| fs::hard_link(path, path.with_extension("backup")).unwrap()).await);
}

#[tokio::test]
async fn file_changed_between_open_and_read_is_not_read() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    let object = folder.open("film").await.unwrap();
    fs::write(path, pattern(2, LEN)).unwrap();
    let (bytes, error) = drain(object, vec![range(0, LEN as u64)]).await;
    assert!(matches!(error, Some(SourceError::Changed)), "{error:?}");
    assert!(bytes.is_empty());
}

#[tokio::test]
async fn every_change_that_may_touch_bytes_changes_the_tag() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, 100));
    let mut tags = Vec::new();
    let mut note = async || tags.push(folder.open("film").await.unwrap().info().etag.opaque().to_owned());
    note().await;
    fs::write(&path, pattern(2, 100)).unwrap();
    note().await;
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    writer(&path).write_all_at(b"x", 50).unwrap();
    writer(&path)
        .set_times(FileTimes::new().set_modified(before))
        .unwrap();
    note().await;
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    note().await;
    let beside = folder.write("beside", pattern(2, 100));
    fs::rename(beside, &path).unwrap();
    note().await;
    let all = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), all);
}

#[tokio::test]
async fn untouched_file_keeps_its_tag_over_reads_and_roots() {
    let folder = Folder::new();
    folder.write("film", b"film");
    let before = folder.open("film").await.unwrap().info().clone();
    folder.read("film").await.unwrap();
    let again = flaskflix_storage::fs::LocalFiles::open(folder.dir.path()).unwrap();
    let folder = Folder {
        dir: folder.dir,
        files: again,
    };
    assert_eq!(folder.open("film").await.unwrap().info(), &before);
}

/// The hard case: the writer is as fast as it can be, so that versions share a tick of the kernel's clock.
#[tokio::test(flavor = "multi_thread")]
async fn file_overwritten_all_the_time_is_never_mixed() {
    const SMALL: usize = 300 << 10;
    let folder = Folder::new();
    let path = folder.write("film", vec![0; SMALL]);
    let stop = Arc::new(AtomicBool::new(false));
    let writing = thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            let file = writer(&path);
            let mut version = 0_u8;
            while !stop.load(Ordering::Relaxed) {
                version = version.wrapping_add(1);
                file.write_all_at(&vec![version; SMALL], 0).unwrap();
            }
        }
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    let (mut rounds, mut refused) = (0, 0);
    while rounds < 100 || refused == 0 {
        assert!(
            Instant::now() < deadline,
            "the writer was never met: the test proves nothing"
        );
        rounds += 1;
        let object = match folder.open("film").await {
            Ok(object) => object,
            Err(SourceError::Busy) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{error:?}"),
        };
        let (bytes, error) = drain(object, vec![range(0, SMALL as u64)]).await;
        let of_one_version = vec![bytes.first().copied().unwrap_or(0); bytes.len()];
        assert!(bytes == of_one_version, "bytes of two versions");
        refused += u32::from(error.is_some());
    }
    stop.store(true, Ordering::Relaxed);
    writing.join().unwrap();
}
