//! I-frame playlists and the key frames they list.

use std::time::Duration;

use flaskflix_core::{
    package::PackageOptions,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};
use m3u8_rs::Playlist;

use super::{
    demux::{Packet, segment},
    film::{Packaged, Urls, audio, packaged, plan, video},
};

/// The entries of a stream's I-frame playlist: number and duration in microseconds.
fn entries(packaged: &Packaged, id: &str) -> Vec<(u32, u64)> {
    let text = playlist(packaged, id).expect("an I-frame playlist");
    let mut lines = text.lines();
    let mut entries = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(duration) = line.strip_prefix("#EXTINF:") {
            let micros = duration.trim_end_matches(',').replace('.', "").parse().unwrap();
            let name = lines.next().unwrap();
            let number = name.strip_prefix('k').unwrap().strip_suffix(".m4s").unwrap();
            entries.push((number.parse().unwrap(), micros));
        }
    }
    entries
}

fn playlist(packaged: &Packaged, id: &str) -> Option<String> {
    packaged
        .plan
        .key_frame_playlist(packaged.plan.stream(id).unwrap(), &Urls)
}

/// A key frame, downloaded.
fn key_frame(packaged: &Packaged, id: &str, number: u32) -> Vec<u8> {
    let object = packaged.plan.key_frame(packaged.plan.stream(id).unwrap(), number);
    packaged.bytes(id, &object.expect("a key frame"))
}

fn packet(packaged: &Packaged, id: &str, number: u32) -> Packet {
    let (sequence, packets) = segment(&key_frame(packaged, id, number));
    assert_eq!(sequence, number);
    let [packet] = packets.try_into().expect("one sample");
    packet
}

/// 25 pictures per second that are all key frames.
fn all_intra(seconds: u32) -> TestTrack {
    let samples = (0..seconds * 25).map(|n| (900 + n % 13, 512, 0, true)).collect();
    TestTrack::new(TestCodec::H264, 12_800, samples)
}

#[test]
fn every_key_frame_is_listed_where_they_are_a_second_apart_or_more() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    let listed = entries(&packaged, "v1");
    assert_eq!(
        listed.iter().map(|entry| entry.0).collect::<Vec<_>>(),
        (1..=16).collect::<Vec<_>>()
    );
    // The priming of the sound comes 21,328 us before the first picture, and the first entry counts from zero.
    assert_eq!(listed[..2], [(1, 2_021_328), (2, 2_000_000)]);
}

#[test]
fn of_a_film_of_key_frames_one_per_second_is_listed() {
    let packaged = packaged(&[TestMovie::new(vec![all_intra(10)])]);
    let want: Vec<(u32, u64)> = (0..10).map(|second| (1 + 25 * second, 1_000_000)).collect();
    assert_eq!(entries(&packaged, "v1"), want);
    // The others are there when asked for.
    assert_eq!(packet(&packaged, "v1", 17).data.len(), 900 + 16 % 13);
}

#[test]
fn the_interval_is_a_setting_and_no_list_is_longer_than_the_limit() {
    let film = [TestMovie::new(vec![all_intra(20)])];
    let count = |options: &PackageOptions| entries(&plan(&film, options).unwrap(), "v1").len();
    let options = PackageOptions::default();
    assert_eq!(
        count(&options.clone().key_frame_interval(Duration::from_secs(5))),
        4
    );
    assert_eq!(count(&options.clone().key_frame_interval(Duration::ZERO)), 200);
    let mut few = options;
    few.max_segments = 8;
    assert!((7..=8).contains(&count(&few)), "{}", count(&few));
}

#[test]
fn durations_sum_to_what_the_picture_lasts() {
    for keys in [7, 12, 50, 300] {
        let packaged = packaged(&[TestMovie::new(vec![video(751, keys), audio(1408, b"eng")])]);
        let film: u64 = packaged.plan.stream("v1").unwrap().durations().sum();
        let listed: u64 = entries(&packaged, "v1").iter().map(|entry| entry.1).sum();
        assert_eq!(listed, film, "a key frame every {keys} pictures");
    }
}

#[test]
fn a_key_frame_is_the_very_sample_and_lasts_until_the_next_listed_one() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 12), audio(1408, b"eng")])]);
    let segments = packaged.segments("v1");
    let all: Vec<Packet> = segments.iter().flat_map(|bytes| segment(bytes).1).collect();
    let keys: Vec<&Packet> = all.iter().filter(|packet| packet.sync).collect();
    let end = all
        .iter()
        .map(|packet| packet.pts + i64::from(packet.duration))
        .max();
    let listed = entries(&packaged, "v1");
    assert!(listed.len() < keys.len(), "a key frame every 0.48 s");
    let next = listed.iter().skip(1).map(|entry| keys[entry.0 as usize - 1].pts);
    for (&(number, _), next) in listed.iter().zip(next.chain(end)) {
        let (alone, key) = (packet(&packaged, "v1", number), keys[number as usize - 1]);
        assert_eq!((alone.dts, alone.pts), (key.dts, key.pts), "k{number}");
        assert!(alone.sync && alone.data == key.data, "k{number}");
        assert_eq!(alone.pts + i64::from(alone.duration), next, "k{number}");
    }
}

#[test]
fn what_is_no_key_frame_is_none() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    let stream = |id| packaged.plan.stream(id).unwrap();
    for number in [0, 17, u32::MAX] {
        assert!(
            packaged.plan.key_frame(stream("v1"), number).is_none(),
            "{number}"
        );
    }
    assert!(packaged.plan.key_frame(stream("a1"), 1).is_none());
    assert!(playlist(&packaged, "a1").is_none());
}

#[test]
fn a_film_without_key_frames_has_no_i_frame_playlist() {
    let samples = (0..250).map(|_| (100, 512, 0, false)).collect();
    let film = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]);
    let packaged = packaged(&[film]);
    assert!(playlist(&packaged, "v1").is_none());
    let master = packaged.plan.multivariant_playlist(&Urls);
    assert!(!master.contains("I-FRAME"), "{master}");
}

#[test]
fn declared_bit_rates_are_those_of_the_entries() {
    let packaged = packaged(&[TestMovie::new(vec![all_intra(30), audio(1408, b"eng")])]);
    let sizes = entries(&packaged, "v1")
        .into_iter()
        .map(|(number, micros)| (key_frame(&packaged, "v1", number).len() as u64, micros));
    let (bytes, micros) = sizes
        .clone()
        .fold((0, 0), |sum, entry| (sum.0 + entry.0, sum.1 + entry.1));
    // Every entry lasts a second, as long as the target: the peak is that of the largest.
    let peak = sizes
        .map(|(bytes, micros)| (bytes * 8_000_000).div_ceil(micros))
        .max()
        .unwrap();
    let master = packaged.plan.multivariant_playlist(&Urls);
    let line = master
        .lines()
        .find(|line| line.starts_with("#EXT-X-I-FRAME-STREAM-INF:"));
    let average = (bytes * 8_000_000).div_ceil(micros);
    assert_eq!(
        line,
        Some(&*format!(
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"avc1.64001f\",RESOLUTION=640x360,\
             URI=\"v1/iframes.m3u8\""
        ))
    );
}

#[test]
fn the_playlist_means_the_same_to_another_parser() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    let text = playlist(&packaged, "v1").unwrap();
    let Ok(([], Playlist::MediaPlaylist(parsed))) = m3u8_rs::parse_playlist(text.as_bytes()) else {
        panic!("{text}");
    };
    assert!(parsed.i_frames_only && parsed.end_list);
    assert_eq!(
        parsed.version,
        Some(5),
        "what EXT-X-MAP needs in an I-frame playlist"
    );
    let map = parsed.segments[0].map.as_ref();
    assert_eq!(map.map(|map| map.uri.as_str()), Some("init.mp4"));
    for segment in &parsed.segments {
        assert!(segment.duration.round() as u64 <= parsed.target_duration);
    }
}
