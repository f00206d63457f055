//! The conformance suite of [`IndexRecords`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use bytes::Bytes;

use super::together::{Work, join_all};
use crate::{mp4::RecordKey, package::IndexRecords, source::ObjectInfo, validator::EntityTag};

/// Runs every check of the contract of [`IndexRecords`] that needs no crash and no full disk.
///
/// The store must have room for 16 MiB. The suite writes some dozen records under keys that belong to no object, and
/// cannot remove them.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
///
/// # Examples
/// ```
/// use flaskflix_core::{Bytes, mp4::RecordKey, package::{IndexRecords, RecordsError}, testing};
/// /// Keeps nothing: allowed to forget, and yet no store.
/// #[derive(Debug)]
/// struct Forgetful;
/// #[async_trait::async_trait]
/// impl IndexRecords for Forgetful {
///     async fn get(&self, _: &RecordKey) -> Result<Option<Bytes>, RecordsError> { Ok(None) }
///     async fn put(&self, _: &RecordKey, _: Bytes) -> Result<(), RecordsError> { Ok(()) }
/// }
/// # let run = tokio::runtime::Builder::new_current_thread().build()?;
/// let verdict = std::panic::catch_unwind(|| run.block_on(testing::index_records::conformance(&Forgetful)));
/// assert!(verdict.is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn conformance(records: &dyn IndexRecords) {
    record_that_was_never_put_is_absent(records).await;
    record_comes_back_byte_for_byte(records).await;
    newer_record_takes_the_place_of_the_older(records).await;
    keys_are_kept_apart(records).await;
    concurrent_puts_of_one_key_leave_one_of_them_whole(records).await;
    dropped_put_leaves_a_whole_record_or_none(records).await;
}

async fn record_that_was_never_put_is_absent(records: &dyn IndexRecords) {
    assert_eq!(
        get(records, &key("never")).await,
        None,
        "record_that_was_never_put_is_absent"
    );
}

async fn record_comes_back_byte_for_byte(records: &dyn IndexRecords) {
    for (name, len) in [("empty", 0), ("one", 1), ("page", 4096), ("large", LARGE_BYTES)] {
        let (key, record) = (key(name), pattern(1, len));
        put(records, &key, record.clone()).await;
        // Twice: reading changes nothing.
        for _ in 0..2 {
            let found = get(records, &key).await;
            assert!(
                found.as_ref() == Some(&record),
                "record_comes_back_byte_for_byte: {name}"
            );
        }
    }
}

async fn newer_record_takes_the_place_of_the_older(records: &dyn IndexRecords) {
    let key = key("replaced");
    // Shorter and longer than the one before, so that no tail of it can stay.
    for (seed, len) in [(2, 10_000), (3, 20_000), (4, 100), (5, 0), (6, 10_000)] {
        let record = pattern(seed, len);
        put(records, &key, record.clone()).await;
        let found = get(records, &key).await;
        assert!(
            found.as_ref() == Some(&record),
            "newer_record_takes_the_place_of_the_older: {len} bytes"
        );
    }
}

async fn keys_are_kept_apart(records: &dyn IndexRecords) {
    let names = |n: u8| format!("apart {n}");
    for n in 0..30 {
        put(records, &key(&names(n)), pattern(n, 1_000)).await;
    }
    for n in 0..30 {
        let found = get(records, &key(&names(n))).await;
        assert!(found == Some(pattern(n, 1_000)), "keys_are_kept_apart: {n}");
    }
}

async fn concurrent_puts_of_one_key_leave_one_of_them_whole(records: &dyn IndexRecords) {
    let key = &key("contended");
    let versions = |n: u8| pattern(n, 50_000 + usize::from(n));
    let writers =
        (0..8).map(|n| -> Work<'_> { Box::pin(async move { put(records, key, versions(n)).await }) });
    let readers = (0..8).map(|_| -> Work<'_> {
        Box::pin(async move {
            let found = get(records, key).await;
            let whole = found
                .as_ref()
                .is_none_or(|found| (0..8).any(|n| *found == versions(n)));
            assert!(
                whole,
                "concurrent_puts_of_one_key_leave_one_of_them_whole: while they run"
            );
        })
    });
    join_all(writers.chain(readers).collect()).await;
    let found = get(records, key).await;
    let whole = found.is_some_and(|found| (0..8).any(|n| found == versions(n)));
    assert!(
        whole,
        "concurrent_puts_of_one_key_leave_one_of_them_whole: afterwards"
    );
}

async fn dropped_put_leaves_a_whole_record_or_none(records: &dyn IndexRecords) {
    let key = key("dropped");
    let record = pattern(7, LARGE_BYTES);
    // Polled once, as by a viewer who leaves at once.
    let mut dropped = records.put(&key, record.clone());
    let _ = std::future::poll_fn(|cx| std::task::Poll::Ready(dropped.as_mut().poll(cx).is_ready())).await;
    drop(dropped);
    let found = get(records, &key).await;
    assert!(
        found.is_none() || found == Some(record),
        "dropped_put_leaves_a_whole_record_or_none"
    );
    let after = pattern(8, 100);
    // Whatever the dropped one still does, it does not undo a later one for ever.
    put(records, &key, after.clone()).await;
    assert!(
        get(records, &key).await.is_some(),
        "dropped_put_leaves_a_whole_record_or_none: the store stays usable"
    );
}

async fn get(records: &dyn IndexRecords, key: &RecordKey) -> Option<Bytes> {
    match records.get(key).await {
        Ok(found) => found,
        Err(error) => panic!("store_answers: {error:?}"),
    }
}

async fn put(records: &dyn IndexRecords, key: &RecordKey, record: Bytes) {
    if let Err(error) = records.put(key, record).await {
        panic!("store_keeps: {error:?}");
    }
}

/// A key of no object: no source has such entity tags.
fn key(name: &str) -> RecordKey {
    RecordKey::of(&ObjectInfo {
        len: u64::MAX,
        etag: EntityTag::of_bytes(name.as_bytes()).with_suffix("-conformance"),
        last_modified: None,
    })
}

/// Different bytes for every seed.
fn pattern(seed: u8, len: usize) -> Bytes {
    (0_u8..=250)
        .cycle()
        .map(|byte| byte.wrapping_mul(7) ^ seed)
        .take(len)
        .collect()
}

/// More than a store would write in one piece.
const LARGE_BYTES: usize = 3 * (1 << 20) + 17;
