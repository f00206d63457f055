//! Models of the warm tier. The folder is a real one.

use shuttle::thread;
use std::sync::Arc;

use super::*;
use crate::sync::models::explore;

const BLOCK: [u8; 100] = [7; 100];
/// Of three blocks, two fit.
const MAX_BYTES: u64 = 2 * PAGE_BYTES;

fn key(number: u64) -> BlockKey {
    BlockKey {
        asset: AssetHash([1; 16]),
        version: [2; 16],
        number,
    }
}

/// What must hold whenever the lock is free: what is counted is never less than what is there.
fn keeps_to_its_bound(disk: &Disk) {
    let shelf = disk.shelf();
    let there: u64 = (0..3)
        .filter_map(|number| disk.folder.open_block(&key(number)).ok())
        .map(|file| room(file.metadata().unwrap().len()))
        .sum();
    assert!(
        there <= shelf.bytes(),
        "{there} bytes are there, {} counted",
        shelf.bytes()
    );
    assert!(shelf.bytes() <= MAX_BYTES);
}

fn on_thread(disk: &Arc<Disk>, work: impl FnOnce(&Disk) + Send + 'static) -> thread::JoinHandle<()> {
    let disk = Arc::clone(disk);
    thread::spawn(move || {
        work(&disk);
        keeps_to_its_bound(&disk);
    })
}

#[test]
fn the_bound_holds_while_blocks_are_written_read_and_evicted() {
    explore(|| {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::open(folder.path(), MAX_BYTES).unwrap());
        disk.write(&key(0), &BLOCK);
        let threads = [
            on_thread(&disk, |disk| {
                disk.write(&key(1), &BLOCK);
                keeps_to_its_bound(disk);
                disk.write(&key(0), &BLOCK);
            }),
            on_thread(&disk, |disk| disk.write(&key(2), &BLOCK)),
            on_thread(&disk, |disk| disk.evict(AssetHash([1; 16])).unwrap()),
            on_thread(&disk, |disk| {
                let read = disk.read(&key(0), BLOCK.len(), 0..4);
                assert!(read.is_none_or(|part| part[..] == BLOCK[..4]));
            }),
        ];
        keeps_to_its_bound(&disk);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(disk.damaged(), 0);
        disk.evict(AssetHash([1; 16])).unwrap();
        assert_eq!(disk.bytes(), 0);
        keeps_to_its_bound(&disk);
    });
}
