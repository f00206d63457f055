//! Reads that are not in the page cache.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use flaskflix_storage::fs::ReadOptions;
use rustix::fs::{Advice, FsWord, fadvise, fstatfs};

use super::{Folder, drain, pattern, range};

const LEN: usize = 3 << 20;

/// Reads that find nothing in the page cache make the kernel read ahead: on a quick disk and a busy machine it may be done before they
/// look again. Then they never had to wait, and the test asks again.
const TRIES: usize = 20;

/// Drops the file from the page cache. Returns whether there is one to drop it from.
fn chill(path: &Path) -> bool {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    has_page_cache(&file)
}

/// Whether the file lies on a disk. One in memory is never cold, and cannot be asked whether it is.
fn has_page_cache(file: &File) -> bool {
    let on_disk = fstatfs(file).unwrap().f_type != TMPFS_MAGIC;
    if !on_disk {
        // Not `println!`: the harness keeps that to itself when a test passes.
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: a test of cold reads: the temporary folder lies in memory; point TMPDIR at a disk"
        );
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "CI needs a TMPDIR on a disk"
        );
    }
    on_disk
}

/// From `linux/magic.h`.
const TMPFS_MAGIC: FsWord = 0x0102_1994;

#[tokio::test]
async fn cold_file_is_read_on_the_blocking_pool() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    for _ in 0..TRIES {
        if !chill(&path) {
            return;
        }
        assert!(folder.read("film").await.unwrap() == pattern(1, LEN));
        let stats = folder.files.stats();
        if stats.cold_chunks > 0 {
            assert!(
                stats.hot_chunks > stats.cold_chunks,
                "read-ahead does not help: {stats:?}"
            );
            return;
        }
    }
    panic!("never cold: {:?}", folder.files.stats());
}

#[tokio::test]
async fn hot_file_never_leaves_the_thread() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    if !has_page_cache(&File::open(path).unwrap()) {
        return;
    }
    assert!(folder.read("film").await.unwrap() == pattern(1, LEN));
    let stats = folder.files.stats();
    assert_eq!(
        (stats.cold_chunks, stats.hot_chunks),
        (0, LEN as u64 / (512 << 10))
    );
}

#[tokio::test]
async fn cold_small_ranges_are_right_in_any_order() {
    let folder = Folder::with(ReadOptions::default().read_ahead_bytes(64 << 10));
    let content = pattern(1, LEN);
    let path = folder.write("film", &content);
    let ranges: Vec<_> = (0_u64..1_000)
        .rev()
        .map(|i| range(i * 3_000, i * 3_000 + 300 + i % 7))
        .collect();
    let want: Vec<u8> = ranges
        .iter()
        .flat_map(|range| {
            &content[usize::try_from(range.start()).unwrap()..usize::try_from(range.end()).unwrap()]
        })
        .copied()
        .collect();
    for _ in 0..TRIES {
        if !chill(&path) {
            return;
        }
        let (bytes, error) = drain(folder.open("film").await.unwrap(), ranges.clone()).await;
        assert!(error.is_none() && bytes == want, "{error:?}");
        if folder.files.stats().cold_chunks > 0 {
            return;
        }
    }
    panic!("never cold: {:?}", folder.files.stats());
}

#[tokio::test]
async fn small_ranges_are_gathered_into_few_chunks() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    if !has_page_cache(&File::open(path).unwrap()) {
        return;
    }
    let ranges: Vec<_> = (0..900).map(|i| range(i * 3_000, i * 3_000 + 300)).collect();
    drain(folder.open("film").await.unwrap(), ranges).await;
    // 270,000 bytes in one buffer of 512 KiB.
    assert_eq!(folder.files.stats().hot_chunks, 1);
}

#[tokio::test]
async fn cold_read_that_is_dropped_gives_its_buffer_back() {
    let folder = Folder::new();
    let path = folder.write("film", pattern(1, LEN));
    let mut tries = 0;
    loop {
        if !chill(&path) {
            return;
        }
        let object = folder.open("film").await.unwrap();
        let mut stream = object.read(vec![range(0, LEN as u64)]);
        if futures_util::poll!(futures_util::StreamExt::next(&mut stream)).is_pending() {
            break;
        }
        tries += 1;
        assert!(tries < TRIES, "the first chunk is cold");
    }
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while folder.files.stats().buffered_bytes > 0 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{:?}",
            folder.files.stats()
        );
        tokio::task::yield_now().await;
    }
}
