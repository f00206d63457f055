//! Playlists parse back with m3u8-rs and quick-m3u8 to what was meant; the same input gives the same bytes.

use flaskflix_core::testing::mp4::{TestMovie, TestTrack};
use m3u8_rs::{AlternativeMediaType, MasterPlaylist, MediaPlaylist, MediaPlaylistType, Playlist};
use quick_m3u8::{
    HlsLine, Reader,
    config::ParsingOptionsBuilder,
    tag::{KnownTag, hls::Tag},
};

use super::film::{Packaged, Urls, audio, packaged, video};

/// A ladder of two, with two languages and a name that tries to break out.
fn title() -> Packaged {
    let small = || TestTrack {
        samples: video(751, 50)
            .samples
            .iter()
            .map(|s| (s.0 / 4, s.1, s.2, s.3))
            .collect(),
        ..video(1, 1)
    };
    let named = || TestTrack {
        name: "Director's \"cut\",URI=x".to_owned(),
        ..audio(1408, b"deu")
    };
    packaged(&[
        TestMovie::new(vec![video(751, 50), audio(1408, b"eng"), named()]),
        TestMovie::new(vec![small(), audio(1408, b"eng"), named()]),
    ])
}

fn master(text: &str) -> MasterPlaylist {
    match m3u8_rs::parse_playlist(text.as_bytes()) {
        Ok(([], Playlist::MasterPlaylist(master))) => master,
        other => panic!("{other:?}"),
    }
}

fn media(text: &str) -> MediaPlaylist {
    match m3u8_rs::parse_playlist(text.as_bytes()) {
        Ok(([], Playlist::MediaPlaylist(media))) => media,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_multivariant_playlist_means_what_was_planned() {
    let title = title();
    let text = title.plan.multivariant_playlist(&Urls);
    let master = master(&text);
    assert!(master.independent_segments);
    assert!(master.unknown_tags.is_empty());
    let sound = master.alternatives.iter();
    let sound: Vec<_> = sound
        .map(|media| {
            assert_eq!(
                (&media.media_type, media.group_id.as_str()),
                (&AlternativeMediaType::Audio, "audio1")
            );
            (
                media.name.as_str(),
                media.language.as_deref(),
                media.default,
                media.uri.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        sound,
        [
            ("English", Some("en"), true, Some("a1/index.m3u8")),
            ("Director's 'cut',URI=x", Some("de"), false, Some("a2/index.m3u8")),
        ]
    );
    let rate = |id: &str| title.plan.stream(id).unwrap();
    let worst = rate("a1").peak_bandwidth().max(rate("a2").peak_bandwidth());
    let (key_frames, variants): (Vec<_>, Vec<_>) =
        master.variants.iter().partition(|variant| variant.is_i_frame);
    for (variant, id) in variants.iter().zip(["v1", "v2"]) {
        assert_eq!(variant.uri, format!("{id}/index.m3u8"));
        assert_eq!(variant.bandwidth, rate(id).peak_bandwidth() + worst);
        assert!(variant.average_bandwidth.unwrap() <= variant.bandwidth);
        assert_eq!(variant.codecs.as_deref(), Some("avc1.64001f,mp4a.40.2"));
        assert_eq!(
            variant.resolution.map(|size| (size.width, size.height)),
            Some((640, 360))
        );
        assert_eq!(variant.frame_rate, Some(25.0));
        assert_eq!(variant.audio.as_deref(), Some("audio1"));
    }
    assert_eq!(variants.len(), 2);
    for (variant, id) in key_frames.iter().zip(["v1", "v2"]) {
        assert_eq!(variant.uri, format!("{id}/iframes.m3u8"));
        assert_eq!(Some(variant.bandwidth), rate(id).key_frame_bandwidth());
        assert_eq!(variant.codecs.as_deref(), Some("avc1.64001f"), "no sound");
        assert_eq!((variant.frame_rate, variant.audio.as_deref()), (None, None));
    }
    assert_eq!(key_frames.len(), 2);
}

#[test]
fn media_playlists_mean_what_was_planned() {
    let title = title();
    let targets = title.plan.streams().iter().map(|stream| {
        let playlist = media(&title.plan.media_playlist(stream, &Urls));
        assert!(playlist.end_list && playlist.independent_segments);
        assert_eq!((playlist.version, playlist.media_sequence), (Some(6), 1));
        assert_eq!(playlist.playlist_type, Some(MediaPlaylistType::Vod));
        let planned: Vec<u64> = stream.durations().collect();
        assert_eq!(playlist.segments.len(), planned.len());
        for ((segment, micros), number) in playlist.segments.iter().zip(planned).zip(1..) {
            assert_eq!(segment.uri, format!("{number}.m4s"));
            assert!((f64::from(segment.duration) - micros as f64 / 1e6).abs() < 1e-5);
            assert!(segment.duration.round() as u64 <= playlist.target_duration);
        }
        assert_eq!(
            playlist.segments[0].map.as_ref().map(|map| map.uri.as_str()),
            Some("init.mp4")
        );
        playlist.target_duration
    });
    let targets: Vec<u64> = targets.collect();
    assert!(
        targets.windows(2).all(|pair| pair[0] == pair[1]),
        "one target for all: {targets:?}"
    );
}

/// Reads every line with quick-m3u8 and returns how many lines of each kind there are.
fn quick(text: &str) -> (usize, usize) {
    let options = ParsingOptionsBuilder::new().with_parsing_for_all_tags().build();
    let mut reader = Reader::from_str(text, options);
    let (mut tags, mut uris) = (0, 0);
    while let Some(line) = reader.read_line().unwrap() {
        match line {
            HlsLine::KnownTag(KnownTag::Hls(tag)) => {
                tags += 1;
                if let Tag::StreamInf(variant) = &tag {
                    assert_eq!(variant.codecs(), Some("avc1.64001f,mp4a.40.2"));
                    assert_eq!(variant.audio(), Some("audio1"));
                }
                if let Tag::Map(map) = &tag {
                    assert_eq!(map.uri(), "init.mp4");
                }
            }
            HlsLine::Uri(_) => uris += 1,
            other => panic!("neither a tag of the specification nor a URI: {other:?}"),
        }
    }
    (tags, uris)
}

#[test]
fn quick_m3u8_knows_every_line() {
    let title = title();
    // EXTM3U, VERSION, INDEPENDENT-SEGMENTS, two each of MEDIA, STREAM-INF and I-FRAME-STREAM-INF
    assert_eq!(quick(&title.plan.multivariant_playlist(&Urls)), (9, 2));
    for stream in title.plan.streams() {
        // EXTM3U, VERSION, TARGETDURATION, MEDIA-SEQUENCE, PLAYLIST-TYPE, INDEPENDENT-SEGMENTS, MAP, ENDLIST
        let segments = stream.segment_count() as usize;
        assert_eq!(
            quick(&title.plan.media_playlist(stream, &Urls)),
            (8 + segments, segments)
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (title(), title());
    assert_eq!(first.plan.etag(), second.plan.etag());
    assert_eq!(
        first.plan.multivariant_playlist(&Urls),
        second.plan.multivariant_playlist(&Urls)
    );
    for stream in first.plan.streams() {
        let twin = second.plan.stream(stream.id()).unwrap();
        assert_eq!(
            first.plan.media_playlist(stream, &Urls),
            second.plan.media_playlist(twin, &Urls)
        );
        assert_eq!(first.segments(stream.id()), second.segments(stream.id()));
    }
}
