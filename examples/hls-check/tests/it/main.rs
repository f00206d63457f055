//! The check against HLS that ffmpeg made: a right title passes, and each damage is found and named.
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "test code; clippy.toml's exceptions do not reach what stands beside the #[test] functions"
    )
)]

mod film;
mod folder_server;

use std::fs;

use film::Film;
use flaskflix_hls_check::{expectation::Expectation, report::TitleReport, title};
use folder_server::FolderServer;

/// Damages a copy of the film with `damage` and checks it.
fn check(name: &str, damage: impl FnOnce(&Film)) -> Option<TitleReport> {
    let film = Film::make(name)?;
    damage(&film);
    let server = FolderServer::start(film.folder());
    let url = format!("{}/master.m3u8", server.base());
    let source = film.folder().join("source.mp4");
    Some(title::check(name, &url, &[source], &Expectation::default()))
}

/// Asserts that the damage is found, with a failure that says `reason`.
fn assert_found(name: &str, reason: &str, damage: impl FnOnce(&Film)) {
    let Some(report) = check(name, damage) else { return };
    assert!(!report.passed(), "{report}");
    assert!(
        report.failures.iter().any(|failure| failure.contains(reason)),
        "{report}"
    );
}

#[test]
fn a_right_title_passes() {
    let Some(report) = check("right", |_| ()) else {
        return;
    };
    assert!(report.passed(), "{report}");
    let packets: Vec<_> = report
        .streams
        .iter()
        .map(|row| (row.codec.as_str(), row.packets))
        .collect();
    // Six seconds of 25 pictures a second, and of 32 kHz sound in frames of 1024 with one of priming.
    assert_eq!(packets, [("h264", 150), ("aac", 189)]);
}

#[test]
fn a_segment_that_is_missing_is_found() {
    assert_found("missing", "packets are missing", |film| {
        film.edit("v.m3u8", |text| {
            let at = text.find("v1.m4s").unwrap();
            let extinf = text[..at].rfind("#EXTINF").unwrap();
            format!("{}{}", &text[..extinf], &text[at + "v1.m4s\n".len()..])
        });
    });
}

#[test]
fn segments_in_the_wrong_order_are_found() {
    assert_found("order", "are swapped", |film| {
        let (first, second) = (film.folder().join("v0.m4s"), film.folder().join("v1.m4s"));
        let kept = fs::read(&first).unwrap();
        fs::copy(&second, &first).unwrap();
        fs::write(&second, kept).unwrap();
    });
}

#[test]
fn one_flipped_bit_of_a_payload_is_found() {
    assert_found("bit", "other bytes than the source's", |film| {
        let path = film.folder().join("a1.m4s");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn a_stream_two_ticks_late_is_found() {
    assert_found("late", "the presentation time of packet", |film| {
        for number in 0.. {
            let path = film.folder().join(format!("v{number}.m4s"));
            let Ok(mut bytes) = fs::read(&path) else { break };
            film::delay(&mut bytes, 2);
            fs::write(path, bytes).unwrap();
        }
    });
}

#[test]
fn a_cut_between_key_frames_is_found() {
    assert_found("cut", "does not start with a key frame", |film| {
        film.package(&["-hls_flags", "split_by_time", "-hls_time", "1.5"]);
    });
}

#[test]
fn a_false_playlist_is_found() {
    #[rustfmt::skip]
    let table = [
        ("extinf", "a run of EXTINF", "v.m3u8", "#EXTINF:2.000000", "#EXTINF:1.900000"),
        ("target", "TARGETDURATION is 1", "v.m3u8", "TARGETDURATION:2", "TARGETDURATION:1"),
        ("open", "EXT-X-ENDLIST is missing", "v.m3u8", "#EXT-X-ENDLIST\n", ""),
        ("dependent", "EXT-X-INDEPENDENT-SEGMENTS is missing", "master.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS\n", ""),
    ];
    for (name, reason, file, from, to) in table {
        assert_found(name, reason, |film| {
            film.edit(file, |text| text.replace(from, to))
        });
    }
}

#[test]
fn a_false_bandwidth_is_found() {
    assert_found("peak", ": BANDWIDTH says 1,", |film| film.declare(1, None));
    assert_found("average", "AVERAGE-BANDWIDTH says 1,", |film| {
        film.declare(film.peak(), Some(1))
    });
    assert_found("none", "AVERAGE-BANDWIDTH is missing", |film| {
        film.declare(film.peak(), None)
    });
}

#[test]
fn false_attributes_are_found() {
    #[rustfmt::skip]
    let table = [
        ("codecs", "lacks avc1.", "avc1.64000b", "avc1.640028"),
        ("resolution", "RESOLUTION is 320x180, the source shows 160x90", "160x90", "320x180"),
        ("channels", "CHANNELS is 2, the source has 1", "CHANNELS=\"1\"", "CHANNELS=\"2\""),
    ];
    for (name, reason, from, to) in table {
        assert_found(name, reason, |film| {
            film.edit("master.m3u8", |text| text.replace(from, to))
        });
    }
}

#[test]
fn what_only_the_second_readers_object_to_is_found() {
    assert_found("box", "mp4-atom does not know the box zzzz", |film| {
        let path = film.folder().join("a1.m4s");
        let bytes = fs::read(&path).unwrap();
        fs::write(path, [&b"\0\0\0\x0czzzzxxxx"[..], &bytes].concat()).unwrap();
    });
    assert_found("tag", "quick-m3u8 does not know", |film| {
        film.edit("v.m3u8", |text| {
            text.replace("#EXT-X-ENDLIST", "#EXT-X-INVENTED:1\n#EXT-X-ENDLIST")
        });
    });
}

#[test]
fn sound_that_no_playlist_carries_is_found() {
    assert_found("silent", "no stream carries this aac track", |film| {
        film.edit("master.m3u8", |text| {
            let lines = text.lines().filter(|line| !line.contains("TYPE=AUDIO"));
            lines
                .map(|line| line.replace(",AUDIO=\"a\"", "") + "\n")
                .collect()
        });
    });
}
