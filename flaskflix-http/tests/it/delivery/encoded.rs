//! What the two scripts of requirements.md write, served and read back by ffprobe.
//!
//! Heights are a third of the scripts' (270 for 1080 would be odd: 360, 270, 180), so that a test takes seconds; all other
//! options are theirs.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use flaskflix_http::StreamerBuilder;
use tempfile::TempDir;

use super::stage::{Stage, hls, variants};

const RUNGS: [(u32, &str); 3] = [(360, "23"), (270, "23"), (180, "28")];

/// A folder with `input.mp4`, 12 seconds; `None`, with a line that says so, when ffmpeg is not at hand.
fn input() -> Option<TempDir> {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "ffmpeg is not installed, and this is CI"
        );
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: a test of HLS written by ffmpeg: ffmpeg is not installed"
        );
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let sources = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=12 -f lavfi -i sine=frequency=330:sample_rate=48000:duration=12";
    let encode = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 100 -c:a aac input.mp4";
    ffmpeg(folder.path(), &format!("{sources} {encode}"));
    Some(folder)
}

/// The second script: one folder with a playlist for each rung, and optionally other segments.
fn multi_quality(folder: &Path, options: &str, extension: &str) {
    std::fs::create_dir(folder.join("hls_output")).unwrap();
    for (height, crf) in RUNGS {
        let name = format!("hls_output/{height}p");
        let options = options.replace("{height}", &height.to_string());
        ffmpeg(
            folder,
            &format!(
                "-i input.mp4 -vf scale=-1:{height} -c:v libx264 -crf {crf} -c:a aac -hls_time 10 -hls_list_size 0 {options} -f hls \
                 -hls_segment_filename {name}_%03d.{extension} {name}.m3u8"
            ),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_single_quality_script_plays() {
    let Some(folder) = input() else { return };
    ffmpeg(
        folder.path(),
        "-i input.mp4 -codec: copy -start_number 0 -hls_time 10 -hls_list_size 0 -f hls output.m3u8",
    );
    let stage = Stage::over(folder, hls("output.m3u8"), StreamerBuilder::open).await;
    let source = packets(&stage.path().join("output.m3u8").to_string_lossy());
    assert_eq!(packets(&url(&stage, "master.m3u8")), source);
    assert!(source > 800, "{source} packets of 12 seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_multi_quality_script_plays_from_its_own_master() {
    let Some(folder) = input() else { return };
    multi_quality(folder.path(), "", "ts");
    let master = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=640x360\n360p.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=480x270\n270p.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=320x180\n180p.m3u8\n";
    std::fs::write(folder.path().join("hls_output/master.m3u8"), master).unwrap();
    let stage = Stage::over(folder, hls("hls_output/master.m3u8"), StreamerBuilder::open).await;
    let streams = probe(&url(&stage, "master.m3u8"));
    let heights: Vec<_> = streams.iter().filter_map(|stream| stream.get("height")).collect();
    assert_eq!(heights, ["360", "270", "180"]);
    for (height, _) in RUNGS {
        let source = packets(
            &stage
                .path()
                .join(format!("hls_output/{height}p.m3u8"))
                .to_string_lossy(),
        );
        assert_eq!(packets(&url(&stage, &format!("files/{height}p.m3u8"))), source);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_master_above_transport_streams_is_true() {
    let Some(folder) = input() else { return };
    multi_quality(folder.path(), "", "ts");
    assert_declared(folder, "avc1.", Some("25.000")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_master_above_fragmented_mp4_is_true() {
    let Some(folder) = input() else { return };
    multi_quality(
        folder.path(),
        "-hls_segment_type fmp4 -hls_fmp4_init_filename {height}p_init.mp4",
        "m4s",
    );
    assert_declared(folder, "avc1.", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_segments_are_measured_and_not_guessed_at() {
    let Some(folder) = input() else { return };
    let key = folder.path().join("film.key");
    std::fs::write(&key, [7; 16]).unwrap();
    std::fs::write(
        folder.path().join("film.keyinfo"),
        format!("film.key\n{}\n", key.display()),
    )
    .unwrap();
    ffmpeg(
        folder.path(),
        "-i input.mp4 -codec: copy -hls_time 4 -hls_list_size 0 -hls_key_info_file film.keyinfo -f hls 360p.m3u8",
    );
    let stage = Stage::over(folder, variants("360p:360p.m3u8"), StreamerBuilder::open).await;
    let master = stage.text("master.m3u8").await;
    assert!(
        master.contains("BANDWIDTH=") && !master.contains("CODECS"),
        "{master}"
    );
    let source = packets(&stage.path().join("360p.m3u8").to_string_lossy());
    assert_eq!(packets(&url(&stage, "master.m3u8")), source);
    assert_eq!(stage.status("variants/360p/film.keyinfo").await, 404);
}

/// Serves the rungs as qualities and compares every declaration with what is downloaded and with what ffprobe finds.
async fn assert_declared(folder: TempDir, codec: &str, frame_rate: Option<&str>) {
    let list = RUNGS
        .map(|(height, _)| format!("{height}p:hls_output/{height}p.m3u8"))
        .join(",");
    let stage = Stage::over(folder, variants(&list), StreamerBuilder::open).await;
    let master = stage.text("master.m3u8").await;
    let mut lines = master.lines();
    let mut seen = 0;
    while let Some(line) = lines.next() {
        let Some(attributes) = line.strip_prefix("#EXT-X-STREAM-INF:") else {
            continue;
        };
        let playlist = lines.next().unwrap();
        let (peak, average) = downloaded(&stage, playlist).await;
        let number = |name: &str| value(attributes, name).unwrap().parse::<f64>().unwrap();
        assert_close(number("BANDWIDTH"), peak, attributes);
        assert_close(number("AVERAGE-BANDWIDTH"), average, attributes);
        let streams = probe(&url(&stage, playlist));
        let video = streams
            .iter()
            .find(|stream| stream["codec_type"] == "video")
            .unwrap();
        let size = format!("{}x{}", video["width"], video["height"]);
        assert_eq!(value(attributes, "RESOLUTION"), Some(&*size));
        assert_eq!(value(attributes, "FRAME-RATE"), frame_rate);
        // ffprobe tells the level in tens: 30 is 3.0, 1e in the string. x264 writes High profile without constraints.
        let level: u8 = video["level"].parse().unwrap();
        assert_eq!((&*video["profile"], codec), ("High", "avc1."));
        let codecs = format!("CODECS=\"{codec}6400{level:02x},mp4a.40.2\"");
        assert!(attributes.contains(&codecs), "{codecs} in {attributes}");
        seen += 1;
    }
    assert_eq!(seen, RUNGS.len());
    let heights = probe(&url(&stage, "master.m3u8"));
    assert_eq!(
        heights
            .iter()
            .filter(|stream| stream.contains_key("height"))
            .count(),
        RUNGS.len()
    );
}

/// Peak and average bits per second of what a client gets: each segment here is longer than half the target, or the last.
async fn downloaded(stage: &Stage, playlist: &str) -> (f64, f64) {
    let text = stage.text(playlist).await;
    let folder = playlist.rsplit_once('/').unwrap().0;
    let (mut bits, mut time, mut peak) = (0.0, 0.0, 0.0_f64);
    let mut duration = 0.0;
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("#EXTINF:") {
            duration = value.trim_end_matches(',').parse().unwrap();
        } else if !line.starts_with('#') {
            let reply = stage.scene.get(&format!("/stream/m/{folder}/{line}")).await;
            assert_eq!(reply.status, 200, "{line}");
            let size = f64::from(u32::try_from(reply.body.len()).unwrap()) * 8.0;
            (bits, time) = (bits + size, time + duration);
            if duration >= 5.0 {
                peak = peak.max(size / duration);
            }
        }
    }
    (peak.max(bits / time), bits / time)
}

fn assert_close(declared: f64, measured: f64, attributes: &str) {
    let ratio = declared / measured;
    assert!(
        (0.9..=1.1).contains(&ratio),
        "{declared} declared, {measured} measured: {attributes}"
    );
}

/// The value of an attribute that is not quoted.
fn value<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let start = attributes
        .split(',')
        .find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='));
    start.map(|value| value.trim_matches('"'))
}

fn url(stage: &Stage, target: &str) -> String {
    format!("http://{}/stream/m/{target}", stage.scene.address)
}

/// The streams that ffprobe finds, without a warning.
fn probe(url: &str) -> Vec<HashMap<String, String>> {
    let entries = "stream=codec_type,width,height,profile,level";
    let text = ffprobe(&["-show_entries", entries, "-of", "compact=p=0:nk=0", url]);
    let mut streams: Vec<HashMap<String, String>> = Vec::new();
    for line in text.lines().filter(|line| line.contains("codec_type=")) {
        let pairs = line.split('|').filter_map(|pair| pair.split_once('='));
        let stream: HashMap<_, _> = pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        // Programs repeat their streams.
        if !streams.contains(&stream) {
            streams.push(stream);
        }
    }
    streams
}

/// How many packets come out of a playlist. Keys are no media, which the reader of local playlists minds.
fn packets(url: &str) -> usize {
    let entries = "packet=stream_index";
    let arguments = [
        "-allowed_extensions",
        "ALL",
        "-show_entries",
        entries,
        "-of",
        "csv=p=0",
        url,
    ];
    ffprobe(&arguments)
        .lines()
        .filter(|line| !line.is_empty())
        .count()
}

fn ffprobe(arguments: &[&str]) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "warning"])
        .args(arguments)
        .output()
        .unwrap();
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && warnings.is_empty(),
        "{arguments:?}: {warnings}"
    );
    String::from_utf8(output.stdout).unwrap()
}

fn ffmpeg(folder: &Path, arguments: &str) {
    let output = Command::new("ffmpeg")
        .args(["-y", "-nostdin", "-v", "error"])
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
