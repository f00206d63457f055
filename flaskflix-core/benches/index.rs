//! The index: time to read the `moov` box of a long film, and to look samples up in it.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flaskflix_core::testing::mp4::{index_start, long_film};

fn three_hours(c: &mut Criterion) {
    let (film, object_len) = long_film(3);
    let Some(indexed) = index_start(&film, object_len) else {
        return;
    };
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Bytes(film.len() as u64));
    group.bench_function("three_hours_1271700_samples", |b| {
        b.iter(|| index_start(black_box(&film), object_len));
    });
    group.finish();

    let mut group = c.benchmark_group("lookup");
    let Some(picture) = indexed.tracks().first() else {
        return;
    };
    for (name, part) in [("start", 0), ("middle", 2), ("end", 4)] {
        // Six seconds of picture, the last of them at the end.
        let from = (picture.samples.duration() - 144_000) / 4 * part;
        group.throughput(Throughput::Elements(144));
        group.bench_function(format!("six_seconds_144_samples_at_the_{name}"), |b| {
            b.iter(|| {
                let first = picture.samples.sample_at(black_box(from));
                let samples = picture.samples.samples(first..first + 144);
                samples
                    .map(|sample| sample.offset ^ u64::from(sample.size))
                    .fold(0, |a, b| a ^ b)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, three_hours);
criterion_main!(benches);
