use super::*;
use crate::probe::{Facts, Kind};

/// `count` packets of one frame of `frame` ticks each, payloads named by `seed`.
fn track(seed: u8, count: u8, den: i128, frame: i64, start: i64) -> Track {
    let packets = (0..count)
        .map(|i| Packet {
            pts: Some(start + i64::from(i) * frame),
            dts: Some(start + (i64::from(i) - 2) * frame),
            duration: Some(frame),
            size: 100 + u64::from(i % 3),
            hash: [seed.wrapping_add(i); 32],
            key: i == 0,
        })
        .collect();
    Track {
        label: format!("t{seed}"),
        kind: Kind::Video,
        codec: "h264".to_owned(),
        language: "und".to_owned(),
        time_base: TimeBase { num: 1, den },
        facts: Facts::default(),
        outside: [0, 0],
        packets,
    }
}

fn shifted(mut track: Track, ticks: i64) -> Track {
    for packet in &mut track.packets {
        packet.pts = packet.pts.map(|pts| pts + ticks);
        packet.dts = packet.dts.map(|dts| dts + ticks);
    }
    track
}

fn holds(pairs: &[(&Track, &Track)]) -> Vec<bool> {
    clocks(pairs)
        .unwrap()
        .streams
        .iter()
        .map(StreamClock::holds)
        .collect()
}

#[test]
fn equal_packets_are_equal() {
    let source = track(0, 50, 1000, 40, 0);
    assert_eq!(packets(&source.packets, &source.packets), Ok(()));
    assert_eq!(packets(&[], &[]), Ok(()));
}

#[test]
fn a_missing_packet_is_named() {
    let source = track(0, 50, 1000, 40, 0);
    for (missing, at) in [(0, 1), (20, 21), (49, 50)] {
        let mut got = source.packets.clone();
        got.remove(missing);
        assert_eq!(
            packets(&got, &source.packets),
            Err(PacketFault::Missing { at, count: 1 })
        );
        assert_eq!(
            packets(&source.packets, &got),
            Err(PacketFault::Extra { at, count: 1 })
        );
    }
    assert_eq!(
        packets(&[], &source.packets),
        Err(PacketFault::Missing { at: 1, count: 50 })
    );
}

#[test]
fn swapped_packets_are_named() {
    let source = track(0, 50, 1000, 40, 0);
    let mut got = source.packets.clone();
    got.swap(7, 8);
    assert_eq!(
        packets(&got, &source.packets),
        Err(PacketFault::Swapped { at: 8, with: 9 })
    );
    got.swap(7, 8);
    got.swap(3, 40);
    assert_eq!(
        packets(&got, &source.packets),
        Err(PacketFault::Swapped { at: 4, with: 41 })
    );
}

#[test]
fn a_wrong_payload_is_named() {
    let source = track(0, 50, 1000, 40, 0);
    let mut got = source.packets.clone();
    got[9].hash[31] ^= 1;
    assert_eq!(packets(&got, &source.packets), Err(PacketFault::Hash { at: 10 }));
    got[4].size = 5;
    let size = PacketFault::Size {
        at: 5,
        got: 5,
        want: 101,
    };
    assert_eq!(packets(&got, &source.packets), Err(size));
}

#[test]
fn one_offset_for_all_streams_is_kept() {
    let (video, audio) = (track(0, 50, 12_800, 512, -1024), track(100, 60, 48_000, 1024, 0));
    // 80 ms are 1024 ticks of the one and 3840 of the other.
    let (got_video, got_audio) = (shifted(video.clone(), 1024), shifted(audio.clone(), 3840));
    let result = clocks(&[(&got_video, &video), (&got_audio, &audio)]).unwrap();
    assert_eq!(result.offset * 1000, result.per_second * 80);
    assert!(
        result
            .streams
            .iter()
            .all(|s| s.holds() && s.presentation.worst == 0 && s.decode.worst == 0)
    );
}

#[test]
fn a_stream_two_ticks_off_fails_and_one_tick_off_holds() {
    let (a, b) = (track(0, 50, 48_000, 1024, 0), track(100, 60, 48_000, 1024, 0));
    for (skew, holding) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let skewed = shifted(b.clone(), skew);
        assert_eq!(holds(&[(&a, &a), (&skewed, &b)]), [true, holding], "{skew}");
        assert_eq!(holds(&[(&skewed, &b), (&a, &a)]), [true, holding], "{skew}");
    }
}

#[test]
fn a_skewed_stream_of_coarse_ticks_fails_beside_a_fine_one() {
    let (video, audio) = (track(0, 50, 24, 1, 0), track(100, 60, 44_100, 1024, 0));
    let skewed = shifted(video.clone(), 2);
    assert_eq!(holds(&[(&skewed, &video), (&audio, &audio)]), [false, true]);
    let skewed = shifted(audio.clone(), 44_100 / 24 * 2);
    assert_eq!(holds(&[(&video, &video), (&skewed, &audio)]), [false, true]);
}

#[test]
fn one_late_packet_fails() {
    let source = track(0, 50, 1000, 40, 0);
    let mut got = source.clone();
    got.packets[30].pts = Some(1202);
    let result = clocks(&[(&got, &source)]).unwrap();
    let drift = &result.streams[0].presentation;
    assert_eq!((drift.worst, drift.at), (2, 31));
    assert!(!result.streams[0].holds());
}

#[test]
fn decode_times_apart_from_presentation_times_fail() {
    let source = track(0, 50, 1000, 40, 0);
    let mut got = source.clone();
    for packet in &mut got.packets {
        packet.dts = packet.dts.map(|dts| dts + 2);
    }
    assert_eq!(holds(&[(&got, &source)]), [false]);
}

#[test]
fn a_presentation_time_that_got_lost_fails() {
    let source = track(0, 50, 1000, 40, 0);
    let mut got = source.clone();
    got.packets[3].pts = None;
    assert_eq!(holds(&[(&got, &source)]), [false]);
    got.packets[3].pts = source.packets[3].pts;
    got.packets[3].dts = None;
    assert_eq!(
        holds(&[(&got, &source)]),
        [true],
        "decode times are compared where both sides have them"
    );
}

#[test]
fn another_timescale_is_no_skew() {
    let source = track(0, 50, 8, 1, -2);
    let mut got = track(0, 50, 16_384, 2048, 0);
    got.packets.iter_mut().for_each(|packet| packet.duration = None);
    assert_eq!(holds(&[(&got, &source)]), [true]);
}

#[test]
fn times_that_overflow_are_an_error_and_not_equal() {
    let mut odd = track(0, 2, (1 << 126) - 1, 1, 0);
    assert!(clocks(&[(&odd, &track(0, 2, 1000, 1, 0))]).is_err());
    odd.packets.clear();
    assert!(clocks(&[(&odd, &odd)]).is_err());
    assert!(clocks(&[]).is_err());
}

#[test]
fn tracks_are_matched_by_payload_and_a_damaged_one_by_what_it_shares() {
    let (a, b) = (track(0, 50, 1000, 40, 0), track(100, 50, 1000, 40, 0));
    let mut damaged = b.clone();
    damaged.packets.remove(5);
    let stranger = track(200, 20, 1000, 40, 0);
    let got = [&damaged, &a, &stranger];
    assert_eq!(match_tracks(&got, &[&a, &b]), [Some(1), Some(0), None]);
    assert_eq!(match_tracks(&[&a, &a], &[&a, &a]), [Some(0), Some(1)]);
}
