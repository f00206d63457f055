//! nginx in front, with the configuration of `docs/DELIVERY.md`: it sends the bytes, we say to whom.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::{
    nginx::Nginx,
    program::{Answer, Folder, Origin, PATIENCE},
};

/// The origin behind nginx.
struct Stage {
    folder: Folder,
    origin: Origin,
    nginx: Nginx,
}

/// Names that have to arrive as they are: in the header, in nginx, in the folder.
const NAMES: [&str; 6] = [
    "plain.bin",
    "a b.bin",
    "100%.bin",
    "%2e%2e.bin",
    "what? #1 & @2+3;.bin",
    "Käse-\u{1f9c0}.bin",
];

impl Stage {
    fn open(more: &[&str]) -> Option<Self> {
        Self::with(|folder| folder.open(&[&["--offload", "accel:/internal/media/"], more].concat()))
    }

    fn with(start: impl FnOnce(&Folder) -> Origin) -> Option<Self> {
        let folder = NAMES
            .iter()
            .fold(Folder::new(), |folder, name| folder.with(name, &bytes_of(name)));
        let origin = start(&folder);
        let nginx = Nginx::start(&documented(&origin, &folder))?;
        Some(Self {
            folder,
            origin,
            nginx,
        })
    }

    /// A request through nginx. The case of the head is kept out of it.
    fn ask(&self, method: &str, target: &str, lines: &str) -> Answer {
        let mut socket = TcpStream::connect(self.nginx.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let request =
            format!("{method} {target} HTTP/1.1\r\nhost: films\r\nconnection: close\r\n{lines}\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }

    fn get(&self, name: &str, lines: &str) -> Answer {
        self.ask("GET", &video(name), lines)
    }
}

fn video(name: &str) -> String {
    format!("/stream/{}/video", flaskflix_http::route::encode_segment(name))
}

/// Every file is another one, and no part of it is like another, so that a wrong one shows.
fn bytes_of(name: &str) -> Vec<u8> {
    let seed = name.bytes().fold(1_u32, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    });
    let words = (0..u32::MAX).map(|n| seed.wrapping_add(n).wrapping_mul(2_654_435_761).to_be_bytes());
    words.take(BYTES / 4).flatten().collect()
}

const BYTES: usize = 300_000;

/// The `nginx` block of the handbook, with addresses and folders that exist here.
fn documented(origin: &Origin, folder: &Folder) -> String {
    let handbook = include_str!("../../../../docs/DELIVERY.md");
    let block = handbook.split("```nginx\n").nth(1).unwrap();
    let mut block = block.split("```").next().unwrap().to_owned();
    let root = format!("{}/", folder.root().display());
    let upstream = origin.url("").trim_start_matches("http://").to_owned();
    for (there, here) in [
        ("127.0.0.1:8080", upstream.as_str()),
        ("listen 80;", "listen {address};"),
        ("/srv/media/;", &format!("{root};")),
    ] {
        assert!(block.contains(there), "the handbook no longer says {there}");
        block = block.replace(there, here);
    }
    block
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let lines = answer.head.lines();
    let line = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| *found == name);
    line.map(|(_, value)| value)
}

/// A date out of a head in lower case. nginx compares the text.
fn as_sent(date: &str) -> String {
    let words = date.split(' ').map(|word| match word {
        "gmt" => "GMT".to_owned(),
        word => word[..1].to_ascii_uppercase() + &word[1..],
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_name_arrives_as_it_is() {
    let Some(stage) = Stage::open(&[]) else { return };
    for name in NAMES {
        let answer = stage.get(name, "");
        assert_eq!(answer.status, 200, "{name}: {}", answer.head);
        assert!(answer.body == bytes_of(name), "{name}");
        assert_eq!(header(&answer, "content-type"), Some("application/octet-stream"));
        assert_eq!(header(&answer, "cache-control"), Some("public, max-age=60"));
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&answer, "referrer-policy"), Some("no-referrer"));
        assert_eq!(header(&answer, "accept-ranges"), Some("bytes"));
        assert_eq!(answer.head.matches("accept-ranges").count(), 1);
        assert_eq!(
            header(&answer, "x-accel-redirect"),
            None,
            "it stays between the two"
        );
    }
}

#[test]
fn the_bytes_are_nginx_s_and_not_ours() {
    let Some(stage) = Stage::open(&[]) else { return };
    let through = stage.get("plain.bin", "");
    assert!(through.body == bytes_of("plain.bin"));
    let past = stage.origin.get(&video("plain.bin"));
    assert_eq!((past.status, past.body.len()), (200, 0));
}

#[test]
fn ranges_are_byte_exact() {
    let Some(stage) = Stage::open(&[]) else { return };
    let name = "a b.bin";
    let bytes = bytes_of(name);
    #[rustfmt::skip]
    let table = [
        ("0-0",           0..1),
        ("1000-1999",     1000..2000),
        ("299999-",       299_999..300_000),
        ("100000-999999", 100_000..300_000),
        ("-500",          299_500..300_000),
    ];
    for (range, expected) in table {
        let answer = stage.get(name, &format!("range: bytes={range}\r\n"));
        assert_eq!(answer.status, 206, "{range}");
        let spec = format!("bytes {}-{}/300000", expected.start, expected.end - 1);
        assert_eq!(header(&answer, "content-range"), Some(spec.as_str()));
        assert!(answer.body == bytes[expected], "{range}");
        assert_eq!(header(&answer, "content-type"), Some("application/octet-stream"));
    }
    let past_the_end = stage.get(name, "range: bytes=300000-\r\n");
    assert_eq!(past_the_end.status, 416);
    assert_eq!(header(&past_the_end, "content-range"), Some("bytes */300000"));
}

#[test]
fn validators_and_preconditions_are_of_one_hand() {
    let Some(stage) = Stage::open(&[]) else { return };
    let first = stage.get("plain.bin", "");
    let etag = header(&first, "etag").unwrap().to_owned();
    let date = as_sent(header(&first, "last-modified").unwrap());
    assert_eq!(first.head.matches("etag:").count(), 1);
    #[rustfmt::skip]
    let table = [
        (format!("if-none-match: {etag}"),                            304),
        (format!("if-modified-since: {date}"),                        304),
        (format!("if-match: {etag}"),                                 200),
        ("if-match: \"another\"".to_owned(),                          412),
        (format!("range: bytes=5-9\r\nif-range: {etag}"),             206),
        ("range: bytes=5-9\r\nif-range: \"another\"".to_owned(),      200),
    ];
    for (lines, status) in table {
        let answer = stage.get("plain.bin", &format!("{lines}\r\n"));
        assert_eq!(answer.status, status, "{lines}");
        match status {
            206 => assert!(answer.body == bytes_of("plain.bin")[5..10]),
            200 => assert!(answer.body == bytes_of("plain.bin")),
            304 => assert_eq!(answer.body, b""),
            _ => {}
        }
    }
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let Some(stage) = Stage::open(&[]) else { return };
    let answer = stage.ask("HEAD", &video("100%.bin"), "");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(header(&answer, "content-length"), Some("300000"));
}

#[test]
fn nobody_gets_a_file_without_a_token() {
    let offload = ["--offload", "accel:/internal/media/"];
    let Some(stage) = Stage::with(|folder| folder.with_tokens(&offload)) else {
        return;
    };
    let token = stage.folder.token("a b.bin", &[]);
    let refusals = [
        (video("a b.bin"), 401),
        (format!("/stream/a%20b.bin/t/{}/video", &token[1..]), 401),
        (format!("/stream/plain.bin/t/{token}/video"), 403),
        (format!("/stream/nothing.bin/t/{token}/video"), 403),
    ];
    for (target, status) in refusals {
        // Not even when the client says which file it would like.
        let answer = stage.ask("GET", &target, "x-accel-redirect: /internal/media/plain.bin\r\n");
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
        assert!(answer.body.len() < 1000, "{target}");
    }
    let answer = stage.ask(
        "GET",
        &format!("/stream/a%20b.bin/t/{token}/video"),
        "range: bytes=7-9\r\n",
    );
    assert_eq!((answer.status, &*answer.body), (206, &bytes_of("a b.bin")[7..10]));
}

#[test]
fn the_internal_location_is_404_from_outside() {
    let Some(stage) = Stage::open(&[]) else { return };
    let film = &bytes_of("plain.bin")[..10];
    for target in [
        "/internal/media/plain.bin",
        "/internal/media/",
        "/internal/../internal/media/plain.bin",
        "/%69nternal/media/plain.bin",
        "//internal/media/plain.bin",
    ] {
        let answer = stage.ask("GET", target, "");
        assert_eq!(answer.status, 404, "{target}");
        assert!(!answer.body.windows(10).any(|bytes| bytes == film), "{target}");
    }
}

#[test]
fn web_pages_of_other_origins_may_read_what_nginx_sends() {
    let Some(stage) = Stage::open(&["--cors-origin", "https://player.example"]) else {
        return;
    };
    let ask = |origin: &str| stage.get("plain.bin", &format!("origin: {origin}\r\nrange: bytes=0-9\r\n"));
    let answer = ask("https://player.example");
    assert_eq!(answer.status, 206);
    assert_eq!(
        header(&answer, "access-control-allow-origin"),
        Some("https://player.example")
    );
    assert!(
        header(&answer, "access-control-expose-headers")
            .unwrap()
            .contains("content-range")
    );
    assert_eq!(header(&answer, "vary"), Some("origin"));
    let answer = ask("https://other.example");
    assert_eq!(header(&answer, "access-control-allow-origin"), None);
    assert_eq!(header(&answer, "vary"), Some("origin"));
}
