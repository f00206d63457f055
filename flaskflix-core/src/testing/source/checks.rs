//! One function per promise; the name says the promise.
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Fixture,
    stream::{drain, next},
};
use crate::{
    id::AssetKey,
    range::ByteRange,
    source::{SourceError, SourceObject},
    testing::together::{Work, join_all},
};

/// Long enough for several chunks of any sensible size, and a multiple of none.
const LARGE_BYTES: usize = 5 * 128 * 1024 + 1_009;

pub(super) async fn missing_key_is_not_found(fixture: &dyn Fixture) {
    for name in ["missing", "missing/below", "missing.mp4"] {
        is_not_found(fixture, &key(name)).await;
    }
    let present = key("present");
    fixture.put(&present, Bytes::from_static(b"here")).await;
    // An object is not a folder.
    is_not_found(fixture, &key("present/below")).await;
    // A folder is not an object.
    if let Ok(folder) = AssetKey::parse("conformance") {
        is_not_found(fixture, &folder).await;
    }
    fixture.remove(&present).await;
    is_not_found(fixture, &present).await;
}

pub(super) async fn info_tells_length_and_a_stable_tag(fixture: &dyn Fixture) {
    let key = key("info");
    fixture.put(&key, pattern(1, 1_000)).await;
    let first = open(fixture, &key).await;
    let again = open(fixture, &key).await;
    assert_eq!(first.info().len, 1_000, "info_tells_length");
    assert_eq!(first.info(), again.info(), "unchanged_object_keeps_its_info");
    // The same length, other bytes: the tag alone tells the versions apart.
    fixture.put(&key, pattern(2, 1_000)).await;
    let second = open(fixture, &key).await;
    assert_ne!(
        first.info().etag,
        second.info().etag,
        "versions_never_share_a_tag"
    );
    fixture.remove(&key).await;
}

pub(super) async fn every_range_of_a_small_object(fixture: &dyn Fixture) {
    let key = key("small");
    let content = pattern(3, 23);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    for start in 0..23 {
        for end in start + 1..=23 {
            reads(&object, &content, &[(start, end)]).await;
        }
    }
    fixture.remove(&key).await;
}

pub(super) async fn many_ranges_in_odd_order(fixture: &dyn Fixture) {
    let key = key("large");
    let content = pattern(4, LARGE_BYTES);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    let end = content.len() as u64;
    reads(&object, &content, &[(0, end)]).await;
    reads(&object, &content, &[(end - 1, end), (0, 1), (0, end), (7, 7_777)]).await;
    reads(
        &object,
        &content,
        &[(5, 10), (5, 10), (8, 12), (12, 13), (13, 20), (0, 3)],
    )
    .await;
    let strides: Vec<_> = (0..40).rev().map(|i| (i * 15_001, i * 15_001 + 20_001)).collect();
    reads(&object, &content, &strides).await;
    fixture.remove(&key).await;
}

pub(super) async fn hundreds_of_tiny_ranges(fixture: &dyn Fixture) {
    let key = key("tiny");
    let content = pattern(5, LARGE_BYTES);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    // The shape of a packaged audio segment: samples of some hundred bytes between larger ones of video.
    let samples: Vec<_> = (0..700).map(|i| (i * 901, i * 901 + 200 + i % 211)).collect();
    reads(&object, &content, &samples).await;
    fixture.remove(&key).await;
}

pub(super) async fn no_ranges_end_at_once(fixture: &dyn Fixture) {
    let key = key("none");
    fixture.put(&key, pattern(6, 10)).await;
    reads(&open(fixture, &key).await, &[], &[]).await;
    fixture.remove(&key).await;
}

pub(super) async fn out_of_bounds_is_one_error(fixture: &dyn Fixture) {
    let key = key("bounds");
    let content = pattern(7, 100);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    for outside in [(99, 101), (100, 101), (0, u64::MAX), (u64::MAX - 1, u64::MAX)] {
        for before in [&[][..], &[(0, 50)]] {
            let ranges = [before, &[outside]].concat();
            let (bytes, error) = drain(Arc::clone(&object).read(byte_ranges(&ranges))).await;
            assert!(
                matches!(error, Some(SourceError::OutOfBounds { len: 100, .. })),
                "out_of_bounds_is_one_error: {outside:?}: {error:?}"
            );
            assert!(
                expected(&content, before).starts_with(&bytes),
                "out_of_bounds_is_one_error: bytes that were not asked for"
            );
        }
    }
    fixture.remove(&key).await;
}

pub(super) async fn empty_object(fixture: &dyn Fixture) {
    let key = key("empty");
    fixture.put(&key, Bytes::new()).await;
    let object = open(fixture, &key).await;
    assert_eq!(object.info().len, 0, "empty_object");
    reads(&object, &[], &[]).await;
    let (_, error) = drain(object.read(byte_ranges(&[(0, 1)]))).await;
    assert!(
        matches!(error, Some(SourceError::OutOfBounds { len: 0, .. })),
        "empty_object: {error:?}"
    );
    fixture.remove(&key).await;
}

pub(super) async fn dropped_stream_leaves_the_object_usable(fixture: &dyn Fixture) {
    let key = key("dropped");
    let content = pattern(8, LARGE_BYTES);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    let whole = (0, content.len() as u64);
    for chunks in 0..3 {
        let mut stream = Arc::clone(&object).read(byte_ranges(&[whole]));
        for _ in 0..chunks {
            next(&mut stream).await;
        }
        drop(stream);
        reads(&object, &content, &[whole]).await;
    }
    // A stream outlives every other handle of its object.
    let stream = object.read(byte_ranges(&[whole]));
    let (bytes, error) = drain(stream).await;
    assert!(
        error.is_none() && bytes == content,
        "stream_keeps_its_object: {error:?}"
    );
    fixture.remove(&key).await;
}

pub(super) async fn concurrent_reads_do_not_disturb_each_other(fixture: &dyn Fixture) {
    let key = key("concurrent");
    let content = pattern(9, LARGE_BYTES);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    let (object, content) = (&object, &content);
    let end = content.len() as u64;
    let readers = (0..16).map(|i| -> Work<'_> {
        Box::pin(async move { reads(object, content, &[(i * 10_007, end), (0, i + 1)]).await })
    });
    join_all(readers.collect()).await;
    fixture.remove(&key).await;
}

pub(super) async fn replaced_object_never_mixes_versions(fixture: &dyn Fixture) {
    let key = key("replaced");
    let (old, new) = (pattern(10, LARGE_BYTES), pattern(11, LARGE_BYTES));
    fixture.put(&key, old.clone()).await;
    let object = open(fixture, &key).await;
    let whole = (0, old.len() as u64);
    let mut running = Arc::clone(&object).read(byte_ranges(&[whole]));
    let first = next(&mut running).await.and_then(Result::ok).unwrap_or_default();
    fixture.put(&key, new.clone()).await;

    is_of_one_version("replaced_while_read", &old, &first, running).await;
    let late = Arc::clone(&object).read(byte_ranges(&[whole]));
    is_of_one_version("replaced_before_read", &old, &[], late).await;
    reads(&open(fixture, &key).await, &new, &[whole]).await;
    fixture.remove(&key).await;
}

pub(super) async fn removed_object_never_mixes_versions(fixture: &dyn Fixture) {
    let key = key("removed");
    let content = pattern(12, LARGE_BYTES);
    fixture.put(&key, content.clone()).await;
    let object = open(fixture, &key).await;
    let mut running = object.read(byte_ranges(&[(0, content.len() as u64)]));
    let first = next(&mut running).await.and_then(Result::ok).unwrap_or_default();
    fixture.remove(&key).await;
    is_of_one_version("removed_while_read", &content, &first, running).await;
    is_not_found(fixture, &key).await;
}

/// The stream goes on to the end with the bytes of `version`, or stops with `Changed`.
async fn is_of_one_version(check: &str, version: &[u8], first: &[u8], rest: crate::source::ByteStream) {
    let (rest, error) = drain(rest).await;
    let bytes = [first, &rest].concat();
    match error {
        None => assert!(
            bytes == version,
            "{check}: complete, but not the version that was opened"
        ),
        Some(SourceError::Changed) => {
            assert!(
                version.starts_with(&bytes),
                "{check}: bytes of another version before the error"
            );
        }
        Some(error) => panic!("{check}: only Changed may end the read, not {error:?}"),
    }
}

/// The ranges read back as the same slices of `content`.
async fn reads(object: &Arc<dyn SourceObject>, content: &[u8], ranges: &[(u64, u64)]) {
    let (bytes, error) = drain(Arc::clone(object).read(byte_ranges(ranges))).await;
    let short: Vec<_> = ranges.iter().take(4).collect();
    assert!(error.is_none(), "ranges_read_back: {short:?}..: {error:?}");
    let want = expected(content, ranges);
    assert_eq!(bytes.len(), want.len(), "ranges_read_back: length of {short:?}..");
    assert!(bytes == want, "ranges_read_back: bytes of {short:?}..");
}

async fn open(fixture: &dyn Fixture, key: &AssetKey) -> Arc<dyn SourceObject> {
    match fixture.source().open(key).await {
        Ok(object) => object,
        Err(error) => panic!("stored_object_opens: {key}: {error:?}"),
    }
}

async fn is_not_found(fixture: &dyn Fixture, key: &AssetKey) {
    let opened = fixture.source().open(key).await;
    assert!(
        matches!(opened, Err(SourceError::NotFound)),
        "missing_key_is_not_found: {key}: {opened:?}"
    );
}

fn key(name: &str) -> AssetKey {
    match AssetKey::parse(&format!("conformance/{name}")) {
        Ok(key) => key,
        Err(error) => panic!("the suite's own names are keys: {error}"),
    }
}

fn byte_ranges(ranges: &[(u64, u64)]) -> Vec<ByteRange> {
    ranges
        .iter()
        .filter_map(|&(start, end)| ByteRange::new(start, end))
        .collect()
}

fn expected(content: &[u8], ranges: &[(u64, u64)]) -> Vec<u8> {
    let memory = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let slices = ranges
        .iter()
        .filter_map(|&(start, end)| content.get(memory(start)..memory(end)));
    slices.collect::<Vec<_>>().concat()
}

/// Bytes that repeat at no distance a chunked reader could hit by accident, different for every seed.
fn pattern(seed: u64, len: usize) -> Bytes {
    // Marsaglia's xorshift64*: a page of code, no dependency, no pattern in the bytes taken from its top.
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..len)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            let [top, ..] = state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes();
            top
        })
        .collect()
}
