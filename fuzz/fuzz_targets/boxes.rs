//! Any bytes as an MP4 file: what is indexed lies inside the file, and what is packaged from it does, too.
#![no_main]

use std::sync::Arc;

use flaskflix_core::{
    id::AssetKey,
    mp4::{Limits, index_bytes},
    object::Piece,
    package::{Input, PackageOptions, Presentation},
    source::ObjectInfo,
    validator::EntityTag,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    // Fragments may share data, so that a few bytes make many samples: their number is bounded by the limits.
    let limits = Limits {
        max_samples: 1 << 14,
        max_moov_bytes: 1 << 20,
        ..Limits::default()
    };
    let Ok(index) = index_bytes(file, &limits) else {
        return;
    };
    let len = file.len() as u64;
    // The moov box is part of the file; what stands beside it is bounded by the file, not by the counts in it. Of fragments
    // a moov box is made, and of a track that is trimmed at its start a table: there sizes of 4 bits become 32.
    let moov = if index.fragments().is_some() {
        limits.max_moov_bytes
    } else {
        len
    };
    assert!(
        index.memory_bytes() <= len + 16 * moov + (64 << 10),
        "{} bytes of index",
        index.memory_bytes()
    );
    for track in index.tracks() {
        let (mut time, mut bytes) = (0, 0);
        for sample in track.samples.samples(0..track.samples.len().min(10_000)) {
            assert!(
                sample.offset + u64::from(sample.size) <= len,
                "{sample:?} of {len} bytes"
            );
            assert_eq!(sample.decode_time, time);
            time += u64::from(sample.duration);
            bytes += u64::from(sample.size);
            assert_eq!(bytes, track.samples.bytes_in(0..sample.index + 1));
        }
    }
    let info = ObjectInfo {
        len,
        etag: EntityTag::strong("fuzz").unwrap(),
        last_modified: None,
    };
    let input = Input {
        asset: AssetKey::parse("fuzz.mp4").unwrap(),
        info,
        index: Arc::new(index),
    };
    let Ok(title) = Presentation::plan(vec![input], &PackageOptions::default()) else {
        return;
    };
    // Text has no media segments.
    for stream in title.streams().iter().filter(|stream| !stream.is_text()) {
        let numbers = 1..=stream.segment_count().min(100);
        for segment in numbers.map(|number| title.segment(stream, number).unwrap()) {
            assert_eq!(
                segment.info().len,
                segment.pieces().iter().map(Piece::len).sum::<u64>()
            );
            let inside = |piece: &Piece| !matches!(piece, Piece::Source(range) if range.end() > len);
            assert!(
                segment.pieces().iter().all(inside),
                "a piece outside of {len} bytes"
            );
        }
    }
});
