//! A process that is killed while it fills the warm tier.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use flaskflix_storage::tiers::{TierOptions, TieredSource};

use super::{
    BLOCK,
    disk::{files, room},
    over, pattern, read,
    stage::Cold,
    until,
};

/// Names the folder to the child.
const FOLDER: &str = "FLASKFLIX_TEST_WARM_TIER";
const OBJECTS: u64 = 12;
const LEN: usize = 4 * BLOCK as usize + 33;
const BOUND: u64 = 30 * BLOCK;

fn films() -> Cold {
    let cold = Cold::default();
    for object in 0..OBJECTS {
        cold.put(&object.to_string(), pattern(object, LEN));
    }
    cold
}

fn options(folder: &Path) -> TierOptions {
    TierOptions::default().block_bytes(BLOCK).disk(folder, BOUND)
}

/// Not a test by itself: without the variable it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_child_fills_the_tier_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let source = over(films(), &options(folder.as_ref()));
    for round in 0_u64.. {
        let object = round * 5 % OBJECTS;
        read(&source, &object.to_string()).await.unwrap();
        println!("read {round}");
    }
}

#[tokio::test]
async fn a_kill_in_the_middle_of_writes_leaves_nothing_wrong_and_nothing_behind() {
    let cache = tempfile::tempdir().unwrap();
    let cold = films();
    for kill in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tiers::kill::the_child_fills_the_tier_until_it_is_killed",
                "--nocapture",
            ])
            .env(FOLDER, cache.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reads = lines.map_while(Result::ok).filter(|line| line.contains("read "));
        assert_eq!(reads.take(10 + 3 * kill).count(), 10 + 3 * kill);
        child.kill().unwrap();
        child.wait().unwrap();

        let source = over(cold.clone(), &options(cache.path()));
        let (_, others) = files(cache.path());
        assert!(others.is_empty(), "left behind: {others:?}");
        assert!(room(cache.path()) <= BOUND);
        let held = source.stats().disk_bytes;
        assert!(held > BOUND / 2, "what was written is still there: {held}");
        for object in 0..OBJECTS {
            assert!(
                read(&source, &object.to_string()).await.unwrap() == pattern(object, LEN),
                "{object}"
            );
        }
        let stats = source.stats();
        assert!(stats.warm_blocks > 0, "{stats:?}");
        assert_eq!(
            stats.damaged_blocks, 0,
            "a kill leaves no block half written: {stats:?}"
        );
        drop(source);
        // Its tasks hold the folder until they have ended.
        let free = || TieredSource::new(Arc::new(cold.clone()), &options(cache.path())).is_ok();
        until("the folder is free", free).await;
    }
}
