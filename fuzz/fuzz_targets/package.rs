//! Real films with some bytes changed: whatever is indexed can be packaged whole, and every segment is as long as announced.
#![no_main]

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    id::AssetKey,
    mp4::{Limits, index_bytes},
    object::Piece,
    package::{Input, PackageOptions, Presentation},
    source::ObjectInfo,
    validator::EntityTag,
};
use libfuzzer_sys::{arbitrary::Unstructured, fuzz_target};

/// The seeds of `boxes`: progressive films, films in fragments, hybrids.
const FILMS: [&[u8]; 8] = [
    include_bytes!("../seeds/boxes/front.mp4"),
    include_bytes!("../seeds/boxes/end.mp4"),
    include_bytes!("../seeds/boxes/sound.mp4"),
    include_bytes!("../seeds/boxes/frag.mp4"),
    include_bytes!("../seeds/boxes/dash.mp4"),
    include_bytes!("../seeds/boxes/hybrid.mp4"),
    include_bytes!("../seeds/boxes/every_frame.mp4"),
    include_bytes!("../seeds/boxes/edits.mp4"),
];

fuzz_target!(|data: &[u8]| {
    let mut data = Unstructured::new(data);
    let Some(file) = mutated(&mut data) else { return };
    let len = file.len() as u64;
    // Nothing here is larger: memory is bounded by the limits where it is not by the file.
    let limits = Limits {
        max_samples: 1 << 14,
        max_moov_bytes: 1 << 20,
        ..Limits::default()
    };
    let Ok(index) = index_bytes(&file, &limits) else {
        return;
    };
    let input = Input {
        asset: AssetKey::parse("fuzz.mp4").unwrap(),
        info: ObjectInfo {
            len,
            etag: EntityTag::strong("fuzz").unwrap(),
            last_modified: None,
        },
        index: Arc::new(index),
    };
    let options = PackageOptions::default().target_duration(Duration::from_secs(1));
    let Ok(title) = Presentation::plan(vec![input], &options) else {
        return;
    };
    // Text has no media segments.
    for stream in title.streams().iter().filter(|stream| !stream.is_text()) {
        let init = title.init_segment(stream);
        assert_eq!(init.info().len, init.pieces().iter().map(Piece::len).sum::<u64>());
        let mut samples = 0;
        for number in 1..=stream.segment_count() {
            let segment = title.segment(stream, number).unwrap();
            assert_eq!(
                segment.info().len,
                segment.pieces().iter().map(Piece::len).sum::<u64>()
            );
            let inside = |piece: &Piece| !matches!(piece, Piece::Source(range) if range.end() > len);
            assert!(
                segment.pieces().iter().all(inside),
                "a piece outside of {len} bytes"
            );
            let Some(Piece::Bytes(head)) = segment.pieces().first() else {
                panic!("a segment starts with its header")
            };
            samples += samples_in(head);
        }
        // A sample of no bytes is time of the sample before it.
        let track = title.track(stream).unwrap();
        let written = track
            .samples
            .samples(0..u32::MAX)
            .filter(|sample| sample.size > 0);
        assert_eq!(samples, written.count() as u64, "every sample is in one segment");
    }
});

/// A film with up to 16 of its bytes changed, and perhaps its end cut off.
fn mutated(data: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let mut film = data.choose(&FILMS).ok()?.to_vec();
    for _ in 0..data.int_in_range(0..=16).ok()? {
        let at = data.choose_index(film.len()).ok()?;
        *film.get_mut(at)? = data.arbitrary().ok()?;
    }
    if data.ratio(1, 8).ok()? {
        film.truncate(data.int_in_range(0..=film.len()).ok()?);
    }
    Some(film)
}

/// The number of samples in the `trun` box of a header, which is the last one before `mdat`.
fn samples_in(head: &[u8]) -> u64 {
    let at = head.windows(4).rposition(|four| four == b"trun").unwrap();
    u64::from(u32::from_be_bytes(head[at + 8..at + 12].try_into().unwrap()))
}
