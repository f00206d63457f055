//! `flaskflix-origin package`: the files that it writes are what would be served.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Folder, Origin, PATIENCE, PROGRAM, run};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo")
}

/// All files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn package(film: &Path, out: &Path, more: &[&str]) -> (Option<i32>, String) {
    let args = ["package", film.to_str().unwrap(), out.to_str().unwrap()];
    let output = run(&[&args, more].concat());
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), text)
}

/// Names in a folder, those that begin with a dot too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The attribute of a tag of XML; what our names hold needs no escapes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value)
}

/// Every file that a DASH description names: what stands in its templates, for each of its representations, and in `BaseURL`.
fn described(mpd: &str) -> Vec<String> {
    let (mut names, mut ids) = (Vec::new(), Vec::<&str>::new());
    // The template of the set, which all its representations share, or of the representation that is being read.
    let (mut template, mut segments) = ("", 0);
    let mut expand = |ids: &mut Vec<&str>, template: &str, segments: u64| {
        let first: u64 = attribute(template, "startNumber").map_or(1, |number| number.parse().unwrap());
        for id in ids.drain(..) {
            let init = attribute(template, "initialization").unwrap();
            let media = attribute(template, "media").unwrap();
            names.push(init.replace("$RepresentationID$", id));
            names.extend((first..first + segments).map(|number| {
                media
                    .replace("$RepresentationID$", id)
                    .replace("$Number$", &number.to_string())
            }));
        }
    };
    let mut texts = Vec::new();
    for tag in mpd.split('<') {
        let name = tag.split([' ', '>', '/']).next().unwrap_or_default();
        match name {
            "SegmentTemplate" => (template, segments) = (tag, 0),
            "S" => segments += attribute(tag, "r").map_or(1, |times| times.parse::<u64>().unwrap() + 1),
            "Representation" => ids.extend(attribute(tag, "id")),
            "BaseURL" => {
                texts.extend(tag.split_once('>').map(|(_, place)| place.to_owned()));
                ids.pop();
            }
            _ => {}
        }
        let ends_a_stream = tag.starts_with("/Representation") && !template.is_empty();
        if tag.starts_with("/AdaptationSet") || ends_a_stream {
            expand(&mut ids, template, segments);
        }
        if tag.starts_with("/AdaptationSet") {
            template = "";
        }
    }
    names.extend(texts);
    names
}

/// Every playlist of the folder names only what is in it, and so does the DASH description, and everything that is in it is named.
fn is_complete(files: &BTreeMap<String, Vec<u8>>) {
    let mut named = vec!["master.m3u8".to_owned()];
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".m3u8")) {
        let folder = path
            .rsplit_once('/')
            .map_or(String::new(), |(folder, _)| format!("{folder}/"));
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            let link = match line.strip_prefix('#') {
                Some(tag) => tag
                    .split_once("URI=\"")
                    .and_then(|(_, rest)| rest.split_once('"'))
                    .map(|(uri, _)| uri),
                None => Some(line).filter(|line| !line.is_empty()),
            };
            named.extend(link.map(|link| format!("{folder}{link}")));
        }
    }
    for name in &named {
        assert!(files.contains_key(name), "{name} is named and was not written");
    }
    let mpd = std::str::from_utf8(&files["manifest.mpd"]).unwrap();
    let mut described = described(mpd);
    for name in &described {
        assert!(
            files.contains_key(name),
            "{name} is described and was not written"
        );
    }
    // The description has all that is played: what only the playlists name are playlists, key frames, and subtitles in segments.
    described.sort();
    described.dedup();
    let played = |name: &&String| {
        let file = name.rsplit('/').next().unwrap_or_default();
        let is_media = file.ends_with(".mp4") || (file.ends_with(".m4s") && !file.starts_with('k'));
        is_media || file == "subtitles.vtt"
    };
    assert_eq!(
        described,
        files.keys().filter(played).cloned().collect::<Vec<_>>()
    );
    let beside = ["manifest.mpd", "chapters.json", "chapters.vtt"];
    for name in files.keys().filter(|name| !beside.contains(&name.as_str())) {
        assert!(
            named.contains(name) || name.ends_with("subtitles.vtt"),
            "{name} was written and nobody names it"
        );
    }
}

#[test]
fn every_file_is_what_is_served() {
    let folder = Folder::new();
    let films = folder.root();
    fs::create_dir(films.join("demo")).unwrap();
    for name in ["1080p.mp4", "720p.mp4", "360p.mp4"] {
        fs::copy(demo().join(name), films.join("demo").join(name)).unwrap();
    }
    let out = films.parent().unwrap().join("out");
    let (code, text) = package(&films.join("demo"), &out, &[]);
    assert_eq!(code, Some(0), "{text}");

    let written = files(&out);
    assert!(text.contains(&format!("wrote {} files", written.len())), "{text}");
    is_complete(&written);
    let origin = folder.open(&[]);
    for (path, bytes) in &written {
        let served = origin.get(&format!("/stream/demo/{path}"));
        assert_eq!(served.status, 200, "{path}");
        assert!(served.body == *bytes, "{path}");
    }
    // Nothing that is beside the playlists is forgotten.
    for path in ["master.m3u8", "manifest.mpd", "chapters.json", "chapters.vtt"] {
        let served = origin.get(&format!("/stream/demo/{path}")).status;
        assert_eq!(written.contains_key(path), served == 200, "{path}: {served}");
    }
    assert_eq!(
        names(films.parent().unwrap()),
        ["films", "out"],
        "nothing else is left"
    );
}

#[test]
fn subtitles_beside_a_film_are_written_too() {
    let folder = Folder::new().with("film.en.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n");
    fs::copy(demo().join("360p.mp4"), folder.root().join("film.mp4")).unwrap();
    let out = folder.root().with_file_name("out");
    let (code, text) = package(&folder.root().join("film.mp4"), &out, &[]);
    assert_eq!(code, Some(0), "{text}");
    let written = files(&out);
    is_complete(&written);
    let origin = folder.open(&[]);
    for path in ["t1/index.m3u8", "t1/1.vtt", "t1/subtitles.vtt"] {
        let served = origin.get(&format!("/stream/film.mp4/{path}"));
        assert_eq!(served.status, 200, "{path}");
        assert!(written.get(path) == Some(&served.body), "{path}");
    }
    assert!(String::from_utf8_lossy(&written["t1/subtitles.vtt"]).contains("Hello"));
}

#[test]
fn a_static_server_of_it_is_enough_for_ffprobe() {
    let folder = Folder::new();
    let out = folder.root().join("out");
    let (code, text) = package(&demo().join("720p.mp4"), &out, &[]);
    assert_eq!(code, Some(0), "{text}");
    let probed = Command::new("ffprobe")
        .args([
            "-v",
            "warning",
            "-allowed_extensions",
            "ALL",
            "-count_packets",
            "-show_entries",
            "stream=codec_type,nb_read_packets",
            "-of",
            "csv=p=0",
        ])
        .arg(out.join("master.m3u8"))
        .output();
    let Ok(probed) = probed else {
        assert!(env::var("CI").as_deref() != Ok("true"), "there is no ffprobe");
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: ffprobe reads what was packaged: there is no ffprobe"
        );
        return;
    };
    let (said, warned) = (
        String::from_utf8(probed.stdout).unwrap(),
        String::from_utf8(probed.stderr).unwrap(),
    );
    assert!(probed.status.success() && warned.is_empty(), "{warned}");
    let packets = |file: &Path, kind: &str| -> usize {
        let output = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-select_streams",
                kind,
                "-show_entries",
                "packet=size",
                "-of",
                "csv=p=0",
            ])
            .arg(file)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    let pictures = packets(&demo().join("720p.mp4"), "v:0");
    assert!(said.contains(&format!("video,{pictures}")), "{pictures}: {said}");
}

#[test]
fn what_is_there_is_not_overwritten_without_force() {
    let folder = Folder::new();
    let out = folder.root().join("out");
    let film = demo().join("360p.mp4");
    assert_eq!(package(&film, &out, &[]).0, Some(0));
    let before = files(&out);
    let (code, text) = package(&demo().join("720p.mp4"), &out, &[]);
    assert_eq!(code, Some(1));
    assert!(text.contains("is there already: --force replaces it"), "{text}");
    assert_eq!(files(&out), before);

    assert_eq!(package(&demo().join("720p.mp4"), &out, &["--force"]).0, Some(0));
    let after = files(&out);
    assert_ne!(after, before);
    is_complete(&after);
    assert_eq!(names(&folder.root()), ["out"], "the old one is gone");
}

#[test]
fn force_does_not_remove_what_it_has_not_written() {
    let folder = Folder::new();
    let film = demo().join("360p.mp4");
    let (home, file) = (folder.root().join("home"), folder.root().join("file"));
    fs::create_dir(&home).unwrap();
    fs::write(home.join("letter.txt"), b"dear").unwrap();
    fs::write(&file, b"bytes").unwrap();
    std::os::unix::fs::symlink(&home, folder.root().join("link")).unwrap();
    for out in [home.clone(), file.clone(), folder.root().join("link")] {
        let (code, text) = package(&film, &out, &["--force"]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("is not replaced"), "{text}");
    }
    assert_eq!(fs::read(home.join("letter.txt")).unwrap(), b"dear");
    assert_eq!(names(&folder.root()), ["file", "home", "link"]);

    let empty = folder.root().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(package(&film, &empty, &["--force"]).0, Some(0));
    is_complete(&files(&empty));
}

#[test]
fn film_that_cannot_be_served_leaves_nothing() {
    let folder = Folder::new().with("torn.mp4", b"\0\0\0\x08free");
    let (code, text) = package(&folder.root().join("torn.mp4"), &folder.root().join("out"), &[]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("cannot be packaged: torn.mp4: no moov box"),
        "{text}"
    );
    assert_eq!(names(&folder.root()), ["torn.mp4"]);
    let (code, text) = package(&demo(), &folder.root().join("none/out"), &[]);
    assert_eq!(code, Some(1));
    assert!(text.contains("none/out"), "{text}");
}

#[test]
fn interrupted_work_leaves_nothing() {
    // The work may be done before the signal comes, and then all of it is there: one of many tries is in time.
    let interrupted = (0..50).any(|_| {
        let folder = Folder::new();
        let out = folder.root().join("out");
        let mut process = Command::new(PROGRAM)
            .args(["package", demo().to_str().unwrap(), out.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while names(&folder.root()).is_empty() {
            assert!(begun.elapsed() < PATIENCE, "it does not begin");
            thread::yield_now();
        }
        kill_process(Pid::from_child(&process), Signal::INT).unwrap();
        let code = process.wait().unwrap().code();
        if code == Some(0) {
            is_complete(&files(&out));
            return false;
        }
        assert_eq!(code, Some(130));
        assert_eq!(names(&folder.root()), Vec::<String>::new());
        true
    });
    assert!(interrupted, "no signal was in time");
}

#[test]
fn it_can_be_served_back_as_a_finished_stream() {
    let folder = Folder::new();
    let out = folder.root().join("film");
    assert_eq!(package(&demo(), &out, &[]).0, Some(0));
    let origin: Origin = folder.open(&[]);
    let master = origin.get("/stream/film/master.m3u8");
    assert_eq!(master.status, 200, "{}", master.text());
    let written = files(&out);
    for path in written
        .keys()
        .filter(|path| !path.ends_with(".m3u8") && path.contains('/'))
    {
        let served = origin.get(&format!("/stream/film/files/{path}"));
        assert!(
            served.status == 200 && served.body == written[path],
            "{path}: {}",
            served.status
        );
    }
    assert_eq!(master.text().matches("#EXT-X-STREAM-INF").count(), 3);
}
