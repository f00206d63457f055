use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::range::{ASSUMED_MEDIA_TYPE_BYTES, RangeSet, Resolution, resolve};

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end).unwrap()
}

fn object(len: u64) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn bytes_of(multipart: Multipart, object: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for piece in multipart.into_parts() {
        let before = body.len();
        match &piece {
            MultipartPiece::Bytes(bytes) => body.extend_from_slice(bytes),
            MultipartPiece::Body(range) => {
                let (start, end) = (range.start().try_into().unwrap(), range.end().try_into().unwrap());
                body.extend_from_slice(&object[start..end]);
            }
        }
        assert_eq!((body.len() - before) as u64, piece.len());
    }
    body
}

/// What a client sees: headers (lower-case names) and bytes of every part. Written from RFC 2046 section 5.1.1.
fn parse_back(content_type: &str, body: &[u8]) -> Vec<(HashMap<String, String>, Vec<u8>)> {
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    assert!((1..=70).contains(&boundary.len()) && boundary.bytes().all(|b| b.is_ascii_alphanumeric()));
    // A line break before the first delimiter makes all delimiters look alike.
    let body = [b"\r\n", body].concat();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let starts: Vec<_> = (0..body.len())
        .filter(|&at| body[at..].starts_with(&delimiter))
        .collect();
    assert_eq!(starts.first(), Some(&0), "nothing stands before the first part");
    assert_eq!(&body[starts.last().unwrap() + delimiter.len()..], b"--\r\n");
    starts
        .windows(2)
        .map(|pair| {
            let part = &body[pair[0] + delimiter.len()..pair[1]];
            let blank = part.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            let head = str::from_utf8(&part[..blank]).unwrap();
            let headers = head.strip_prefix("\r\n").unwrap().split("\r\n").map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_ascii_lowercase(), value.to_owned())
            });
            (headers.collect(), part[blank + 4..].to_vec())
        })
        .collect()
}

#[test]
fn the_body_is_the_one_of_the_rfc() {
    // The example of RFC 9110 section 14.6, with our boundary.
    let parts = [range(500, 503), range(7000, 7002)];
    let multipart = Multipart::new(
        &parts,
        8000,
        "application/pdf",
        &Boundary::from_random([0xab; 16]),
    );
    let boundary = "ab".repeat(16);
    assert_eq!(
        multipart.content_type(),
        format!("multipart/byteranges; boundary={boundary}")
    );
    let text = vec![b'x'; 8000];
    let expected = format!(
        "--{boundary}\r\nContent-Type: application/pdf\r\nContent-Range: bytes 500-502/8000\r\n\r\nxxx\r\n\
         --{boundary}\r\nContent-Type: application/pdf\r\nContent-Range: bytes 7000-7001/8000\r\n\r\nxx\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(multipart.len(), expected.len() as u64);
    assert_eq!(String::from_utf8(bytes_of(multipart, &text)).unwrap(), expected);
}

#[test]
fn a_media_type_cannot_forge_part_headers() {
    for media_type in ["text/plain\r\nX-Evil: 1", "text/plain\n", "text/\u{e9}", "a\0b"] {
        let multipart = Multipart::new(&[range(0, 1)], 1, media_type, &Boundary::from_random([1; 16]));
        let content_type = multipart.content_type();
        let body = bytes_of(multipart, b"x");
        let headers = &parse_back(&content_type, &body)[0].0;
        assert_eq!(headers.len(), 2, "{media_type:?}");
        assert_eq!(
            headers["content-type"], "application/octet-stream",
            "{media_type:?}"
        );
    }
}

#[test]
fn lengths_at_the_end_of_the_number_range_saturate() {
    let all = range(0, u64::MAX);
    let multipart = Multipart::new(
        &[all, all],
        u64::MAX,
        "video/mp4",
        &Boundary::from_random([0; 16]),
    );
    assert_eq!(multipart.len(), u64::MAX);
}

#[test]
fn two_random_values_make_two_boundaries() {
    let text = |random| Boundary::from_random(random).to_string();
    assert_eq!(text([0x0f; 16]), "0f".repeat(16));
    assert_ne!(
        text([0; 16]),
        text([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1024 }))]

    #[test]
    fn parts_come_back_as_they_went_in(
        object_len in 1_u64..3000,
        cuts in prop::collection::vec((0_u64..3000, 1_u64..300), 0..16),
        media_type in "[a-z]{1,10}/[a-z0-9.+-]{1,40}",
        random in any::<[u8; 16]>(),
    ) {
        let object = object(object_len);
        let parts: Vec<_> = cuts
            .into_iter()
            .filter_map(|(start, len)| ByteRange::new(start, start.saturating_add(len).min(object_len)))
            .collect();
        let multipart = Multipart::new(&parts, object_len, &media_type, &Boundary::from_random(random));
        let (len, content_type) = (multipart.len(), multipart.content_type());
        let body = bytes_of(multipart, &object);
        prop_assert_eq!(body.len() as u64, len);
        prop_assume!(!parts.is_empty());
        let back = parse_back(&content_type, &body);
        prop_assert_eq!(back.len(), parts.len());
        for ((headers, bytes), part) in back.into_iter().zip(parts) {
            // RFC 9110 section 15.3.7.2: each part has its Content-Range, and the Content-Type a 200 would have.
            prop_assert_eq!(&headers["content-type"], &media_type);
            prop_assert_eq!(&headers["content-range"], &ContentRange::Part { range: part, object_len }.to_string());
            prop_assert_eq!(headers.len(), 2);
            prop_assert_eq!(bytes, &object[part.start().try_into().unwrap()..part.end().try_into().unwrap()]);
        }
    }

    #[test]
    fn a_multipart_body_is_smaller_than_the_object(
        object_len in any::<u64>().prop_flat_map(|len| prop_oneof![Just(len), Just(len % 4000)]),
        specs in prop::collection::vec((0_u64..4000, 0_u64..30), 2..16),
    ) {
        let specs: Vec<_> = specs.into_iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
        let set = RangeSet::parse(format!("bytes={}", specs.join(",")).as_bytes()).unwrap();
        if let Resolution::Parts(parts) = resolve(&set, object_len) {
            let media_type = "t".repeat(ASSUMED_MEDIA_TYPE_BYTES);
            let multipart = Multipart::new(&parts, object_len, &media_type, &Boundary::from_random([9; 16]));
            prop_assert!(multipart.len() < object_len);
        }
    }
}
