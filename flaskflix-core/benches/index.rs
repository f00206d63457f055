//! The index: time to read the `moov` box of a long film, and to look samples up in it.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flaskflix_core::{
    Bytes,
    mp4::{Index, Indexer, Limits, Step},
    testing::mp4::long_film,
};

/// Indexes a film of which only the start is there.
fn index(film: &Bytes, object_len: u64) -> Option<Index> {
    let mut indexer = Indexer::new(object_len, Limits::default());
    loop {
        match indexer.step().ok()? {
            Step::Done(index) => return Some(index),
            Step::Read(range) => {
                let start = usize::try_from(range.start()).ok()?;
                let end = usize::try_from(range.end()).ok()?;
                indexer.supply(film.slice(start..end));
            }
        }
    }
}

fn three_hours(c: &mut Criterion) {
    let (film, object_len) = long_film(3);
    let Some(indexed) = index(&film, object_len) else {
        return;
    };
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Bytes(film.len() as u64));
    group.bench_function("three_hours_1271700_samples", |b| {
        b.iter(|| index(black_box(&film), object_len));
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
