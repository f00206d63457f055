//! Any bytes as the start of a stream: what is said of it can stand in a playlist.
#![no_main]

use flaskflix_core::{
    Bytes,
    playlist::{DeclaredRate, Quality, StreamFacts, quality_playlist},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for facts in [
        StreamFacts::of_segment(bytes),
        StreamFacts::of_init(&Bytes::copy_from_slice(bytes)),
    ] {
        assert!(
            facts
                .resolution
                .is_none_or(|(width, height)| width > 0 && height > 0),
            "{facts:?}"
        );
        let plain = |codec: &String| {
            !codec.is_empty()
                && codec
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
        };
        assert!(facts.codecs.iter().all(plain), "{facts:?}");
        let quality = Quality {
            height: 720,
            url: "variants/720p/index.m3u8".to_owned(),
            rate: DeclaredRate::nominal(720),
            facts,
            independent: false,
        };
        let lines = quality_playlist(&[quality]);
        assert_eq!(lines.lines().count(), 4, "{lines}");
    }
});
