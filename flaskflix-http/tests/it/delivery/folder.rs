//! Finished HLS in a folder: playlists are checked and rewritten, files below the folder are served, nothing else is.

use std::os::unix::fs::symlink;

use flaskflix_http::StreamerBuilder;

use super::stage::{Stage, hls};
use crate::scene::{pattern, token, write};

const MASTER: &[u8] =
    b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\n1080p/my%20index.m3u8\n\
    #EXT-X-STREAM-INF:BANDWIDTH=800000\n./360p.m3u8\n";
const HIGH: &[u8] = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-KEY:METHOD=AES-128,URI=\"../k.key\"\n#EXTINF:6,\nseg 1.ts\n#EXT-X-ENDLIST\n";
const LOW: &[u8] = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n360p_000.ts\n#EXT-X-ENDLIST\n";

fn film() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("film/master.m3u8", MASTER),
        ("film/1080p/my index.m3u8", HIGH),
        ("film/360p.m3u8", LOW),
        ("film/360p_000.ts", b"low"),
        ("film/1080p/seg 1.ts", b"high"),
        ("film/k.key", b"0123456789abcdef"),
        ("film/enc.keyinfo", b"secret"),
        ("film/notes.txt", b"secret"),
        ("secret.ts", b"secret"),
        ("other/secret.ts", b"secret"),
    ]
}

/// The URLs of a playlist, of lines and attributes.
fn urls(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let attributes = text
        .split("URI=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    lines.chain(attributes).collect()
}

#[tokio::test]
async fn every_url_of_the_playlists_leads_to_its_file() {
    let stage = Stage::open(hls("film/master.m3u8"), &film()).await;
    let master = stage.text("master.m3u8").await;
    assert_eq!(urls(&master), ["files/1080p/my%20index.m3u8", "files/360p.m3u8"]);
    assert!(master.contains("RESOLUTION=1920x1080"), "{master}");
    let high = stage.text("files/1080p/my%20index.m3u8").await;
    assert_eq!(urls(&high), ["seg%201.ts", "../k.key"]);
    assert_eq!(stage.text("files/1080p/seg%201.ts").await, "high");
    assert_eq!(stage.text("files/k.key").await, "0123456789abcdef");
    let low = stage.text("files/360p.m3u8").await;
    assert_eq!(low.as_bytes(), LOW);
    assert_eq!(stage.text("files/360p_000.ts").await, "low");
    // The title's own playlist is one of the files, too, and then its URLs are those of its folder.
    let own = stage.text("files/master.m3u8").await;
    assert_eq!(urls(&own), ["1080p/my%20index.m3u8", "360p.m3u8"]);
}

#[tokio::test]
async fn children_inherit_the_token_and_need_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in film() {
        write(folder.path(), name, bytes);
    }
    let stage = Stage::over(folder, hls("film/master.m3u8"), |builder| builder).await;
    let base = format!("/stream/m/t/{}", token("m"));
    for target in [
        "master.m3u8",
        "files/360p.m3u8",
        "files/360p_000.ts",
        "files/k.key",
    ] {
        assert_eq!(
            stage.scene.get(&format!("{base}/{target}")).await.status,
            200,
            "{target}"
        );
        assert_eq!(stage.status(target).await, 401, "{target}");
    }
    let reply = stage.scene.get(&format!("{base}/master.m3u8")).await;
    assert!(!String::from_utf8(reply.body).unwrap().contains(&token("m")));
}

#[tokio::test]
async fn nothing_else_is_served() {
    let stage = Stage::open(hls("film/master.m3u8"), &film()).await;
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.ts", b"secret");
    symlink(
        outside.path().join("secret.ts"),
        stage.path().join("film/link.ts"),
    )
    .unwrap();
    symlink(outside.path(), stage.path().join("film/folder")).unwrap();
    symlink("/etc/passwd", stage.path().join("film/passwd.ts")).unwrap();
    for target in [
        "files/link.ts",
        "files/folder/secret.ts",
        "files/passwd.ts",
        "files/enc.keyinfo",
        "files/notes.txt",
        "files/missing.ts",
        "files/../secret.ts",
        "files/%2e%2e/secret.ts",
        "files/..%2fsecret.ts",
        "files/1080p/../../secret.ts",
        "files/%2e%2e%2fsecret.ts",
        "files/..%5csecret.ts",
        "files/..%252fsecret.ts",
        "files//360p_000.ts",
        "files/./360p_000.ts",
        "files/360p_000.ts/",
        "files/360p_000.ts%00",
        "files/film/360p_000.ts",
        "files/1080p",
        "files/",
        "files",
        "video",
        "v1/index.m3u8",
        "v1/1.m4s",
        "variants/720p/360p_000.ts",
    ] {
        let reply = stage.scene.get(&format!("/stream/m/{target}")).await;
        assert_eq!(reply.status, 404, "{target}");
        assert!(
            !String::from_utf8_lossy(&reply.body).contains("secret"),
            "{target}"
        );
    }
    let video = stage.scene.get("/stream/m/video").await;
    assert!(
        String::from_utf8(video.body)
            .unwrap()
            .contains("ask for its master.m3u8")
    );
}

#[tokio::test]
async fn files_have_ranges_conditions_and_types() {
    let bytes = pattern(1000);
    let mut files = film();
    files.push(("film/big.m4s", &bytes));
    let stage = Stage::open(hls("film/master.m3u8"), &files).await;
    let url = "/stream/m/files/big.m4s";
    let whole = stage.scene.get(url).await;
    assert_eq!(
        (whole.status, whole.header("content-type")),
        (200, Some("video/mp4"))
    );
    assert_eq!(whole.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(whole.body, bytes);
    let part = stage.scene.ask("GET", url, &[("Range", "bytes=10-19")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[10..20]));
    let etag = whole.header("etag").unwrap();
    assert_eq!(
        stage
            .scene
            .ask("GET", url, &[("If-None-Match", etag)])
            .await
            .status,
        304
    );
    let head = stage.scene.ask("HEAD", url, &[]).await;
    assert_eq!(
        (head.status, head.stable_headers()),
        (200, whole.stable_headers())
    );
    let ts = stage.scene.get("/stream/m/files/360p_000.ts").await;
    assert_eq!(ts.header("content-type"), Some("video/mp2t"));
}

#[tokio::test]
async fn playlists_are_compressed_and_their_tags_are_their_own() {
    let segments: String = (0..200).map(|n| format!("#EXTINF:6,\nseg{n}.ts\n")).collect();
    let long = format!("#EXTM3U\n#EXT-X-TARGETDURATION:6\n{segments}#EXT-X-ENDLIST\n");
    let stage = Stage::open(hls("film/long.m3u8"), &[("film/long.m3u8", long.as_bytes())]).await;
    let mut tags = Vec::new();
    for target in ["master.m3u8", "files/long.m3u8"] {
        let url = format!("/stream/m/{target}");
        let plain = stage.scene.get(&url).await;
        let gzip = stage.scene.ask("GET", &url, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(gzip.header("content-encoding"), Some("gzip"), "{target}");
        assert!(gzip.body.len() < plain.body.len() / 2, "{target}");
        for (coding, reply) in [("identity", &plain), ("gzip", &gzip)] {
            assert_eq!(
                reply.header("content-type"),
                Some("application/vnd.apple.mpegurl")
            );
            assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
            assert_eq!(reply.header("cache-control"), Some("public, max-age=10"));
            let etag = reply.header("etag").unwrap().to_owned();
            let again = [("If-None-Match", &*etag), ("Accept-Encoding", coding)];
            assert_eq!(stage.scene.ask("GET", &url, &again).await.status, 304, "{target}");
            tags.push(etag);
        }
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "one tag for each text: {tags:?}");
}

#[tokio::test]
async fn a_media_playlist_may_be_the_title() {
    let stage = Stage::open(hls("film/360p.m3u8"), &film()).await;
    let text = stage.text("master.m3u8").await;
    assert_eq!(urls(&text), ["files/360p_000.ts"]);
    assert_eq!(stage.text("files/360p_000.ts").await, "low");
}

#[tokio::test]
async fn a_playlist_is_read_once_for_each_of_its_versions() {
    let stage = Stage::open(hls("film/360p.m3u8"), &film()).await;
    let before = stage.text("master.m3u8").await;
    assert_eq!(stage.reads(), 1);
    assert_eq!(stage.text("master.m3u8").await, before);
    assert_eq!(stage.reads(), 0, "the second request reads nothing");
    let longer = String::from_utf8(LOW.to_vec())
        .unwrap()
        .replace("#EXT-X-ENDLIST", "#EXTINF:6,\n2.ts\n#EXT-X-ENDLIST");
    stage.write("film/360p.m3u8", longer.as_bytes());
    assert_eq!(
        urls(&stage.text("master.m3u8").await),
        ["files/360p_000.ts", "files/2.ts"]
    );
}

#[tokio::test]
async fn a_playlist_that_still_grows_is_not_stored() {
    let live = LOW.strip_suffix(b"#EXT-X-ENDLIST\n").unwrap();
    let stage = Stage::open(hls("film/live.m3u8"), &[("film/live.m3u8", live)]).await;
    let reply = stage.scene.get("/stream/m/master.m3u8").await;
    assert_eq!(
        (reply.status, reply.header("cache-control")),
        (200, Some("no-store"))
    );
    stage.write("film/live.m3u8", LOW);
    let reply = stage.scene.get("/stream/m/master.m3u8").await;
    assert_eq!(reply.header("cache-control"), Some("public, max-age=10"));
}

#[tokio::test]
async fn a_playlist_that_leads_out_is_refused_with_its_line() {
    for uri in [
        "http://evil/1.ts",
        "//evil/1.ts",
        "/1.ts",
        "../secret.ts",
        "%2e%2e/secret.ts",
        "..\\secret.ts",
        "data:,1.ts",
    ] {
        let bad = String::from_utf8(LOW.to_vec())
            .unwrap()
            .replace("360p_000.ts", uri);
        let stage = Stage::open(
            hls("film/bad.m3u8"),
            &[("film/bad.m3u8", bad.as_bytes()), ("film/ok.m3u8", LOW)],
        )
        .await;
        for target in ["master.m3u8", "files/bad.m3u8"] {
            let reply = stage.scene.get(&format!("/stream/m/{target}")).await;
            let text = String::from_utf8(reply.body).unwrap();
            assert_eq!(reply.status, 500, "{uri}");
            assert!(text.contains("bad.m3u8: line 4: its URI"), "{uri}: {text}");
        }
        // What is refused is not remembered.
        stage.write("film/bad.m3u8", LOW);
        assert_eq!(stage.status("master.m3u8").await, 200, "{uri}");
    }
}

#[tokio::test]
async fn limits_are_settings_of_the_builder() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "film/360p.m3u8", LOW);
    let limits = flaskflix_core::playlist::PlaylistLimits {
        max_bytes: LOW.len() as u64 - 1,
        ..Default::default()
    };
    let configure = |builder: StreamerBuilder| builder.open().playlist_limits(limits);
    let stage = Stage::over(folder, hls("film/360p.m3u8"), configure).await;
    let reply = stage.scene.get("/stream/m/master.m3u8").await;
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status, 500);
    assert!(
        text.contains(&format!("max_bytes is {}, found {}", LOW.len() - 1, LOW.len())),
        "{text}"
    );
    assert_eq!(stage.reads(), 0, "what is too long is not read");
}
