//! A disk without room.

use std::{path::Path, process::Command};

use flaskflix_storage::tiers::TierOptions;
use tempfile::TempDir;

use super::{BLOCK, over, pattern, read, stage::Cold};

/// A file system of 1 MiB in memory, gone with the value.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(dir.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(dir));
        }
        assert!(std::env::var_os("CI").is_none(), "CI mounts as root");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

#[tokio::test]
async fn serving_goes_on_when_the_disk_is_full() {
    let Some(disk) = SmallDisk::mount() else {
        println!("LEFT OUT: a full disk: only root may mount a small one");
        return;
    };
    let len = 40 * BLOCK as usize;
    let cold = Cold::with("film", pattern(1, len));
    // Far more than there is.
    let options = TierOptions::default()
        .block_bytes(BLOCK)
        .disk(disk.path(), 1 << 30);
    let source = over(cold.clone(), &options);
    for _ in 0..3 {
        assert!(read(&source, "film").await.unwrap() == pattern(1, len));
    }
    super::until("the rest is given up", || {
        source.stats().unwritten_blocks >= 3 * 24
    })
    .await;
    let stats = source.stats();
    assert!(stats.disk_bytes < 1 << 20, "{stats:?}");
    assert!(stats.warm_blocks > 10, "what found room is used: {stats:?}");
    super::until("what was half written is removed", || {
        super::disk::files(disk.path()).1.is_empty()
    })
    .await;
}
