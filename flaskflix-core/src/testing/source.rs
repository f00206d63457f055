//! The conformance suite of [`ByteSource`].

mod checks;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{id::AssetKey, source::ByteSource};

/// What the suite needs beside the source itself: a way to change what is stored.
///
/// # Contract
/// Every call is complete when its future is: an `open` that starts afterwards sees the change.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The source under test.
    fn source(&self) -> Arc<dyn ByteSource>;

    /// Stores an object, or puts a new version in the place of the old one.
    async fn put(&self, key: &AssetKey, bytes: Bytes);

    /// Removes an object.
    async fn remove(&self, key: &AssetKey);
}

/// Runs every check of the contract of [`ByteSource`] and [`SourceObject`](crate::source::SourceObject).
///
/// The suite writes objects of less than 1 MiB under keys that start with `conformance/`. Run it on a source
/// that holds nothing else under that name.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the check.
///
/// # Examples
/// See `examples/custom_source.rs`, and the tests of `flaskflix-storage`, which run it over every source.
pub async fn conformance(fixture: &dyn Fixture) {
    checks::missing_key_is_not_found(fixture).await;
    checks::info_tells_length_and_a_stable_tag(fixture).await;
    checks::every_range_of_a_small_object(fixture).await;
    checks::many_ranges_in_odd_order(fixture).await;
    checks::hundreds_of_tiny_ranges(fixture).await;
    checks::no_ranges_end_at_once(fixture).await;
    checks::out_of_bounds_is_one_error(fixture).await;
    checks::empty_object(fixture).await;
    checks::dropped_stream_leaves_the_object_usable(fixture).await;
    checks::concurrent_reads_do_not_disturb_each_other(fixture).await;
    checks::replaced_object_never_mixes_versions(fixture).await;
    checks::removed_object_never_mixes_versions(fixture).await;
}
