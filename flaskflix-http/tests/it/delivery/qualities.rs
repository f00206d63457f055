//! Several qualities under a playlist of ours: what is declared is measured, what changes is measured anew.

use super::stage::{Stage, variants};

fn media(segments: &[&str]) -> String {
    let segments: String = segments
        .iter()
        .map(|uri| format!("#EXTINF:4,\n{uri}\n"))
        .collect();
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{segments}#EXT-X-ENDLIST\n")
}

/// Names of streams, in their order.
fn streams(text: &str) -> Vec<(&str, &str)> {
    let mut lines = text.lines();
    let mut streams = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(attributes) = line.strip_prefix("#EXT-X-STREAM-INF:") {
            streams.push((lines.next().unwrap(), attributes));
        }
    }
    streams
}

#[tokio::test]
async fn sizes_of_segments_become_bandwidths() {
    let (low, high) = (media(&["1.ts", "2.ts"]), media(&["a b.m4s"]));
    let files: [(&str, &[u8]); 5] = [
        ("film/low/i.m3u8", low.as_bytes()),
        ("film/low/1.ts", &[0; 1000]),
        ("film/low/2.ts", &[0; 3000]),
        ("film/high/index 1.m3u8", high.as_bytes()),
        ("film/high/a b.m4s", &[0; 8000]),
    ];
    let list = variants("360p:film/low/i.m3u8,720p:film/high/index 1.m3u8");
    let stage = Stage::open(list, &files).await;
    let master = stage.text("master.m3u8").await;
    assert_eq!(
        streams(&master),
        [
            ("variants/360p/i.m3u8", "BANDWIDTH=6000,AVERAGE-BANDWIDTH=4000"),
            (
                "variants/720p/index%201.m3u8",
                "BANDWIDTH=16000,AVERAGE-BANDWIDTH=16000"
            ),
        ]
    );
    assert!(!master.contains("INDEPENDENT"), "nobody has said so: {master}");
    assert!(
        stage
            .text("variants/720p/index%201.m3u8")
            .await
            .contains("\na%20b.m4s\n")
    );
    assert_eq!(stage.text("variants/720p/a%20b.m4s").await.len(), 8000);
    for missing in [
        "video",
        "files/i.m3u8",
        "variants/480p/i.m3u8",
        "variants/360p/a b.m4s",
        "variants/720p/1.ts",
        "variants/720p/../low/1.ts",
        "variants/720p/%2e%2e/low/1.ts",
        "v1/index.m3u8",
    ] {
        assert_eq!(stage.status(&missing.replace(' ', "%20")).await, 404, "{missing}");
    }
}

#[tokio::test]
async fn byte_ranges_count_with_their_length() {
    let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:1000@0\nall.ts\n\
        #EXTINF:4,\n#EXT-X-BYTERANGE:3000\nall.ts\n#EXT-X-ENDLIST\n";
    let files: [(&str, &[u8]); 2] = [("f/i.m3u8", text.as_bytes()), ("f/all.ts", &[0; 4000])];
    let stage = Stage::open(variants("360p:f/i.m3u8"), &files).await;
    let master = stage.text("master.m3u8").await;
    assert_eq!(streams(&master)[0].1, "BANDWIDTH=6000,AVERAGE-BANDWIDTH=4000");
}

#[tokio::test]
async fn qualities_on_other_hosts_have_nominal_bandwidths() {
    let low = media(&["1.ts"]);
    let files: [(&str, &[u8]); 2] = [("f/i.m3u8", low.as_bytes()), ("f/1.ts", &[0; 1000])];
    let list = "360p:f/i.m3u8,720p:https://cdn.example/720.m3u8?x=1,1080p:https://cdn.example/1080.m3u8";
    let stage = Stage::open(variants(list), &files).await;
    let master = stage.text("master.m3u8").await;
    assert_eq!(
        streams(&master),
        [
            ("https://cdn.example/720.m3u8?x=1", "BANDWIDTH=2800000"),
            ("variants/360p/i.m3u8", "BANDWIDTH=2000,AVERAGE-BANDWIDTH=2000"),
            ("https://cdn.example/1080.m3u8", "BANDWIDTH=5000000"),
        ]
    );
    assert_eq!(stage.status("variants/720p/720.m3u8").await, 404);
}

#[tokio::test]
async fn qualities_are_measured_once_and_again_when_they_change() {
    let low = media(&["1.ts"]);
    let files: [(&str, &[u8]); 2] = [("f/i.m3u8", low.as_bytes()), ("f/1.ts", &[0; 1000])];
    let stage = Stage::open(variants("360p:f/i.m3u8"), &files).await;
    let before = stage.scene.get("/stream/m/master.m3u8").await;
    assert!(stage.reads() > 0);
    let etag = before.header("etag").unwrap();
    let again = stage
        .scene
        .ask("GET", "/stream/m/master.m3u8", &[("If-None-Match", etag)])
        .await;
    assert_eq!(
        (again.status, stage.reads()),
        (304, 0),
        "the second request reads nothing"
    );
    stage.write("f/1.ts", &[0; 2000]);
    let master = stage.text("master.m3u8").await;
    assert!(
        master.contains("BANDWIDTH=4000,"),
        "another first segment: {master}"
    );
    stage.write("f/2.ts", &[0; 8000]);
    stage.write("f/i.m3u8", media(&["1.ts", "2.ts"]).as_bytes());
    let master = stage.text("master.m3u8").await;
    assert!(master.contains("BANDWIDTH=16000,"), "another playlist: {master}");
}

#[tokio::test]
async fn what_cannot_be_a_quality_is_named() {
    let good = media(&["1.ts"]);
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ni.m3u8\n";
    let out = media(&["../1.ts"]);
    let files: [(&str, &[u8]); 4] = [
        ("f/good.m3u8", good.as_bytes()),
        ("f/1.ts", &[0; 10]),
        ("f/master.m3u8", master.as_bytes()),
        ("f/out.m3u8", out.as_bytes()),
    ];
    let gone = media(&["gone.ts"]);
    for (name, status, words) in [
        ("f/master.m3u8", 500, "720p: master.m3u8 is no media playlist"),
        (
            "f/out.m3u8",
            500,
            "720p: out.m3u8: line 4: its URI leads out of the folder",
        ),
        ("f/gone.m3u8", 500, "720p: gone.ts is missing"),
        ("f/none.m3u8", 404, "the title's file is not there"),
    ] {
        let list = format!("360p:f/good.m3u8,720p:{name}");
        let stage = Stage::open(variants(&list), &files).await;
        stage.write("f/gone.m3u8", gone.as_bytes());
        let reply = stage.scene.get("/stream/m/master.m3u8").await;
        let text = String::from_utf8(reply.body).unwrap();
        assert_eq!(reply.status, status, "{name}: {text}");
        assert!(text.contains(words), "{name}: {text}");
    }
}
