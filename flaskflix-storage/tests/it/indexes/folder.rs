//! Records as files: permissions, bound, and what else may lie in the folder.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use flaskflix_core::{package::IndexRecords, testing::index_records::conformance};
use flaskflix_storage::fs::{IndexFolder, IndexFolderOptions};
use tempfile::TempDir;

use super::record;

fn folder(options: IndexFolderOptions) -> (TempDir, IndexFolder) {
    let dir = tempfile::tempdir().unwrap();
    let records = IndexFolder::open_with(dir.path().join("a/b"), options).unwrap();
    (dir, records)
}

fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir.path().join("a/b")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Makes a file look as if it was used so long ago.
fn age(path: &Path, hours: u64) {
    let then = file_time_now() - Duration::from_secs(hours * 3600);
    File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "times of files are those of the machine"
)]
fn file_time_now() -> SystemTime {
    SystemTime::now()
}

#[tokio::test]
async fn folder_keeps_the_contract() {
    let (_dir, records) = folder(IndexFolderOptions::default());
    conformance(&records).await;
}

#[tokio::test]
async fn records_are_private_unless_said_otherwise() {
    for (options, file_mode, folder_mode) in [
        (IndexFolderOptions::default(), 0o600, 0o700),
        (IndexFolderOptions::default().readable_by_all(), 0o644, 0o755),
    ] {
        let (dir, records) = folder(options);
        let (key, bytes) = record("a", 100);
        records.put(&key, bytes).await.unwrap();
        let path = dir.path().join("a/b");
        assert_eq!(mode(&path), folder_mode);
        assert_eq!(mode(&path.join(format!("{key}.index"))), file_mode);
    }
}

#[tokio::test]
async fn nothing_is_left_beside_the_records() {
    let (dir, records) = folder(IndexFolderOptions::default());
    for round in 0..3 {
        for name in ["a", "b"] {
            let (key, bytes) = record(name, 1_000 + round);
            records.put(&key, bytes).await.unwrap();
        }
    }
    assert_eq!(names(&dir).len(), 2, "{:?}", names(&dir));
}

#[tokio::test]
async fn records_that_were_not_asked_for_the_longest_go_first() {
    let (dir, records) = folder(IndexFolderOptions::default().max_bytes(10_000));
    let path = |name: &str| {
        dir.path()
            .join("a/b")
            .join(format!("{}.index", record(name, 0).0))
    };
    for (name, hours) in [("asked for", 3), ("oldest", 2), ("old", 1)] {
        let (key, bytes) = record(name, 3_000);
        records.put(&key, bytes).await.unwrap();
        age(&path(name), hours);
    }
    assert!(records.get(&record("asked for", 0).0).await.unwrap().is_some());
    let (key, bytes) = record("new", 3_000);
    records.put(&key, bytes).await.unwrap();
    let left: Vec<_> = ["asked for", "oldest", "old", "new"]
        .into_iter()
        .filter(|name| path(name).exists())
        .collect();
    assert_eq!(left, ["asked for", "old", "new"]);
    assert_eq!(records.bytes(), 9_000);
}

#[tokio::test]
async fn bound_holds_from_the_start_and_through_many_writes() {
    let (dir, records) = folder(IndexFolderOptions::default());
    for n in 0..50 {
        let (key, bytes) = record(&n.to_string(), 1_000);
        records.put(&key, bytes).await.unwrap();
    }
    let options = IndexFolderOptions::default().max_bytes(20_000);
    let records = IndexFolder::open_with(dir.path().join("a/b"), options).unwrap();
    assert!(
        records.bytes() <= 20_000 && names(&dir).len() <= 20,
        "{}",
        records.bytes()
    );
    for n in 50..150 {
        let (key, bytes) = record(&n.to_string(), 1_000);
        records.put(&key, bytes).await.unwrap();
        assert!(names(&dir).len() <= 20);
    }
    let (key, too_large) = record("large", 20_001);
    records.put(&key, too_large).await.unwrap();
    assert_eq!(records.get(&key).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_ours_is_neither_read_nor_removed() {
    let (dir, records) = folder(IndexFolderOptions::default().max_bytes(1_000));
    let path = dir.path().join("a/b");
    let outside = dir.path().join("outside");
    fs::write(&outside, b"secret").unwrap();
    let (linked, _) = record("linked", 0);
    symlink(&outside, path.join(format!("{linked}.index"))).unwrap();
    assert!(records.get(&linked).await.is_err(), "a link is not followed");
    let (folder_in_place, _) = record("folder", 0);
    fs::create_dir(path.join(format!("{folder_in_place}.index"))).unwrap();
    assert!(records.get(&folder_in_place).await.is_err());
    fs::write(path.join("notes.txt"), vec![0; 5_000]).unwrap();

    let (key, bytes) = record("linked", 600);
    records.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(
        records.get(&key).await.unwrap(),
        Some(bytes),
        "a record takes the place of a link"
    );
    assert_eq!(
        fs::read(&outside).unwrap(),
        b"secret",
        "and does not write through it"
    );
    let (key, bytes) = record("more", 600);
    records.put(&key, bytes).await.unwrap();
    assert!(path.join("notes.txt").exists());
}

#[tokio::test]
async fn half_written_records_of_the_dead_are_removed_and_of_the_living_are_not() {
    let (dir, records) = folder(IndexFolderOptions::default());
    drop(records);
    let path = dir.path().join("a/b");
    for name in ["dead.new", "living.new"] {
        fs::write(path.join(name), b"half").unwrap();
    }
    age(&path.join("dead.new"), 2);
    let records = IndexFolder::open(&path).unwrap();
    assert_eq!(names(&dir), ["living.new"]);
    assert_eq!(records.bytes(), 0, "it is no record yet");
}

#[tokio::test]
async fn many_processes_may_share_a_folder() {
    let (dir, one) = folder(IndexFolderOptions::default());
    let other = IndexFolder::open(dir.path().join("a/b")).unwrap();
    let (key, bytes) = record("a", 100);
    one.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(other.get(&key).await.unwrap(), Some(bytes));
    let both: [Arc<dyn IndexRecords>; 2] = [Arc::new(one), Arc::new(other)];
    for (n, records) in both.iter().cycle().take(20).enumerate() {
        let (_, bytes) = record("a", n);
        records.put(&key, bytes.clone()).await.unwrap();
        assert_eq!(both[0].get(&key).await.unwrap(), Some(bytes));
    }
}

#[test]
fn folder_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"").unwrap();
    assert!(IndexFolder::open(dir.path().join("file")).is_err());
    assert!(IndexFolder::open(dir.path().join("file/below")).is_err());
}
