//! Ranges over the socket: the table of docs/HTTP.md on a file of 1000 bytes.

use crate::scene::{Scene, pattern};

const URL: &str = "/stream/f.bin/video";

/// What a `Range` header gets: status, `Content-Range`, and the bytes as `start..end`.
#[rustfmt::skip]
const TABLE: &[(&str, u16, Option<&str>, std::ops::Range<usize>)] = &[
    ("bytes=0-0",                      206, Some("bytes 0-0/1000"),     0..1),
    ("bytes=0-99",                     206, Some("bytes 0-99/1000"),    0..100),
    ("bytes=500-",                     206, Some("bytes 500-999/1000"), 500..1000),
    ("bytes=-1",                       206, Some("bytes 999-999/1000"), 999..1000),
    ("bytes=-1000",                    206, Some("bytes 0-999/1000"),   0..1000),
    // Unit names are case-insensitive (RFC 9110 section 14.1).
    ("BYTES=0-1",                      206, Some("bytes 0-1/1000"),     0..2),
    // A last-pos past the end is the end (section 14.1.2), however long its digits.
    ("bytes=0-1000",                   206, Some("bytes 0-999/1000"),   0..1000),
    ("bytes=0-18446744073709551615",   206, Some("bytes 0-999/1000"),   0..1000),
    ("bytes=999-99999999999999999999", 206, Some("bytes 999-999/1000"), 999..1000),
    // A suffix longer than the object is all of it.
    ("bytes=-5000",                    206, Some("bytes 0-999/1000"),   0..1000),
    ("bytes=-18446744073709551616",    206, Some("bytes 0-999/1000"),   0..1000),
    ("bytes=-0",                       416, Some("bytes */1000"),       0..0),
    ("bytes=1000-",                    416, Some("bytes */1000"),       0..0),
    ("bytes=5000-6000",                416, Some("bytes */1000"),       0..0),
    ("bytes=1000-,-0",                 416, Some("bytes */1000"),       0..0),
    // Not valid, or not a unit of ours: ignored.
    ("bytes=5-4",                      200, None,                       0..1000),
    ("bytes=0-1,5-4",                  200, None,                       0..1000),
    ("bytes=a-b",                      200, None,                       0..1000),
    ("bytes=",                         200, None,                       0..1000),
    ("bytes",                          200, None,                       0..1000),
    ("bytes=--1",                      200, None,                       0..1000),
    ("bytes=0x1-2",                    200, None,                       0..1000),
    ("seconds=0-1",                    200, None,                       0..1000),
    ("",                               200, None,                       0..1000),
    // Of several, one is satisfiable; or they are neighbours, in any order.
    ("bytes=0-9,2000-",                206, Some("bytes 0-9/1000"),     0..10),
    ("bytes=0-9,10-19",                206, Some("bytes 0-19/1000"),    0..20),
    ("bytes=10-19, 0-12",              206, Some("bytes 0-19/1000"),    0..20),
];

#[tokio::test]
async fn the_table_of_ranges_holds_on_one_connection() {
    let bytes = pattern(1000);
    let scene = Scene::open(&[("f.bin", &bytes)]).await;
    let mut client = scene.client().await;
    for (range, status, content_range, slice) in TABLE {
        let reply = client.ask("GET", URL, &[("Range", range)]).await;
        assert_eq!(reply.status, *status, "{range}");
        assert_eq!(reply.header("content-range"), *content_range, "{range}");
        assert_eq!(reply.header("accept-ranges"), Some("bytes"), "{range}");
        if *status != 416 {
            assert_eq!(reply.body, &bytes[slice.clone()], "{range}");
        }
    }
}

#[tokio::test]
async fn head_ignores_ranges_and_has_the_headers_of_get() {
    let scene = Scene::open(&[("f.bin", &pattern(1000))]).await;
    let get = scene.get(URL).await;
    for range in ["bytes=0-9", "bytes=5000-", "bytes=0-1,3-4"] {
        let head = scene.ask("HEAD", URL, &[("Range", range)]).await;
        assert_eq!(head.status, 200, "{range}");
        assert_eq!(head.stable_headers(), get.stable_headers(), "{range}");
    }
}

#[tokio::test]
async fn an_empty_object_has_no_ranges() {
    let scene = Scene::open(&[("f.bin", b"")]).await;
    for range in ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0"] {
        let reply = scene.ask("GET", URL, &[("Range", range)]).await;
        assert_eq!(
            (reply.status, reply.header("content-length")),
            (200, Some("0")),
            "{range}"
        );
    }
}

/// A part of a multipart body: its `Content-Range` and its bytes.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .expect("a multipart type");
    let delimiter = format!("--{boundary}");
    let mut rest = body;
    let mut parts = Vec::new();
    loop {
        rest = rest.strip_prefix(delimiter.as_bytes()).expect("a delimiter");
        if rest == b"--\r\n" {
            return parts;
        }
        rest = rest
            .strip_prefix(b"\r\n")
            .expect("the end of the delimiter's line");
        let end = rest
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .expect("part headers");
        let head = String::from_utf8(rest[..end].to_vec()).expect("ASCII");
        let range = head
            .split("Content-Range: ")
            .nth(1)
            .expect("a Content-Range")
            .to_owned();
        let (first, last) = range["bytes ".len()..]
            .split_once('/')
            .expect("a length")
            .0
            .split_once('-')
            .unwrap();
        let len = last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap() + 1;
        let (bytes, after) = rest[end + 4..].split_at(len);
        parts.push((range, bytes.to_vec()));
        rest = after.strip_prefix(b"\r\n").expect("a line break behind the part");
    }
}

#[tokio::test]
async fn several_ranges_come_as_multipart_in_the_order_asked() {
    let bytes = pattern(1000);
    let scene = Scene::open(&[("f.mp4.bin", &bytes)]).await;
    let reply = scene
        .ask(
            "GET",
            "/stream/f.mp4.bin/video",
            &[("Range", "bytes=900-909, 0-9,-5")],
        )
        .await;
    assert_eq!((reply.status, reply.header("content-range")), (206, None));
    let parts = parts(reply.header("content-type").unwrap(), &reply.body);
    let wanted = [("900-909", 900..910), ("0-9", 0..10), ("995-999", 995..1000)];
    let wanted = wanted.map(|(range, slice)| (format!("bytes {range}/1000"), bytes[slice].to_vec()));
    assert_eq!(parts, wanted);
}

#[tokio::test]
async fn a_flood_of_ranges_is_answered_with_the_whole_object_once() {
    let bytes = pattern(1000);
    let scene = Scene::open(&[("f.bin", &bytes)]).await;
    let floods = [
        format!("bytes={}", vec!["0-0"; 1300].join(",")),
        format!(
            "bytes={}",
            (0..17)
                .map(|n| format!("{}-{0}", n * 3))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!("bytes={}", vec!["0-"; 16].join(",")),
    ];
    for range in floods {
        let reply = scene.ask("GET", URL, &[("Range", &range)]).await;
        assert!(reply.body.len() <= 1000, "{} bytes", reply.body.len());
        assert!(matches!(reply.status, 200 | 206));
    }
}

/// The cases that the crates one would pick instead get wrong, with what each of them says (notes of the project,
/// measured): tower-http 0.7, axum-range 0.5, http-serve 0.4rc, actix-files 0.6.
#[tokio::test]
async fn the_cases_that_other_crates_get_wrong_are_right() {
    let bytes = pattern(1000);
    let scene = Scene::open(&[("f.bin", &bytes)]).await;
    #[rustfmt::skip]
    let table: [(&[(&str, &str)], u16); 7] = [
        (&[("Range", "bytes=0-18446744073709551615")],               206), // axum-range: panics; actix: 200
        (&[("Range", "bytes=0-1999")],                               206), // axum-range: 416
        (&[("Range", "bytes=-2000")],                                206), // 416, 200, 416, 200
        (&[("Range", "bytes=-0")],                                   416), // http-serve: 206 `1000-999`
        (&[("Range", "lines=0-1")],                                  200), // 416, 400, ok, 416
        (&[("Range", "bytes=0-9"), ("If-Range", "\"stale\"")],       200), // 206, 206, ok, 206
        (&[("Range", "bytes=0-9,100-109")],                          206), // 416, first only, ok, first only
    ];
    for (headers, status) in table {
        let reply = scene.ask("GET", URL, headers).await;
        assert_eq!(reply.status, status, "{headers:?}");
        assert_eq!(
            reply.header("content-range").is_some(),
            status != 200 && !headers[0].1.contains(',')
        );
    }
}
