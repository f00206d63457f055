//! An object far larger than memory.

use std::{
    fs::{self, File},
    io::Write as _,
    process::Command,
    time::{Duration, Instant},
};

use flaskflix_core::source::ByteSource as _;
use flaskflix_storage::{fs::LocalFiles, tiers::TierOptions};
use futures_util::StreamExt as _;

use super::{key, over, range, read_part};

/// Names the folder to the child.
const FOLDER: &str = "FLASKFLIX_TEST_SPARSE";
/// How many seconds the pass over the whole object may take; it stops there. `FLASKFLIX_TEST_SPARSE_SECS=600` makes it whole.
const SECONDS: &str = "FLASKFLIX_TEST_SPARSE_SECS";
const LEN: u64 = 10 << 30;
const MEMORY: u64 = 32 << 20;
const FILLS: u64 = 8 << 20;
/// How much the pass covers at least, however slow the machine is.
const LEAST: u64 = 192 << 20;

/// Not a test by itself: a process of its own, whose memory is nobody else's.
#[tokio::test]
async fn the_child_reads_the_object_and_tells_its_memory() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let options = TierOptions::default()
        .memory_bytes(MEMORY)
        .max_fill_bytes(FILLS)
        .disk(folder.join("tier"), 64 << 20);
    let source = over(LocalFiles::open(folder.join("films")).unwrap(), &options);
    let before = peak_bytes();
    for at in [0, 4095, 1 << 31, (1 << 32) - 5, LEN - 100_000] {
        let part = read_part(&source, "film", range(at, at + 100_000)).await;
        assert!(part.iter().all(|&byte| byte == 0) || at == 1 << 31, "at {at}");
    }
    let marked = read_part(&source, "film", range((1 << 31) + 10, (1 << 31) + 16)).await;
    assert_eq!(&marked[..], b"marked");

    let seconds = std::env::var(SECONDS)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut stream = source.open(&key("film")).await.unwrap().read(vec![range(0, LEN)]);
    let mut bytes = 0;
    while let Some(chunk) = stream.next().await {
        bytes += chunk.unwrap().len() as u64;
        if Instant::now() > deadline && bytes > LEAST {
            break;
        }
    }
    println!("peak of memory: {} pass {bytes}", peak_bytes() - before);
}

#[test]
fn ten_gibibytes_pass_through_a_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("films")).unwrap();
    let film = File::create(dir.path().join("films/film")).unwrap();
    film.set_len(LEN).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&film, b"marked", (1 << 31) + 10).unwrap();
    drop(film);
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tiers::sparse::the_child_reads_the_object_and_tells_its_memory",
            "--nocapture",
        ])
        .env(FOLDER, dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(
        child.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let told = text.split_once("peak of memory: ").unwrap().1;
    let numbers: Vec<u64> = told
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .take(2)
        .collect();
    let [memory, pass] = numbers[..] else {
        panic!("{text}")
    };
    let _ = writeln!(
        std::io::stderr(),
        "{} MiB passed in {} MiB",
        pass >> 20,
        memory >> 20
    );
    assert!(pass > LEAST, "only {pass} bytes in the time");
    // Blocks at rest, blocks on their way, and what the allocator and the buffers of local files keep.
    let bound = MEMORY + FILLS + (48 << 20);
    assert!(memory < bound, "{memory} bytes for {pass}");
}

/// The most memory that this process has had.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}
