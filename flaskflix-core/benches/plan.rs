//! The plan of a long film, once its index is there: what a viewer waits for who is the first.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use flaskflix_core::{
    id::AssetKey,
    package::{Input, PackageOptions, Presentation},
    source::ObjectInfo,
    testing::mp4::{index_start, long_film},
    validator::EntityTag,
};

fn three_hours(c: &mut Criterion) {
    let (film, object_len) = long_film(3);
    let (Some(index), Ok(asset)) = (index_start(&film, object_len), AssetKey::parse("film.mp4")) else {
        return;
    };
    let input = Input {
        asset,
        info: ObjectInfo {
            len: object_len,
            etag: EntityTag::of_bytes(b"film"),
            last_modified: None,
        },
        index: Arc::new(index),
    };
    let options = PackageOptions::default();
    c.bench_function("plan/three_hours_1271700_samples", |b| {
        b.iter(|| Presentation::plan(vec![black_box(&input).clone()], &options));
    });
}

criterion_group!(benches, three_hours);
criterion_main!(benches);
