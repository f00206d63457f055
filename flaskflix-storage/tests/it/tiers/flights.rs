//! A block is fetched once, however many want it and whoever leaves.

use flaskflix_core::source::{ByteSource as _, SourceError};
use futures_util::{FutureExt as _, StreamExt as _, future};

use super::{BLOCK, Tiers, key, over, pattern, range, read, stage::Cold, until};

const LEN: usize = 5 * BLOCK as usize + 77;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_readers_fetch_each_block_once() {
    for tiers in [Tiers::Memory, Tiers::Disk, Tiers::Both] {
        let cache = tempfile::tempdir().unwrap();
        let cold = Cold::with("film", pattern(1, LEN));
        let source = over(cold.clone(), &tiers.options(cache.path()));
        let want = pattern(1, LEN);
        let readers = (0..64).map(|_| {
            let source = source.clone();
            tokio::spawn(async move { read(&source, "film").await.unwrap() })
        });
        for bytes in future::join_all(readers).await {
            assert!(bytes.unwrap() == want, "{tiers:?}");
        }
        assert_eq!(cold.reads(), 6, "{tiers:?}: one read for each block");
        assert_eq!(cold.bytes(), LEN as u64, "{tiers:?}");
    }
}

#[tokio::test]
async fn a_reader_that_leaves_does_not_stop_the_block_that_others_wait_for() {
    let cold = Cold::with("film", pattern(1, BLOCK as usize));
    let door = cold.close();
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    let mut first = Box::pin(read(&source, "film"));
    assert!((&mut first).now_or_never().is_none(), "it waits");
    let mut second = Box::pin(read(&source, "film"));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    door.add_permits(100);
    assert!(second.await.unwrap() == pattern(1, BLOCK as usize));
    assert_eq!(cold.reads(), 1);
}

#[tokio::test]
async fn a_block_that_everybody_left_still_arrives() {
    let cold = Cold::with("film", pattern(1, BLOCK as usize));
    let door = cold.close();
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    assert!(read(&source, "film").now_or_never().is_none());
    door.add_permits(100);
    until("the block arrives", || source.stats().fetched_blocks == 1).await;
    assert!(read(&source, "film").await.unwrap() == pattern(1, BLOCK as usize));
    assert_eq!(cold.reads(), 1);
}

#[tokio::test]
async fn first_bytes_are_there_before_the_block_is() {
    let cold = Cold::with("film", pattern(1, BLOCK as usize));
    let door = cold.close();
    let source = over(cold, &Tiers::Memory.options("".as_ref()));
    let object = source.open(&key("film")).await.unwrap();
    let mut stream = object.read(vec![range(0, BLOCK)]);
    door.add_permits(1);
    let first = stream.next().await.unwrap().unwrap();
    assert!(
        first == pattern(1, BLOCK as usize)[..16 << 10],
        "one chunk of the cold source"
    );
    assert!(
        stream.next().now_or_never().is_none(),
        "the rest is not there yet"
    );
    door.add_permits(3);
    let mut bytes = first.to_vec();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
    }
    assert!(bytes == pattern(1, BLOCK as usize));
}

#[tokio::test]
async fn who_did_not_send_for_a_block_outlives_its_failure() {
    let cold = Cold::with("film", pattern(1, BLOCK as usize));
    let door = cold.close();
    cold.fail(1);
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    let readers = future::join_all((0..3).map(|_| read(&source, "film")));
    let open = async { door.add_permits(100) };
    let (bodies, ()) = future::join(readers, open).await;
    let failed = bodies.iter().filter(|body| body.is_err()).count();
    assert_eq!(
        failed,
        1,
        "the one that sent for it: {:?}",
        bodies.iter().map(Result::is_ok).collect::<Vec<_>>()
    );
    assert!(
        bodies
            .into_iter()
            .flatten()
            .all(|body| body == pattern(1, BLOCK as usize))
    );
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let cold = Cold::with("film", pattern(1, LEN));
    cold.fail(100);
    let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
    assert!(matches!(read(&source, "film").await, Err(SourceError::Io(_))));
    cold.fail(0);
    assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
}

#[tokio::test]
async fn a_source_that_yields_another_number_of_bytes_is_not_believed() {
    for surplus in [-1, 1, 1 << 20] {
        let cold = Cold::with("film", pattern(1, LEN));
        cold.lie(surplus);
        let source = over(cold.clone(), &Tiers::Memory.options("".as_ref()));
        match read(&source, "film").await {
            Err(SourceError::Changed) => {}
            // All that was asked for may have been handed out before the rest came.
            Ok(bytes) => assert!(surplus > 0 && bytes == pattern(1, LEN), "{surplus}"),
            Err(error) => panic!("{surplus}: {error:?}"),
        }
        cold.lie(0);
        assert!(
            read(&source, "film").await.unwrap() == pattern(1, LEN),
            "{surplus}: nothing of it was kept"
        );
    }
}

#[tokio::test]
async fn versions_never_mix() {
    let cache = tempfile::tempdir().unwrap();
    let cold = Cold::with("film", pattern(1, LEN));
    let source = over(cold.clone(), &Tiers::Both.options(cache.path()));
    let old = source.open(&key("film")).await.unwrap();
    assert!(read(&source, "film").await.unwrap() == pattern(1, LEN));
    cold.put("film", pattern(2, LEN));
    assert!(read(&source, "film").await.unwrap() == pattern(2, LEN));
    let whole = range(0, LEN as u64);
    let kept = flaskflix_core::source::read_to_bytes(&old, whole).await.unwrap();
    assert!(kept == pattern(1, LEN), "an open object keeps its version");
}
