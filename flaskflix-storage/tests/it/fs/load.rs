//! Many readers, and files larger than memory.

use std::{
    fs::{self, File},
    sync::Arc,
};

use flaskflix_storage::fs::ReadOptions;
use futures_util::StreamExt;

use super::{Folder, drain, pattern, range};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_readers_all_get_the_same_bytes() {
    const LEN: usize = 2 << 20;
    // A small pool, so that some readers get pooled buffers and some do not.
    let folder = Arc::new(Folder::with(ReadOptions::default().max_buffered_bytes(1 << 20)));
    let content = Arc::new(pattern(1, LEN));
    folder.write("film", &*content);
    let readers: Vec<_> = (0..64_u64)
        .map(|i| {
            let (folder, content) = (Arc::clone(&folder), Arc::clone(&content));
            tokio::spawn(async move {
                let object = folder.open("film").await.unwrap();
                let start = i * 1_001;
                let (bytes, error) = drain(object, vec![range(start, LEN as u64)]).await;
                assert!(error.is_none(), "{error:?}");
                assert!(bytes == content[usize::try_from(start).unwrap()..]);
            })
        })
        .collect();
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(folder.files.stats().buffered_bytes, 0);
}

#[tokio::test]
async fn paused_readers_do_not_stop_others() {
    const LEN: u64 = 1 << 20;
    let folder = Folder::with(ReadOptions::default().max_buffered_bytes(256 << 10));
    folder.write("film", pattern(1, 1 << 20));
    let mut paused = Vec::new();
    for _ in 0..8 {
        let mut stream = folder.open("film").await.unwrap().read(vec![range(0, LEN)]);
        paused.push((stream.next().await.unwrap().unwrap(), stream));
    }
    assert_eq!(folder.files.stats().buffered_bytes, 256 << 10, "the cap holds");
    assert!(folder.read("film").await.unwrap() == pattern(1, 1 << 20));
}

#[tokio::test]
async fn ten_gibibytes_are_read_within_a_few_buffers_of_memory() {
    const LEN: u64 = 10 << 30;
    const ENOUGH: usize = 300 << 20;
    let folder = Folder::new();
    File::create(folder.path("film")).unwrap().set_len(LEN).unwrap();
    let object = folder.open("film").await.unwrap();
    assert_eq!(object.info().len, LEN);
    let mut stream = object.read(vec![range(0, LEN)]);
    let zeros = vec![0; 512 << 10];
    let mut read = 0;
    let mut most_buffered = 0;
    while read < ENOUGH {
        let chunk = stream.next().await.unwrap().unwrap();
        assert!(chunk == zeros[..chunk.len()]);
        read += chunk.len();
        most_buffered = most_buffered.max(folder.files.stats().buffered_bytes);
    }
    assert_eq!(most_buffered, 512 << 10, "one buffer at a time");
    // Other tests of this process run beside this one: the bound is what all of them need, far below what was read.
    assert!(
        resident_bytes() < 200 << 20,
        "{} bytes resident",
        resident_bytes()
    );
}

fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}
