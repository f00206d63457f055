//! A small film with B-frames and sound, and ffmpeg's HLS of it with true declarations.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// A private folder with `source.mp4`, `master.m3u8`, `v.m3u8` and `a.m3u8`; removed when dropped.
pub(crate) struct Film {
    folder: PathBuf,
}

impl Film {
    /// Makes the film; `None`, with a line that says so, when ffmpeg is not at hand. In CI that is a failure.
    pub(crate) fn make(name: &str) -> Option<Self> {
        if Command::new("ffmpeg").arg("-version").output().is_err() {
            // Not `println!`: the harness keeps that to itself when a test passes.
            let _ = writeln!(io::stderr(), "\nLEFT OUT: {name}: ffmpeg is not installed");
            assert!(
                env::var("CI").as_deref() != Ok("true"),
                "ffmpeg is not installed, and this is CI"
            );
            return None;
        }
        let folder = env::temp_dir().join(format!("flaskflix-hls-check-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let film = Self { folder };
        film.ffmpeg(&[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=160x90:rate=25:duration=6",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=330:sample_rate=32000:duration=6",
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-bf",
            "2",
            "-g",
            "50",
            "-sc_threshold",
            "0",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "source.mp4",
        ]);
        film.package(&["-hls_time", "2"]);
        Some(film)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Packages the streams apart, both moved by the same 160 ms so that nothing is negative.
    pub(crate) fn package(&self, options: &[&str]) {
        for (stream, map) in [("v", "0:v"), ("a", "0:a")] {
            let (init, segments) = (format!("{stream}-init.mp4"), format!("{stream}%d.m4s"));
            let playlist = format!("{stream}.m3u8");
            let mut arguments = vec!["-i", "source.mp4", "-map", map, "-c", "copy", "-copyts"];
            arguments.extend([
                "-output_ts_offset",
                "0.16",
                "-muxdelay",
                "0",
                "-avoid_negative_ts",
                "disabled",
            ]);
            arguments.extend([
                "-f",
                "hls",
                "-hls_playlist_type",
                "vod",
                "-hls_segment_type",
                "fmp4",
            ]);
            arguments.extend(options);
            arguments.extend([
                "-hls_fmp4_init_filename",
                &init,
                "-hls_segment_filename",
                &segments,
                &playlist,
            ]);
            self.ffmpeg(&arguments);
        }
        self.declare(self.peak(), Some(self.average()));
    }

    /// Writes the multivariant playlist with these declarations.
    pub(crate) fn declare(&self, peak: u64, average: Option<u64>) {
        let average = average.map_or_else(String::new, |average| format!("AVERAGE-BANDWIDTH={average},"));
        let text = format!(
            "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Sound\",DEFAULT=YES,CHANNELS=\"1\",URI=\"a.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH={peak},{average}CODECS=\"avc1.64000b,mp4a.40.2\",RESOLUTION=160x90,FRAME-RATE=25.000,AUDIO=\"a\"\nv.m3u8\n"
        );
        fs::write(self.folder.join("master.m3u8"), text).unwrap();
    }

    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.folder.join(name);
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "the damage to {name} changes nothing");
        fs::write(path, after).unwrap();
    }

    /// The true peak: every segment of this film is a run of its own.
    pub(crate) fn peak(&self) -> u64 {
        self.rates("v").into_iter().max().unwrap() + self.rates("a").into_iter().max().unwrap()
    }

    fn average(&self) -> u64 {
        let average = |stream: &str| {
            let bytes: u64 = self.segments(stream).iter().map(|(bytes, _)| bytes).sum();
            let seconds: f64 = self.segments(stream).iter().map(|(_, seconds)| seconds).sum();
            rate(bytes, seconds)
        };
        average("v") + average("a")
    }

    /// Bits per second of the segments that last at least half of the target duration of 2 s.
    fn rates(&self, stream: &str) -> Vec<u64> {
        let segments = self.segments(stream);
        let long = segments.iter().filter(|(_, seconds)| *seconds >= 1.0);
        long.map(|&(bytes, seconds)| rate(bytes, seconds)).collect()
    }

    /// Bytes and seconds of each segment.
    fn segments(&self, stream: &str) -> Vec<(u64, f64)> {
        let text = fs::read_to_string(self.folder.join(format!("{stream}.m3u8"))).unwrap();
        let durations = text
            .lines()
            .filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse().ok());
        durations
            .enumerate()
            .map(|(i, seconds)| {
                let file = self.folder.join(format!("{stream}{i}.m4s"));
                (fs::metadata(file).unwrap().len(), seconds)
            })
            .collect()
    }

    fn ffmpeg(&self, arguments: &[&str]) {
        let output = Command::new("ffmpeg")
            .args(["-y", "-nostdin", "-v", "error"])
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Moves every fragment of a segment later by so many ticks: `tfdt` in both versions.
pub(crate) fn delay(segment: &mut [u8], ticks: u64) {
    let places: Vec<usize> = (0..segment.len() - 4)
        .filter(|&at| &segment[at..at + 4] == b"tfdt")
        .collect();
    assert!(!places.is_empty());
    for at in places {
        let time = if segment[at + 4] == 1 {
            at + 8..at + 16
        } else {
            at + 8..at + 12
        };
        let field = &mut segment[time];
        let old = field.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let width = field.len();
        field.copy_from_slice(&(old + ticks).to_be_bytes()[8 - width..]);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tests' numbers are small"
)]
fn rate(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 * 8.0 / seconds) as u64
}
