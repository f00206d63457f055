//! What a hit costs in each tier, beside the local file itself, for several sizes of blocks.
//!
//! `cargo bench -p flaskflix-storage --bench tiers`

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceObject},
};
use flaskflix_storage::{
    fs::LocalFiles,
    tiers::{TierOptions, TieredSource},
};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

const FILE_BYTES: u64 = 64 << 20;
const BLOCKS: [(&str, u64); 3] = [("256kib", 256 << 10), ("1mib", 1 << 20), ("4mib", 4 << 20)];

fn hits(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("film.mp4"),
        vec![7; usize::try_from(FILE_BYTES).unwrap()],
    )
    .unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    let key = AssetKey::parse("film.mp4").unwrap();
    let files = Arc::new(LocalFiles::open(folder.path()).unwrap());
    let mut objects = vec![(
        "local_files".to_owned(),
        runtime.block_on(files.open(&key)).unwrap(),
    )];
    for (name, block_bytes) in BLOCKS {
        let options = TierOptions::default().block_bytes(block_bytes).prefetch_bytes(0);
        let hot = options.clone().memory_bytes(4 * FILE_BYTES);
        let warm = options.disk(folder.path().join(format!(".blocks-{name}")), 4 * FILE_BYTES);
        for (tier, options) in [("hot", hot), ("warm", warm)] {
            let source = TieredSource::new(Arc::clone(&files) as Arc<dyn ByteSource>, &options).unwrap();
            let object = runtime.block_on(async {
                source.promote(&key).await.unwrap();
                source.open(&key).await.unwrap()
            });
            objects.push((format!("{tier}_{name}"), object));
        }
    }
    for (group, len) in [
        ("tier_16kib", 16 << 10),
        ("tier_64kib", 64 << 10),
        ("tier_2mib", 2 << 20),
    ] {
        let mut group = c.benchmark_group(group);
        group.throughput(Throughput::Bytes(len));
        for (name, object) in &objects {
            let mut at = (0..).map(move |i: u64| i * 7_340_033 % (FILE_BYTES - len));
            group.bench_function(name, |b| {
                b.iter(|| {
                    let range = ByteRange::from_len(at.next().unwrap(), len).unwrap();
                    drain(&runtime, object, vec![range]);
                });
            });
        }
        group.finish();
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

criterion_group!(benches, hits);
criterion_main!(benches);
