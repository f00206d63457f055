//! An object moves between the tiers while it is streamed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use flaskflix_storage::tiers::TierOptions;
use futures_util::future;

use super::{BLOCK, Tiers, key, over, pattern, read, stage::Cold};

const LEN: usize = 20 * BLOCK as usize + 5;
/// How often the title moves at least while it is streamed.
const MOVES: usize = 10;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_streams_notice_nothing_of_a_title_that_moves() {
    for tiers in [Tiers::Memory, Tiers::Disk, Tiers::Both] {
        let cache = tempfile::tempdir().unwrap();
        let cold = Cold::with("film", pattern(1, LEN));
        let source = over(cold, &tiers.options(cache.path()));
        let done = Arc::new(AtomicBool::new(false));
        let moves = Arc::new(AtomicUsize::new(0));
        let mover = tokio::spawn({
            let (source, done, moves) = (source.clone(), Arc::clone(&done), Arc::clone(&moves));
            async move {
                while !done.load(Ordering::SeqCst) {
                    source.evict(&key("film")).await.unwrap();
                    source.promote(&key("film")).await.unwrap();
                    moves.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let want = pattern(1, LEN);
        let streams = (0..20).map(|_| {
            let (source, want, moves) = (source.clone(), want.clone(), Arc::clone(&moves));
            tokio::spawn(async move {
                let begun = Instant::now();
                while moves.load(Ordering::SeqCst) < MOVES {
                    assert!(begun.elapsed() < PATIENCE, "{tiers:?}: it is not moved about");
                    assert!(read(&source, "film").await.unwrap() == want, "{tiers:?}");
                    // What lies in memory is read without ever waiting.
                    tokio::task::yield_now().await;
                }
            })
        });
        future::join_all(streams)
            .await
            .into_iter()
            .for_each(Result::unwrap);
        done.store(true, Ordering::SeqCst);
        mover.await.unwrap();
    }
}

#[tokio::test]
async fn a_promoted_title_needs_the_cold_source_no_more() {
    let cache = tempfile::tempdir().unwrap();
    let cold = Cold::with("film", pattern(1, LEN));
    let options = TierOptions::default()
        .block_bytes(BLOCK)
        .disk(cache.path(), 64 << 20);
    let source = over(cold.clone(), &options);
    assert_eq!(source.promote(&key("film")).await.unwrap(), LEN as u64);
    let reads = cold.reads();
    assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
    assert_eq!(cold.reads(), reads);
    assert_eq!(source.promote(&key("film")).await.unwrap(), 0, "it is there");
}
