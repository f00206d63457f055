//! What reading a hot file costs: `LocalFiles` beside a bare loop of `pread` into one buffer.
//!
//! `cargo bench -p flaskflix-storage --bench local_files`

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use std::{fs::File, hint::black_box, os::unix::fs::FileExt, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceObject},
};
use flaskflix_storage::fs::LocalFiles;
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

const FILE_BYTES: u64 = 64 << 20;
const CHUNK_BYTES: usize = 512 << 10;

fn reads(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    std::fs::write(&path, vec![7; usize::try_from(FILE_BYTES).unwrap()]).unwrap();
    let file = File::open(&path).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    let files = LocalFiles::open(folder.path()).unwrap();
    let key = AssetKey::parse("film.mp4").unwrap();
    let object = runtime.block_on(files.open(&key)).unwrap();

    for (name, len) in [("range_64kib", 64 << 10), ("range_2mib", 2 << 20)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(len));
        let mut at = (0..).map(move |i: u64| i * 7_340_033 % (FILE_BYTES - len));
        let mut buffer = vec![0; CHUNK_BYTES];
        group.bench_function("pread_loop", |b| {
            b.iter(|| pread_loop(&file, at.next().unwrap(), len, &mut buffer));
        });
        group.bench_function("local_files", |b| {
            b.iter(|| {
                let range = ByteRange::from_len(at.next().unwrap(), len).unwrap();
                drain(&runtime, &object, vec![range])
            });
        });
        group.finish();
    }

    // The audio of a packaged segment: 300 samples of 300 bytes, 700 bytes of video between them.
    let samples: Vec<_> = (0..300)
        .map(|i| ByteRange::from_len(i * 1_000, 300).unwrap())
        .collect();
    let mut group = c.benchmark_group("samples_300x300b");
    group.throughput(Throughput::Bytes(300 * 300));
    group.bench_function("local_files", |b| {
        b.iter(|| drain(&runtime, &object, samples.clone()))
    });
    group.finish();

    c.bench_function("open", |b| {
        b.iter(|| runtime.block_on(files.open(black_box(&key))).unwrap())
    });
}

fn pread_loop(file: &File, start: u64, len: u64, buffer: &mut [u8]) {
    let mut done = 0;
    while done < len {
        let room = buffer.len().min(usize::try_from(len - done).unwrap());
        let read = file
            .read_at(buffer.get_mut(..room).unwrap(), start + done)
            .unwrap();
        black_box(&buffer);
        done += read as u64;
    }
}

fn drain(runtime: &Runtime, object: &Arc<dyn SourceObject>, ranges: Vec<ByteRange>) {
    runtime.block_on(async {
        let mut stream = Arc::clone(object).read(ranges);
        while let Some(chunk) = stream.next().await {
            black_box(chunk.unwrap());
        }
    });
}

criterion_group!(benches, reads);
criterion_main!(benches);
