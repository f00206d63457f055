//! Lists of a two-hour film: its plan, playlists, I-frame playlist, DASH description, and a key frame at either end.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use flaskflix_core::{
    id::AssetKey,
    package::{Input, PackageOptions, Presentation},
    source::ObjectInfo,
    testing::{
        Urls,
        mp4::{index_start, long_film},
    },
    validator::EntityTag,
};

fn two_hours() -> Option<Vec<Input>> {
    let (film, len) = long_film(2);
    Some(vec![Input {
        asset: AssetKey::parse("film.mp4").ok()?,
        info: ObjectInfo {
            len,
            etag: EntityTag::of_bytes(b"film"),
            last_modified: None,
        },
        index: Arc::new(index_start(&film, len)?),
    }])
}

fn lists(c: &mut Criterion) {
    let Some(inputs) = two_hours() else { return };
    let options = PackageOptions::default();
    let plan = || Presentation::plan(inputs.clone(), &options);
    let Ok(planned) = plan() else { return };
    let Some(picture) = planned.stream("v1") else {
        return;
    };
    let mut group = c.benchmark_group("two_hours");
    group.bench_function("plan", |b| b.iter(|| black_box(plan().is_ok())));
    group.bench_function("multivariant", |b| {
        b.iter(|| planned.multivariant_playlist(&Urls))
    });
    group.bench_function("media_playlist", |b| {
        b.iter(|| planned.media_playlist(picture, &Urls))
    });
    group.bench_function("key_frame_playlist", |b| {
        b.iter(|| planned.key_frame_playlist(picture, &Urls));
    });
    group.bench_function("dash_manifest", |b| b.iter(|| planned.dash_manifest(&Urls)));
    for (name, number) in [("first", 1), ("last", picture.key_frame_count())] {
        group.bench_function(format!("{name}_key_frame"), |b| {
            b.iter(|| planned.key_frame(picture, black_box(number)));
        });
    }
    group.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
