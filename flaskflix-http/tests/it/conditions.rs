//! Conditional requests over the socket, on a file as on what is packaged.

use crate::{
    client::Reply,
    scene::{Scene, film, pattern},
};

async fn check(scene: &Scene, url: &str) {
    let full = scene.get(url).await;
    assert_eq!(full.status, 200, "{url}");
    let etag = full.header("etag").expect("an entity tag").to_owned();
    let modified = full.header("last-modified").expect("a date").to_owned();
    let list = format!("\"other\", W/\"x\", {etag}");
    let weak = format!("W/{etag}");
    let long_ago = "Sat, 01 Jan 2000 00:00:00 GMT";
    #[rustfmt::skip]
    let table: &[(&[(&str, &str)], u16)] = &[
        (&[("If-None-Match", &etag)],                                           304),
        (&[("If-None-Match", &weak)],                                           304),
        (&[("If-None-Match", &list)],                                           304),
        (&[("If-None-Match", "*")],                                             304),
        (&[("If-None-Match", "\"other\"")],                                     200),
        (&[("If-None-Match", "\"other\""), ("If-None-Match", &etag)],           304),
        // If-Modified-Since counts only without If-None-Match (13.2.2 step 4).
        (&[("If-None-Match", "\"other\""), ("If-Modified-Since", &modified)],   200),
        (&[("If-Modified-Since", &modified)],                                   304),
        (&[("If-Modified-Since", long_ago)],                                    200),
        (&[("If-Modified-Since", "yesterday")],                                 200),
        (&[("If-Match", &etag)],                                                200),
        (&[("If-Match", "*")],                                                  200),
        // If-Match compares strongly (13.1.1).
        (&[("If-Match", &weak)],                                                412),
        (&[("If-Match", "\"other\"")],                                          412),
        (&[("If-Unmodified-Since", &modified)],                                 200),
        (&[("If-Unmodified-Since", long_ago)],                                  412),
        // If-Unmodified-Since counts only without If-Match (step 2).
        (&[("If-Match", &etag), ("If-Unmodified-Since", long_ago)],             200),
        (&[("If-Match", &etag), ("If-None-Match", &etag)],                      304),
        (&[("Range", "bytes=0-9"), ("If-Range", &etag)],                        206),
        (&[("Range", "bytes=0-9"), ("If-Range", &weak)],                        200),
        (&[("Range", "bytes=0-9"), ("If-Range", "\"other\"")],                  200),
        (&[("Range", "bytes=0-9"), ("If-Range", long_ago)],                     200),
        (&[("Range", "bytes=0-9"), ("If-None-Match", &etag)],                   304),
        (&[("Range", "bytes=0-9"), ("If-Match", "\"other\"")],                  412),
    ];
    let mut client = scene.client().await;
    for (headers, status) in table {
        let get = client.ask("GET", url, headers).await;
        assert_eq!(get.status, *status, "{url} {headers:?}");
        check_headers(&get, &full);
        if !headers.iter().any(|(name, _)| *name == "Range") {
            let head = client.ask("HEAD", url, headers).await;
            assert_eq!(
                (head.status, head.stable_headers()),
                (get.status, get.stable_headers()),
                "{headers:?}"
            );
        }
    }
}

/// RFC 9110 section 15.4.5 and 15.3.7: what 200 would have had of these, 304 and 206 have too.
fn check_headers(reply: &Reply, full: &Reply) {
    if matches!(reply.status, 200 | 206 | 304) {
        for name in ["etag", "last-modified", "cache-control", "vary", "accept-ranges"] {
            assert_eq!(
                reply.header(name),
                full.header(name),
                "{name} of a {}",
                reply.status
            );
        }
    }
    if reply.status == 304 {
        assert_eq!(reply.header("content-length"), None);
        assert_eq!(reply.header("content-type"), None);
    }
}

#[tokio::test]
async fn conditions_hold_on_a_file() {
    let scene = Scene::open(&[("f.bin", &pattern(1000))]).await;
    check(&scene, "/stream/f.bin/video").await;
}

#[tokio::test]
async fn conditions_hold_on_everything_packaged() {
    let scene = Scene::open(&[("f.mp4", &film(1))]).await;
    for target in [
        "video",
        "master.m3u8",
        "v1/index.m3u8",
        "v1/init.mp4",
        "v1/1.m4s",
        "v1/k1.m4s",
        "manifest.mpd",
        "v1/iframes.m3u8",
        "a1/2.m4s",
    ] {
        check(&scene, &format!("/stream/f.mp4/{target}")).await;
    }
}
