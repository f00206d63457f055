//! Subtitles and chapters over the socket.

use std::{io::Read as _, path::Path};

use flaskflix_core::{
    Bytes,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};

use crate::{
    client::{Client, Reply},
    scene::{Scene, film, token, write},
};

const SRT: &str = "1\n00:00:00,500 --> 00:00:11,500\n<i>Hello</i> & more\n";
const VTT: &str = "WEBVTT\n\n00:08.000 --> 00:09.000\nHallo\n";

/// The same film with a track of text, and with chapters.
fn film_with_text() -> Vec<u8> {
    let text = |text: &str| {
        let mut sample = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        sample.extend_from_slice(text.as_bytes());
        Bytes::from(sample)
    };
    let (first, second) = (text("One"), text("Two \"2\""));
    let samples: [(u32, &[u8]); 2] = [(5000, &first), (7000, &second)];
    let video = (0..300).map(|n| (100 + n % 7, 512, 0, n % 50 == 0)).collect();
    let video = TestTrack {
        chapters: Some(3),
        ..TestTrack::new(TestCodec::H264, 12_800, video)
    };
    let fields = [0; 30];
    TestMovie::new(vec![
        video,
        TestTrack::text(*b"tx3g", &fields, &samples),
        TestTrack::text(*b"text", &fields, &samples),
    ])
    .build()
    .to_vec()
}

fn body(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200);
    std::str::from_utf8(&reply.body).unwrap()
}

/// The lines of a playlist that are URLs.
fn urls(playlist: &Reply) -> Vec<&str> {
    body(playlist)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
}

async fn get(client: &mut Client, base: &str, name: &str) -> Reply {
    client.ask("GET", &format!("{base}/{name}"), &[]).await
}

#[tokio::test]
async fn following_the_playlists_gives_every_cue_of_the_files_beside_the_film() {
    let files: [(&str, &[u8]); 3] = [
        ("f.mp4", &film(1)),
        ("f.en.srt", SRT.as_bytes()),
        ("f.de.vtt", VTT.as_bytes()),
    ];
    let scene = Scene::guarded(&files).await;
    let base = format!("/stream/f.mp4/t/{}", token("f.mp4"));
    let mut client = scene.client().await;
    let master = get(&mut client, &base, "master.m3u8").await;
    for line in [
        "NAME=\"Deutsch\",LANGUAGE=\"de\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"t1/index.m3u8\"",
        "NAME=\"English\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"t2/index.m3u8\"",
        "SUBTITLES=\"subs\"",
    ] {
        assert!(body(&master).contains(line), "{line}: {}", body(&master));
    }
    let playlist = get(&mut client, &base, "t2/index.m3u8").await;
    let urls = urls(&playlist);
    assert!(urls.len() > 1, "{urls:?}");
    // It lasts as long as the film, so that it stands in every segment.
    let cue = "00:00:00.500 --> 00:00:11.500\n<i>Hello</i> &amp; more\n\n";
    for url in urls {
        let segment = get(&mut client, &base, &format!("t2/{url}")).await;
        assert_eq!(segment.header("content-type"), Some("text/vtt; charset=utf-8"));
        let map = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n";
        assert_eq!(body(&segment), format!("{map}{cue}"));
    }
    let whole = get(&mut client, &base, "t1/subtitles.vtt").await;
    assert_eq!(body(&whole), "WEBVTT\n\n00:00:08.000 --> 00:00:09.000\nHallo\n\n");
    assert_eq!(scene.get("/stream/f.mp4/t1/subtitles.vtt").await.status, 401);
}

#[tokio::test]
async fn text_is_read_as_all_resources_are() {
    let files: [(&str, &[u8]); 2] = [("f.mp4", &film_with_text()), ("f.en.srt", SRT.as_bytes())];
    let scene = Scene::open(&files).await;
    let mut client = scene.client().await;
    for name in [
        "t1/1.vtt",
        "t1/subtitles.vtt",
        "t2/1.vtt",
        "t2/subtitles.vtt",
        "chapters.json",
        "chapters.vtt",
    ] {
        let url = format!("/stream/f.mp4/{name}");
        let get = client.ask("GET", &url, &[]).await;
        let head = client.ask("HEAD", &url, &[]).await;
        assert_eq!(
            (head.status, head.stable_headers()),
            (200, get.stable_headers()),
            "{name}"
        );
        let tag = get.header("etag").unwrap();
        assert_eq!(
            client.ask("GET", &url, &[("If-None-Match", tag)]).await.status,
            304,
            "{name}"
        );
        let part = client.ask("GET", &url, &[("Range", "bytes=3-12")]).await;
        assert_eq!((part.status, &part.body[..]), (206, &get.body[3..13]), "{name}");
        let packed = client.ask("GET", &url, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(packed.header("vary"), Some("Accept-Encoding"), "{name}");
        if packed.header("content-encoding") == Some("gzip") {
            assert_ne!(packed.header("etag"), Some(tag));
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&packed.body[..])
                .read_to_end(&mut text)
                .unwrap();
            assert_eq!(text, get.body, "{name}");
        } else {
            assert_eq!(packed.body, get.body, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_says_so() {
    let scene = Scene::open(&[("f.mp4", &film(1)), ("f.en.srt", SRT.as_bytes())]).await;
    for (name, detail) in [
        ("t1/0.vtt", "no resource has this URL"),
        ("t1/99.vtt", "the stream has no such segment"),
        ("t2/1.vtt", "the title has no such stream"),
        ("t1/1.m4s", "the title has no such stream"),
        ("t1/init.mp4", "the title has no such stream"),
        ("v1/1.vtt", "the title has no such stream"),
        ("v1/subtitles.vtt", "the title has no such stream"),
        ("chapters.json", "the title has no chapters"),
        ("chapters.vtt", "the title has no chapters"),
    ] {
        let reply = scene.get(&format!("/stream/f.mp4/{name}")).await;
        let problem = String::from_utf8(reply.body).unwrap();
        assert_eq!(reply.status, 404, "{name}");
        assert!(problem.contains(detail), "{name}: {problem}");
    }
}

#[tokio::test]
async fn tracks_of_text_and_chapters_are_read_out_of_the_film() {
    let scene = Scene::open(&[("f.mp4", &film_with_text())]).await;
    let playlist = scene.get("/stream/f.mp4/t1/index.m3u8").await;
    let last = urls(&playlist).pop().unwrap();
    let reply = scene.get(&format!("/stream/f.mp4/t1/{last}")).await;
    assert!(
        body(&reply).ends_with("00:00:05.000 --> 00:00:12.000\nTwo \"2\"\n\n"),
        "{}",
        body(&reply)
    );
    let json = scene.get("/stream/f.mp4/chapters.json").await;
    assert_eq!(json.header("content-type"), Some("application/json"));
    let chapters: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(
        chapters,
        serde_json::json!([
            { "start-time": 0.0, "duration": 5.0, "titles": [{ "language": "und", "title": "One" }] },
            { "start-time": 5.0, "duration": 7.0, "titles": [{ "language": "und", "title": "Two \"2\"" }] },
        ])
    );
    let vtt = scene.get("/stream/f.mp4/chapters.vtt").await;
    assert!(
        body(&vtt).contains("00:00:05.000 --> 00:00:12.000\nTwo"),
        "{}",
        body(&vtt)
    );
    let master = scene.get("/stream/f.mp4/master.m3u8").await;
    assert!(body(&master).contains("\"com.apple.hls.chapters\",URI=\"chapters.json\""));
}

/// Puts a new version of a file in the place of the old one, as editors do.
fn replace(folder: &Path, name: &str, bytes: &[u8]) {
    write(folder, ".new", bytes);
    std::fs::rename(folder.join(".new"), folder.join(name)).unwrap();
}

#[tokio::test]
async fn new_subtitles_are_seen_at_the_next_request_and_leave_the_film_alone() {
    let scene = Scene::open(&[("f.mp4", &film(1)), ("f.en.srt", b"not subtitles")]).await;
    let folder = scene.folder.path();
    let tags = async || {
        let mut tags = Vec::new();
        for name in ["master.m3u8", "v1/1.m4s"] {
            let reply = scene.get(&format!("/stream/f.mp4/{name}")).await;
            assert_eq!(reply.status, 200, "the film plays whatever its subtitles are");
            tags.push(reply.header("etag").unwrap().to_owned());
        }
        tags
    };
    let broken = tags().await;
    assert_eq!(scene.get("/stream/f.mp4/t1/1.vtt").await.status, 404);
    replace(folder, "f.en.srt", SRT.as_bytes());
    let good = tags().await;
    assert_ne!(broken[0], good[0]);
    assert_eq!(broken[1], good[1]);
    assert!(body(&scene.get("/stream/f.mp4/t1/1.vtt").await).contains("Hello"));
    // A segment alone finds out too.
    replace(folder, "f.en.srt", SRT.replace("Hello", "Bye").as_bytes());
    assert!(body(&scene.get("/stream/f.mp4/t1/1.vtt").await).contains("Bye"));
    std::fs::remove_file(folder.join("f.en.srt")).unwrap();
    assert_eq!(tags().await[0], broken[0]);
}
