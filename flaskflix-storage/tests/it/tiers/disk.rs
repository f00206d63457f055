//! The warm tier: what it keeps, and what it does not believe.

use std::{
    fs, io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{Bytes, source::ByteSource as _};
use flaskflix_storage::tiers::{TierOptions, TieredSource};
use futures_util::future;

use super::{BLOCK, Tiers, key, over, pattern, range, read, read_part, settled, stage::Cold, until};

const LEN: usize = 5 * BLOCK as usize + 77;

/// The files of blocks, and everything else but the lock.
pub(super) fn files(folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let shelves = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    shelves
        .filter(|path| path.is_dir())
        .flat_map(|shelf| fs::read_dir(shelf).unwrap().map(|entry| entry.unwrap().path()))
        .partition(|path| path.extension().is_some_and(|extension| extension == "block"))
}

/// Bytes on the disk, in whole pages.
pub(super) fn room(folder: &Path) -> u64 {
    let (blocks, others) = files(folder);
    blocks
        .iter()
        .chain(&others)
        .filter_map(|path| Some(fs::metadata(path).ok()?.len().next_multiple_of(4096)))
        .sum()
}

#[tokio::test]
async fn a_restart_keeps_what_was_there() {
    for tiers in [Tiers::Disk, Tiers::Both] {
        let cache = tempfile::tempdir().unwrap();
        let options = tiers.options(cache.path());
        let cold = Cold::with("film", pattern(1, LEN));
        let source = over(cold.clone(), &options);
        read(&source, "film").await.unwrap();
        settled(cache.path(), 6).await;
        drop(source);

        let source = reopened(&cold, &options).await;
        let before = cold.reads();
        assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
        assert_eq!(
            cold.reads(),
            before,
            "{tiers:?}: nothing was asked of the cold source"
        );
        assert_eq!(source.stats().warm_blocks, 6, "{tiers:?}");
    }
}

/// Tasks of a source that was dropped hold the folder until they have ended.
async fn reopened(cold: &Cold, options: &TierOptions) -> TieredSource {
    let open = || TieredSource::new(Arc::new(cold.clone()), options);
    until(
        "the folder is free",
        || !matches!(open(), Err(error) if error.kind() == io::ErrorKind::ResourceBusy),
    )
    .await;
    open().unwrap()
}

#[tokio::test]
async fn every_flipped_bit_is_found_and_the_block_fetched_again() {
    for tiers in [Tiers::Disk, Tiers::Both] {
        let cache = tempfile::tempdir().unwrap();
        let cold = Cold::with("film", pattern(1, BLOCK as usize));
        let options = tiers.options(cache.path());
        let mut source = over(cold.clone(), &options);
        read(&source, "film").await.unwrap();
        settled(cache.path(), 1).await;
        let (blocks, _) = files(cache.path());
        let [block] = &blocks[..] else {
            panic!("{blocks:?}")
        };
        let len = fs::metadata(block).unwrap().len();
        for at in [0, 9, 47, 50, 57, len / 2, len - 1] {
            flip(block, at);
            drop(source);
            source = reopened(&cold, &options).await;
            let before = cold.reads();
            assert!(
                read(&source, "film").await.unwrap() == pattern(1, BLOCK as usize),
                "byte {at}"
            );
            assert_eq!(cold.reads(), before + 1, "byte {at}");
            assert_eq!(source.stats().damaged_blocks, 1, "byte {at}");
            until("it is there again", || {
                fs::metadata(block).is_ok_and(|file| file.len() == len)
            })
            .await;
        }
    }
}

fn flip(path: &Path, at: u64) {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[tokio::test]
async fn a_file_cut_short_or_taken_away_is_fetched_again() {
    for harm in [cut as fn(&Path), take_away, empty] {
        let cache = tempfile::tempdir().unwrap();
        let cold = Cold::with("film", pattern(1, LEN));
        let source = over(cold.clone(), &Tiers::Disk.options(cache.path()));
        read(&source, "film").await.unwrap();
        settled(cache.path(), 6).await;
        read_from_disk(&source, 6).await;
        files(cache.path()).0.iter().for_each(|block| harm(block));
        assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
        assert_eq!(cold.reads(), 12);
    }
}

/// Reads until all blocks come from the disk: a block whose file is there is handed out from its flight for a moment more.
async fn read_from_disk(source: &TieredSource, blocks: u64) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let before = source.stats().warm_blocks;
        read(source, "film").await.unwrap();
        if source.stats().warm_blocks == before + blocks {
            return;
        }
        assert!(Instant::now() < deadline, "blocks come from the disk");
        tokio::task::yield_now().await;
    }
}

fn cut(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

fn take_away(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn empty(path: &Path) {
    fs::write(path, b"").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_bound_holds_under_load() {
    let cache = tempfile::tempdir().unwrap();
    let bound = 20 * BLOCK;
    let cold = Cold::default();
    let films: Arc<[Bytes]> = (0..8).map(|film| pattern(film, 10 * BLOCK as usize)).collect();
    for (film, bytes) in films.iter().enumerate() {
        cold.put(&film.to_string(), bytes.clone());
    }
    let options = TierOptions::default()
        .block_bytes(BLOCK)
        .disk(cache.path(), bound);
    let source = over(cold, &options);
    let readers = future::join_all((0..32).map(|reader| {
        let (source, films) = (source.clone(), Arc::clone(&films));
        tokio::spawn(async move {
            for round in 0..6 {
                let film = (reader * 3 + round) % 8;
                assert!(read(&source, &film.to_string()).await.unwrap() == films[film]);
            }
        })
    }));
    let mut readers = Box::pin(readers);
    let mut looks = 0;
    let ended = loop {
        let room = room(cache.path());
        // A folder cannot be looked at all at once: a block may be seen before it goes, and another after it has come.
        assert!(
            room <= bound + BLOCK + 4096,
            "{room} bytes lie there, {bound} may"
        );
        looks += 1;
        tokio::select! {
            biased;
            ended = &mut readers => break ended,
            () = tokio::task::yield_now() => {}
        }
    };
    ended.into_iter().for_each(Result::unwrap);
    assert!(looks > 3, "looked {looks} times");
    let held = source.stats().disk_bytes;
    assert!(held > bound / 2 && held <= bound, "{held}");
}

#[tokio::test]
async fn a_smaller_bound_is_kept_from_the_start() {
    let cache = tempfile::tempdir().unwrap();
    let cold = Cold::with("film", pattern(1, LEN));
    let source = over(cold.clone(), &Tiers::Disk.options(cache.path()));
    read(&source, "film").await.unwrap();
    settled(cache.path(), 6).await;
    drop(source);
    let options = TierOptions::default()
        .block_bytes(BLOCK)
        .disk(cache.path(), 3 * BLOCK);
    let source = reopened(&cold, &options).await;
    assert!(room(cache.path()) <= 3 * BLOCK);
    assert!(source.stats().disk_bytes <= 3 * BLOCK);
    assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let options = Tiers::Disk.options(cache.path());
    let first = over(Cold::default(), &options);
    let second = TieredSource::new(Arc::new(Cold::default()), &options);
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    drop(first);
    over(Cold::default(), &options);
}

#[tokio::test]
async fn a_part_of_a_block_is_read_without_the_rest() {
    let cache = tempfile::tempdir().unwrap();
    let cold = Cold::with("film", pattern(1, 1 << 20));
    let options = TierOptions::default().disk(cache.path(), 64 << 20);
    let source = over(cold, &options);
    read(&source, "film").await.unwrap();
    settled(cache.path(), 1).await;
    let (blocks, _) = files(cache.path());
    // The end of the block is not good: nobody asks for it.
    flip(&blocks[0], (1 << 20) - 10);
    let part = read_part(&source, "film", range(200_000, 300_000)).await;
    assert!(part == pattern(1, 1 << 20)[200_000..300_000]);
    assert_eq!(source.stats().damaged_blocks, 0);
}

#[tokio::test]
async fn an_object_that_is_evicted_is_gone_and_the_others_stay() {
    let cache = tempfile::tempdir().unwrap();
    let cold = Cold::with("film", pattern(1, LEN));
    cold.put("other", pattern(2, LEN));
    let source = over(cold, &Tiers::Both.options(cache.path()));
    read(&source, "film").await.unwrap();
    read(&source, "other").await.unwrap();
    settled(cache.path(), 12).await;
    source.evict(&key("film")).await.unwrap();
    assert_eq!(files(cache.path()).0.len(), 6);
    read(&source, "other").await.unwrap();
    assert_eq!(source.stats().fetched_blocks, 12);
    read(&source, "film").await.unwrap();
    assert_eq!(source.stats().fetched_blocks, 18);
    assert!(source.open(&key("film")).await.is_ok());
}
