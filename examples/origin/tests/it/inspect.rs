//! `flaskflix-origin inspect`: what it says of films, good and bad.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{Folder, run};

/// The demo film: three renditions, two languages.
fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo")
}

fn inspect(film: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[&["inspect", film.to_str().unwrap()], more].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn as_json(film: &Path) -> (Option<i32>, Value) {
    let (code, text, _) = inspect(film, &["--json"]);
    (
        code,
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
    )
}

#[test]
fn report_of_a_ladder_names_everything_a_player_would_see() {
    let (code, report) = as_json(&demo());
    assert_eq!(code, Some(0));
    assert_eq!(
        (&report["version"], &report["usable"], &report["reason"]),
        (&json!(1), &json!(true), &Value::Null)
    );
    assert_eq!(report["files"].as_array().unwrap().len(), 3);
    let file = &report["files"][0];
    assert_eq!(file["file"], "demo/1080p.mp4");
    assert_eq!(
        (&file["container"], &file["fragmented"]),
        (&json!("mp4"), &json!(false))
    );
    let picture = &file["tracks"][0];
    assert_eq!(
        (&picture["kind"], &picture["stream"]),
        (&json!("video"), &json!("v1"))
    );
    assert_eq!(
        (
            &picture["video"]["display_width"],
            &picture["video"]["display_height"]
        ),
        (&json!(1920), &json!(1080))
    );
    assert_eq!(picture["video"]["frame_rate"], 24.0);
    // Key frames every two seconds; the last of them is followed by the end.
    let key_frames = &picture["video"]["key_frames"];
    assert_eq!(
        (&key_frames["count"], &key_frames["median_seconds"]),
        (&json!(32), &json!(2.0))
    );
    let languages: Vec<_> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| file["tracks"].as_array().unwrap())
        .filter(|track| track["kind"] == "audio" && !track["stream"].is_null())
        .map(|track| track["language"].as_str().unwrap())
        .collect();
    assert_eq!(languages, ["en", "de"]);
    let streams: Vec<_> = report["streams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stream| stream["id"].as_str().unwrap())
        .collect();
    assert_eq!(streams, ["v1", "v2", "v3", "a1", "a2"]);
}

#[test]
fn bandwidths_and_segments_are_those_that_are_served() {
    let folder = Folder::new();
    std::fs::copy(demo().join("360p.mp4"), folder.root().join("film.mp4")).unwrap();
    let (_, report) = as_json(&folder.root().join("film.mp4"));
    let origin = folder.open(&[]);
    let master = origin.get("/stream/film.mp4/master.m3u8").text();
    let streams = report["streams"].as_array().unwrap();
    let worst = |kind: &str| {
        streams
            .iter()
            .filter(|stream| stream["kind"] == kind)
            .map(|stream| stream["bandwidth"].as_u64().unwrap())
            .max()
            .unwrap_or(0)
    };
    let bandwidth = worst("video") + worst("audio");
    assert!(
        master.contains(&format!(":BANDWIDTH={bandwidth},")),
        "{bandwidth}: {master}"
    );
    for stream in streams {
        let playlist = origin
            .get(&format!(
                "/stream/film.mp4/{}/index.m3u8",
                stream["id"].as_str().unwrap()
            ))
            .text();
        assert_eq!(
            playlist.matches("#EXTINF:").count() as u64,
            stream["segments"].as_u64().unwrap()
        );
    }
}

#[test]
fn report_for_people_fits_a_terminal_and_says_the_same() {
    let (code, text, _) = inspect(&demo(), &[]);
    assert_eq!(code, Some(0));
    for line in text.lines() {
        assert!(
            line.chars().count() <= 100,
            "{} columns: {line}",
            line.chars().count()
        );
    }
    for fact in [
        "1920 x 1080",
        "24.000 frames per second",
        "32 key frames, one every 2.000 s",
        "language de",
        "stream a2",
        "presented from -0.021 s",
        "Can be served.",
    ] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
}

#[test]
fn what_cannot_be_served_is_code_1_with_the_reason() {
    let folder = Folder::new()
        .with("torn.mp4", b"\0\0\0\x10moov\0\0\0\x08free")
        .with("text.mp4", b"no film at all");
    for (name, reason) in [("torn.mp4", "mvhd"), ("text.mp4", "")] {
        let film = folder.root().join(name);
        let (code, text, error) = inspect(&film, &[]);
        assert_eq!(code, Some(1), "{name}");
        assert!(
            text.contains("Cannot be served: ") && text.contains(reason),
            "{text}"
        );
        assert!(
            error.contains("cannot be served: ") && error.contains(reason),
            "{error}"
        );
        let (code, report) = as_json(&film);
        assert_eq!((code, &report["usable"]), (Some(1), &json!(false)));
        assert!(
            report["reason"].as_str().unwrap().contains(reason) && report["files"][0]["error"].is_string(),
            "{report}"
        );
    }
}

#[test]
fn one_bad_file_of_a_ladder_is_named() {
    let folder = Folder::new();
    std::fs::create_dir(folder.root().join("film")).unwrap();
    std::fs::copy(demo().join("360p.mp4"), folder.root().join("film/good.mp4")).unwrap();
    std::fs::write(folder.root().join("film/bad.mp4"), b"\0\0\0\x08free").unwrap();
    let (code, report) = as_json(&folder.root().join("film"));
    assert_eq!(code, Some(1));
    assert!(
        report["reason"].as_str().unwrap().starts_with("film/bad.mp4: "),
        "{report}"
    );
    let good = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["file"] == "film/good.mp4")
        .unwrap();
    assert!(good["error"].is_null() && !good["tracks"].as_array().unwrap().is_empty());
}

#[test]
fn what_is_no_film_is_an_error_without_a_report() {
    let folder = Folder::new();
    let empty = folder.root().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for (path, said) in [
        (empty, "no MP4 file directly in the folder"),
        (folder.root().join("none.mp4"), "No such file"),
    ] {
        let (code, text, error) = inspect(&path, &["--json"]);
        assert_eq!((code, text.as_str()), (Some(1), ""), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn names_cannot_command_the_terminal() {
    let folder = Folder::new();
    std::fs::copy(demo().join("360p.mp4"), folder.root().join("a.mp4")).unwrap();
    // The handler's name of the first track, with an escape sequence of the same length.
    let mut film = std::fs::read(folder.root().join("a.mp4")).unwrap();
    let at = film.windows(7).position(|seven| seven == b"Handler").unwrap();
    film[at..at + 5].copy_from_slice(b"\x1b[31m");
    std::fs::write(folder.root().join("a.mp4"), film).unwrap();
    let (_, text, _) = inspect(&folder.root().join("a.mp4"), &[]);
    assert!(!text.contains('\x1b'), "{text:?}");
}
