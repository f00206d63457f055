//! What is fetched before anybody asks.

use flaskflix_core::source::ByteSource as _;

use super::{BLOCK, Tiers, key, over, pattern, range, read_part, stage::Cold, until};

const BLOCKS: u64 = 40;

fn film() -> Cold {
    Cold::with("film", pattern(1, (BLOCKS * BLOCK) as usize))
}

#[tokio::test]
async fn the_next_segment_is_there_when_the_player_comes_for_it() {
    for tiers in [Tiers::Memory, Tiers::Disk, Tiers::Both] {
        let cache = tempfile::tempdir().unwrap();
        let cold = film();
        let source = over(cold.clone(), &tiers.options(cache.path()));
        let segment = |n: u64| range(n * 4 * BLOCK, (n + 1) * 4 * BLOCK);
        read_part(&source, "film", segment(0)).await;
        assert_eq!(
            source.stats().prefetched_blocks,
            3,
            "{tiers:?}: of the read itself"
        );
        for n in 1..6 {
            read_part(&source, "film", segment(n)).await;
            let ahead = (n + 2) * 4;
            until("the next segment comes", || {
                source.stats().fetched_blocks == ahead
            })
            .await;
        }
        let cold_reads = cold.reads();
        read_part(&source, "film", segment(6)).await;
        assert!(cold.reads() <= cold_reads + 4, "{tiers:?}");
        let stats = source.stats();
        assert!(
            stats.hot_blocks + stats.warm_blocks + stats.cold_blocks >= 28,
            "{stats:?}"
        );
    }
}

#[tokio::test]
async fn who_jumps_about_causes_no_prefetch() {
    let cold = film();
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    for block in [20, 3, 31, 11, 37, 26] {
        read_part(&source, "film", range(block * BLOCK, (block + 1) * BLOCK)).await;
    }
    assert_eq!(source.stats().prefetched_blocks, 0);
    assert_eq!(cold.reads(), 6);
}

#[tokio::test]
async fn prefetch_can_be_turned_off() {
    let cold = film();
    let options = Tiers::Memory.options("".as_ref()).prefetch_bytes(0);
    let source = over(cold.clone(), &options);
    for block in 0..8 {
        read_part(&source, "film", range(block * BLOCK, (block + 1) * BLOCK)).await;
    }
    assert_eq!(cold.reads(), 8);
}

#[tokio::test]
async fn ranges_are_warmed_once() {
    let cold = film();
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    let first = [range(100, BLOCK + 1), range(5 * BLOCK, 5 * BLOCK + 1)];
    assert_eq!(source.warm(&key("film"), &first).await.unwrap(), 3 * BLOCK);
    assert_eq!(source.warm(&key("film"), &first).await.unwrap(), 0);
    assert_eq!(cold.reads(), 3);
    read_part(&source, "film", range(0, BLOCK + 5)).await;
    assert_eq!(cold.reads(), 3);
}

#[tokio::test]
async fn what_is_expected_comes_by_itself() {
    let cold = film();
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    source.expect(&key("film"), &[range(0, 2 * BLOCK)]);
    until("it comes", || source.stats().fetched_blocks == 2).await;
    read_part(&source, "film", range(0, 2 * BLOCK)).await;
    assert_eq!(cold.reads(), 2);
    source.expect(&key("nothing"), &[range(0, 10)]);
}
