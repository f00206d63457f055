//! What the first bytes of streams say, against what ffprobe says of the same bytes.

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use flaskflix_core::{Bytes, mpegts, playlist::StreamFacts};
use proptest::prelude::*;

/// A stream that ffmpeg writes to its standard output.
struct Case {
    name: &'static str,
    arguments: &'static [&'static str],
    /// `{level}` stands for the level that ffprobe finds, in the codec's own spelling.
    codecs: &'static [&'static str],
    frame_rate_thousandths: Option<u64>,
}

const H264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast"];

#[rustfmt::skip]
const TRANSPORT_STREAMS: &[Case] = &[
    Case { name: "h264 high, aac", arguments: &["-c:v", "libx264", "-preset", "veryfast", "-vf", "scale=320:180,setsar=1", "-c:a", "aac"],
           codecs: &["avc1.6400{level}", "mp4a.40.2"], frame_rate_thousandths: Some(25_000) },
    Case { name: "h264 baseline, cropped", arguments: &["-c:v", "libx264", "-preset", "ultrafast", "-vf", "scale=322:182,setsar=1", "-an"],
           codecs: &["avc1.42c0{level}"], frame_rate_thousandths: Some(25_000) },
    Case { name: "h264 interlaced, 29.97", arguments: &["-c:v", "libx264", "-flags", "+ilme+ildct", "-r", "30000/1001", "-vf", "scale=352:288,setsar=1", "-an"],
           codecs: &["avc1.6400{level}"], frame_rate_thousandths: Some(29_970) },
    Case { name: "h264 4:4:4", arguments: &["-c:v", "libx264", "-pix_fmt", "yuv444p", "-vf", "scale=162:90,setsar=1", "-an"],
           codecs: &["avc1.f400{level}"], frame_rate_thousandths: Some(25_000) },
    Case { name: "h264 with scaling lists", arguments: &["-c:v", "libx264", "-x264-params", "cqm=jvt", "-vf", "scale=160:90,setsar=1", "-an"],
           codecs: &["avc1.6400{level}"], frame_rate_thousandths: Some(25_000) },
    Case { name: "h264, ac-3", arguments: &["-c:v", "libx264", "-vf", "scale=160:90,setsar=1", "-c:a", "ac3"],
           codecs: &["avc1.6400{level}", "ac-3"], frame_rate_thousandths: Some(25_000) },
    Case { name: "hevc main", arguments: &["-c:v", "libx265", "-x265-params", "log-level=none", "-vf", "scale=322:182,setsar=1", "-an"],
           codecs: &["hvc1.1.6.L{level}.90"], frame_rate_thousandths: None },
    Case { name: "mp3 only", arguments: &["-vn", "-c:a", "libmp3lame"],
           codecs: &["mp4a.40.34"], frame_rate_thousandths: None },
];

#[rustfmt::skip]
const FRAGMENTED: &[Case] = &[
    Case { name: "h264 high, aac", arguments: &["-c:v", "libx264", "-vf", "scale=320:180,setsar=1", "-c:a", "aac"],
           codecs: &["avc1.6400{level}", "mp4a.40.2"], frame_rate_thousandths: None },
    Case { name: "hevc", arguments: &["-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=none", "-vf", "scale=320:180,setsar=1", "-an"],
           codecs: &["hvc1.1.6.L{level}.90"], frame_rate_thousandths: None },
];

#[test]
fn a_transport_stream_says_what_ffprobe_finds() {
    for case in TRANSPORT_STREAMS {
        let Some(stream) = encode(case, &["-f", "mpegts", "pipe:1"]) else {
            return;
        };
        let start = &stream[..stream.len().min(256 << 10)];
        assert_case(case, &StreamFacts::of_segment(start), &stream);
    }
}

#[test]
fn an_initialisation_section_says_what_ffprobe_finds() {
    for case in FRAGMENTED {
        let fragmented = [
            "-movflags",
            "empty_moov+default_base_moof+frag_keyframe",
            "-f",
            "mp4",
            "pipe:1",
        ];
        let Some(stream) = encode(case, &fragmented) else {
            return;
        };
        let section = &stream[..stream.windows(4).position(|bytes| bytes == b"moof").unwrap() - 4];
        let facts = StreamFacts::of_init(&Bytes::copy_from_slice(section));
        assert_case(case, &facts, &stream);
    }
}

#[test]
fn an_empty_size_is_no_size() {
    let case = &FRAGMENTED[0];
    let fragmented = ["-movflags", "empty_moov", "-f", "mp4", "pipe:1"];
    let Some(mut stream) = encode(case, &fragmented) else {
        return;
    };
    // Width and height follow 24 bytes of other fields in the sample entry.
    let entry = stream.windows(4).position(|bytes| bytes == b"stsd").unwrap() + 16;
    assert_eq!(&stream[entry..entry + 4], b"avc1");
    stream[entry + 28..entry + 32].fill(0);
    assert_eq!(StreamFacts::of_init(&Bytes::from(stream)).resolution, None);
}

#[test]
fn half_a_list_of_codecs_is_none() {
    let arguments = &[
        "-c:v",
        "mpeg2video",
        "-vf",
        "scale=160:90,setsar=1",
        "-c:a",
        "aac",
    ];
    let case = Case {
        name: "mpeg-2 video",
        arguments,
        codecs: &[],
        frame_rate_thousandths: None,
    };
    let Some(stream) = encode(&case, &["-f", "mpegts", "pipe:1"]) else {
        return;
    };
    assert_eq!(StreamFacts::of_segment(&stream).codecs, [""; 0]);
}

#[test]
fn bytes_that_are_no_stream_say_nothing() {
    for bytes in [&b""[..], b"G", &[0x47; 188], &[0; 4096], b"#EXTM3U\n"] {
        assert_eq!(mpegts::probe(bytes), None);
        assert_eq!(StreamFacts::of_segment(bytes), StreamFacts::default());
        assert_eq!(
            StreamFacts::of_init(&Bytes::copy_from_slice(bytes)),
            StreamFacts::default()
        );
    }
}

#[test]
fn a_damaged_stream_never_panics() {
    let case = Case {
        name: "damaged",
        arguments: H264,
        codecs: &[],
        frame_rate_thousandths: None,
    };
    let Some(stream) = encode(&case, &["-t", "0.2", "-f", "mpegts", "pipe:1"]) else {
        return;
    };
    let stream = &stream[..stream.len().min(16 << 10)];
    proptest!(|(flips in prop::collection::vec((0..stream.len(), 0..8_u32), 1..40), cut in 0..stream.len())| {
        let mut damaged = stream.to_vec();
        for (at, bit) in flips {
            damaged[at] ^= 1 << bit;
        }
        damaged.truncate(cut);
        let facts = StreamFacts::of_segment(&damaged);
        prop_assert!(facts.resolution.is_none_or(|(width, height)| width > 0 && height > 0));
    });
}

fn assert_case(case: &Case, facts: &StreamFacts, stream: &[u8]) {
    let probed = ffprobe(stream);
    let number = |key: &str| {
        let line = probed
            .lines()
            .find_map(|line| line.strip_prefix(key)?.parse::<u32>().ok());
        line.unwrap_or_else(|| panic!("{}: no {key} in {probed}", case.name))
    };
    let codecs: Vec<String> = case
        .codecs
        .iter()
        .map(|codec| match codec.split_once('.') {
            Some(("avc1", _)) => codec.replace("{level}", &format!("{:02x}", number("level="))),
            Some(("hvc1", _)) => codec.replace("{level}", &number("level=").to_string()),
            _ => (*codec).to_owned(),
        })
        .collect();
    assert_eq!(facts.codecs, codecs, "{}", case.name);
    assert_eq!(
        facts.frame_rate_thousandths, case.frame_rate_thousandths,
        "{}",
        case.name
    );
    let size = probed
        .contains("width=")
        .then(|| (number("width="), number("height=")));
    assert_eq!(facts.resolution, size, "{}", case.name);
}

/// A second of pictures and sound, encoded as the case says; `None`, and a line that says so, without ffmpeg.
fn encode(case: &Case, output: &[&str]) -> Option<Vec<u8>> {
    let run = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=640x360:rate=25:duration=1",
        ])
        .args([
            "-f",
            "lavfi",
            "-i",
            "sine=sample_rate=48000:duration=1",
            "-pix_fmt",
            "yuv420p",
        ])
        .args(case.arguments)
        .args(output)
        .output();
    let Ok(output) = run else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "ffmpeg is not installed, and this is CI"
        );
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: a test of the first bytes of streams: ffmpeg is not installed"
        );
        return None;
    };
    assert!(
        output.status.success(),
        "{}: {}",
        case.name,
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output.stdout)
}

/// `key=value` lines of all streams.
fn ffprobe(stream: &[u8]) -> String {
    let mut child = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "stream=width,height,level",
            "-of",
            "default=noprint_wrappers=1",
            "-i",
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stream = stream.to_vec();
    let writer = std::thread::spawn(move || {
        // It may have seen enough before the end.
        let _ = stdin.write_all(&stream);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
