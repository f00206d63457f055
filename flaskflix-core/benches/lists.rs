//! Lists of a two-hour film: its plan, playlists, I-frame playlist, DASH description, and a key frame at either end.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    mp4::{Index, Indexer, Limits, Step},
    package::{Input, PackageOptions, Presentation},
    playlist::PlaylistUrls,
    source::ObjectInfo,
    testing::mp4::long_film,
    validator::EntityTag,
};

/// URLs of the shape that the edge writes.
struct Urls;

impl PlaylistUrls for Urls {
    fn media_playlist(&self, stream: &str) -> String {
        format!("{stream}/index.m3u8")
    }

    fn key_frames(&self, stream: &str) -> String {
        format!("{stream}/iframes.m3u8")
    }

    fn key_frame(&self, number: u32) -> String {
        format!("k{number}.m4s")
    }

    fn dash_init(&self) -> String {
        "$RepresentationID$/init.mp4".to_owned()
    }

    fn dash_segment(&self) -> String {
        "$RepresentationID$/$Number$.m4s".to_owned()
    }

    fn init(&self) -> String {
        "init.mp4".to_owned()
    }

    fn segment(&self, number: u32) -> String {
        format!("{number}.m4s")
    }

    fn key(&self) -> String {
        "../key".to_owned()
    }

    fn text_segment(&self, number: u32) -> String {
        format!("{number}.vtt")
    }

    fn subtitles(&self, stream: &str) -> String {
        format!("{stream}/subtitles.vtt")
    }

    fn chapters_json(&self) -> String {
        "chapters.json".to_owned()
    }
}

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

fn two_hours() -> Option<Vec<Input>> {
    let (film, len) = long_film(2);
    Some(vec![Input {
        asset: AssetKey::parse("film.mp4").ok()?,
        info: ObjectInfo {
            len,
            etag: EntityTag::of_bytes(b"film"),
            last_modified: None,
        },
        index: Arc::new(index(&film, len)?),
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
