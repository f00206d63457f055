//! Models of the pool.

use shuttle::thread;

use super::*;
use crate::sync::models::explore;

const CHUNK: usize = 64 << 10;

/// What must hold whenever the lock is free.
fn is_within_bounds(pool: &BufferPool) {
    let shelf = pool.shelf();
    let idle = shelf.chunks.iter().chain(&shelf.quarters);
    assert_eq!(shelf.idle_bytes, idle.map(|memory| memory.len()).sum::<usize>());
    assert!(shelf.idle_bytes <= pool.max_idle_bytes);
    assert!(shelf.bytes_in_use <= pool.max_bytes_in_use);
}

fn viewer(pool: &Arc<BufferPool>, wanted: usize, mark: u8) -> thread::JoinHandle<()> {
    let pool = Arc::clone(pool);
    thread::spawn(move || {
        for _ in 0..2 {
            let mut buffer = pool.take(wanted as u64);
            is_within_bounds(&pool);
            buffer.room()[..2].fill(mark);
            buffer.fill(2);
            let bytes = buffer.freeze();
            let part = bytes.slice(1..);
            // The last of them brings the buffer home, on whatever thread that is.
            let other = thread::spawn(move || drop(bytes));
            is_within_bounds(&pool);
            // Nobody else writes to it as long as it is held.
            assert_eq!(part, [mark].as_slice());
            drop(part);
            other.join().unwrap();
        }
    })
}

#[test]
fn every_buffer_comes_home_once_and_no_bound_is_passed() {
    explore(|| {
        let options = ReadOptions::default().chunk_bytes(CHUNK);
        let options = options
            .max_buffered_bytes(2 * CHUNK)
            .idle_buffer_bytes(CHUNK + CHUNK / 4);
        let pool = BufferPool::new(&options);
        let viewers = [
            viewer(&pool, CHUNK, 1),
            viewer(&pool, CHUNK, 2),
            viewer(&pool, CHUNK, 3),
        ];
        is_within_bounds(&pool);
        for viewer in viewers {
            viewer.join().unwrap();
        }
        is_within_bounds(&pool);
        assert_eq!(pool.bytes_in_use(), 0);
        assert_eq!(Arc::strong_count(&pool), 1, "nobody holds a buffer");
    });
}
