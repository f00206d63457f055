//! Real encodings, made by ffmpeg for the test: codec strings against what ffprobe says of the file, and every packet of
//! the file read back through our segments.

use std::{
    collections::HashMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{self, Command, Output},
};

use bytes::Bytes;
use flaskflix_core::package::PackageOptions;

use super::super::film::{Packaged, Urls, plan_files};

/// A file to be made: its name, what makes it, the codec string that we expect.
struct Recipe {
    name: &'static str,
    encoder: &'static str,
    arguments: &'static str,
    codecs: &'static str,
}

const PICTURES: [Recipe; 8] = [
    recipe(
        "aom.mp4",
        "libaom-av1",
        "-cpu-used 8 -pix_fmt yuv420p",
        "av01.0.00M.08",
    ),
    recipe(
        "aom_pq.mp4",
        "libaom-av1",
        "-cpu-used 8 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc",
        "av01.0.00M.10.0.110.09.16.09.0",
    ),
    recipe(
        "svt.mp4",
        "libsvtav1",
        "-preset 12 -pix_fmt yuv420p",
        "av01.0.00M.08",
    ),
    recipe(
        "vp9.mp4",
        "libvpx-vp9",
        "-deadline realtime -pix_fmt yuv420p",
        "vp09.00.10.08.01.02.02.02.00",
    ),
    recipe(
        "vp9_hlg.mp4",
        "libvpx-vp9",
        "-deadline realtime -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc",
        "vp09.02.10.10.01.09.18.09.00",
    ),
    recipe(
        "hevc.mp4",
        "libx265",
        "-preset ultrafast -pix_fmt yuv420p -tag:v hvc1 -x265-params log-level=none",
        "hvc1.1.6.L30.90",
    ),
    recipe(
        "avc.mp4",
        "libx264",
        "-preset ultrafast -pix_fmt yuv420p -bf 2",
        "avc1.4d400a",
    ),
    recipe(
        "avc.mov",
        "libx264",
        "-preset ultrafast -pix_fmt yuv420p",
        "avc1.42c00a",
    ),
];

const SOUNDS: [Recipe; 12] = [
    recipe("aac.m4a", "aac", "-ar 44100", "mp4a.40.2"),
    recipe("opus.mp4", "libopus", "-b:a 64k", "Opus"),
    recipe("opus_surround.mp4", "libopus", "-ac 6 -mapping_family 1", "Opus"),
    recipe("ac3.mp4", "ac3", "-ac 6", "ac-3"),
    recipe("ac3.mov", "ac3", "-ar 44100", "ac-3"),
    recipe("eac3.mp4", "eac3", "-ac 6", "ec-3"),
    recipe("flac.mp4", "flac", "-ar 96000 -ac 1", "fLaC"),
    recipe("mp3.mp4", "libmp3lame", "-ac 2 -ar 44100", "mp4a.6B"),
    recipe("mp3_slow.mp4", "libmp3lame", "-ac 2 -ar 22050", "mp4a.69"),
    recipe("mp3.mov", "libmp3lame", "-ac 2 -ar 44100", "mp4a.6B"),
    recipe("alac.m4a", "alac", "-ac 6", "alac"),
    recipe("alac.mov", "alac", "-ar 48000", "alac"),
];

const fn recipe(
    name: &'static str,
    encoder: &'static str,
    arguments: &'static str,
    codecs: &'static str,
) -> Recipe {
    Recipe {
        name,
        encoder,
        arguments,
        codecs,
    }
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("flaskflix-core-{name}-{}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn leave_out(reason: &str) {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "cannot be left out in CI: {reason}"
    );
    // Not `println!`: the harness keeps that to itself when a test passes.
    let _ = writeln!(io::stderr(), "\nLEFT OUT: a test of codecs: {reason}");
}

/// The encoders that this machine's ffmpeg has; `None` after saying that there is no ffmpeg.
fn encoders() -> Option<String> {
    let list = |program: &str, arguments: &[&str]| Command::new(program).args(arguments).output().ok();
    let encoders = list("ffmpeg", &["-v", "error", "-encoders"]);
    match (encoders, list("ffprobe", &["-version"])) {
        (Some(encoders), Some(_)) => Some(String::from_utf8_lossy(&encoders.stdout).into_owned()),
        _ => {
            leave_out("there is no ffmpeg with its ffprobe");
            None
        }
    }
}

fn run(program: &str, arguments: &[&str], file: &Path, more: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .args(more)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Makes the file: two seconds of a test picture or of a tone.
fn make(folder: &Folder, recipe: &Recipe, picture: bool) -> PathBuf {
    let path = folder.0.join(recipe.name);
    let (source, codec, common) = if picture {
        ("testsrc2=size=64x64:rate=25:duration=2", "-c:v", "-g 25")
    } else {
        (
            "sine=frequency=440:sample_rate=48000:duration=2",
            "-c:a",
            "-strict -2",
        )
    };
    let mut arguments = vec![
        "-v",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        source,
        codec,
        recipe.encoder,
    ];
    arguments.extend(common.split(' ').chain(recipe.arguments.split(' ')));
    run("ffmpeg", &arguments, &path, &[]);
    path
}

/// What ffprobe says of a file's first stream.
fn stream_facts(file: &Path) -> HashMap<String, String> {
    let arguments = ["-v", "error", "-select_streams", "0", "-show_streams"];
    let output = run("ffprobe", &arguments, file, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Size, hash and sync flag of every packet, as ffprobe sees them.
fn packets(file: &Path) -> Vec<String> {
    let arguments = [
        "-v",
        "error",
        "-ignore_editlist",
        "1",
        "-select_streams",
        "0",
        "-show_data_hash",
        "CRC32",
        "-show_entries",
        "packet=size,flags,data_hash",
        "-of",
        "compact=p=0",
    ];
    let output = run("ffprobe", &arguments, file, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    // Side data (what a decoder drops at the start) comes on lines and fields of its own.
    let packets = text.lines().filter(|line| line.starts_with("size="));
    packets
        .map(|line| line.split('|').take(3).collect::<Vec<_>>().join("|"))
        .collect()
}

fn packaged(file: &Path) -> Packaged {
    plan_files(
        vec![Bytes::from(fs::read(file).unwrap())],
        &PackageOptions::default(),
    )
    .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The part of a codec string that ffprobe's words tell.
fn check_string(codecs: &str, facts: &HashMap<String, String>) {
    let fact = |name: &str| facts[name].as_str();
    let depth = if fact("codec_type") == "video" && fact("pix_fmt").ends_with("10le") {
        "10"
    } else {
        "08"
    };
    let light = match facts.get("color_transfer").map(String::as_str) {
        Some("smpte2084") => "16",
        Some("arib-std-b67") => "18",
        _ => "02",
    };
    let parts: Vec<&str> = codecs.split('.').collect();
    match fact("codec_name") {
        "av1" => {
            assert_eq!((fact("profile"), parts[1]), ("Main", "0"));
            assert_eq!(parts[2], format!("{:02}M", fact("level").parse::<u8>().unwrap()));
            assert_eq!(parts[3], depth);
            assert_eq!(parts.get(7).copied().unwrap_or("02"), light);
        }
        "vp9" => {
            assert_eq!(
                fact("profile"),
                format!(
                    "Profile {}",
                    parts[1].trim_start_matches('0').parse().unwrap_or(0)
                )
            );
            assert_eq!((parts[3], parts[6]), (depth, light));
        }
        "hevc" => assert_eq!(parts[3], format!("L{}", fact("level"))),
        "h264" => assert_eq!(
            u8::from_str_radix(&codecs[9..], 16).unwrap().to_string(),
            fact("level")
        ),
        "mp3" => {
            let slow = fact("sample_rate").parse::<u32>().unwrap() < 32_000;
            assert_eq!(codecs, if slow { "mp4a.69" } else { "mp4a.6B" });
        }
        "aac" => assert_eq!((fact("profile"), codecs), ("LC", "mp4a.40.2")),
        name => {
            let plain = codecs
                .to_ascii_lowercase()
                .replace("ec-3", "eac-3")
                .replace('-', "");
            assert_eq!(plain, name);
        }
    }
}

/// What the multivariant playlist says of the stream.
fn check_playlist(packaged: &Packaged, recipe: &Recipe, facts: &HashMap<String, String>) {
    let text = packaged.plan.multivariant_playlist(&Urls);
    let mut parts = vec![format!("CODECS=\"{}\"", recipe.codecs)];
    if facts["codec_type"] == "audio" {
        parts.push(format!("CHANNELS=\"{}\"", facts["channels"]));
    } else {
        parts.push("RESOLUTION=64x64,FRAME-RATE=25.000".to_owned());
        match facts["color_transfer"].as_str() {
            "smpte2084" => parts.push("VIDEO-RANGE=PQ".to_owned()),
            "arib-std-b67" => parts.push("VIDEO-RANGE=HLG".to_owned()),
            _ => assert!(!text.contains("VIDEO-RANGE"), "{text}"),
        }
    }
    for part in parts {
        assert!(text.contains(&part), "{}: {part} is not in {text}", recipe.name);
    }
}

/// Init segment and segments one after another: what a player is given.
fn joined(packaged: &Packaged, folder: &Folder, name: &str) -> PathBuf {
    let stream = &packaged.plan.streams()[0];
    let mut all = packaged.bytes(stream.id(), &packaged.plan.init_segment(stream));
    all.extend(packaged.segments(stream.id()).concat());
    let path = folder.0.join(format!("{name}.joined.mp4"));
    fs::write(&path, all).unwrap();
    path
}

fn check(folder: &Folder, recipe: &Recipe, picture: bool) {
    let file = make(folder, recipe, picture);
    let facts = stream_facts(&file);
    let packaged = packaged(&file);
    assert_eq!(packaged.plan.warnings(), [], "{}", recipe.name);
    check_string(recipe.codecs, &facts);
    check_playlist(&packaged, recipe, &facts);

    let joined = joined(&packaged, folder, recipe.name);
    let (source, ours) = (packets(&file), packets(&joined));
    assert!(source.len() > 10, "{}: {source:?}", recipe.name);
    assert_eq!(source, ours, "{}", recipe.name);
    let again = stream_facts(&joined);
    for name in [
        "codec_name",
        "profile",
        "channels",
        "sample_rate",
        "width",
        "pix_fmt",
        "color_transfer",
    ] {
        assert_eq!(again.get(name), facts.get(name), "{}: {name}", recipe.name);
    }
    let decoded = run(
        "ffmpeg",
        &["-v", "warning", "-xerror", "-i"],
        &joined,
        &["-f", "null", "-"],
    );
    assert_eq!(String::from_utf8_lossy(&decoded.stderr), "", "{}", recipe.name);
}

fn check_all(recipes: &[Recipe], picture: bool, name: &str) {
    let Some(encoders) = encoders() else { return };
    let folder = Folder::new(name);
    for recipe in recipes {
        if encoders.split_whitespace().any(|word| word == recipe.encoder) {
            check(&folder, recipe, picture);
        } else {
            leave_out(&format!("{}: ffmpeg has no {}", recipe.name, recipe.encoder));
        }
    }
}

#[test]
fn pictures_of_every_encoder_come_through() {
    check_all(&PICTURES, true, "pictures");
}

#[test]
fn sounds_of_every_encoder_come_through() {
    check_all(&SOUNDS, false, "sounds");
}
