//! Content coding of playlists: gzip when the client takes it
//! ([RFC 9110 section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)).

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, header::ACCEPT_ENCODING};

/// Whether the client would rather have gzip than nothing.
///
/// Without the header, or when it cannot be understood, the answer is no: identity is always right.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut gzip = None;
    let mut any = None;
    let mut identity = None;
    for line in headers.get_all(ACCEPT_ENCODING) {
        for member in line.to_str().unwrap_or_default().split(',') {
            let (coding, weight) = member
                .split_once(';')
                .map_or((member, Some(FULL)), |(coding, parameter)| {
                    (coding, parse_weight(parameter))
                });
            let coding = coding.trim();
            let place = if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                &mut gzip
            } else if coding == "*" {
                &mut any
            } else if coding.eq_ignore_ascii_case("identity") {
                &mut identity
            } else {
                continue;
            };
            *place = weight;
        }
    }
    // "*" stands for every coding that is not listed.
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// Compresses a text. `None` when that does not make it smaller.
pub(crate) fn gzip(text: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::default());
    encoder.write_all(text).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < text.len()).then(|| Bytes::from(compressed))
}

/// A weight in thousandths: `q=0.25` is 250 (RFC 9110 section 12.4.2).
fn parse_weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.trim().split_once('=')?;
    if !name.eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(FULL),
        _ => None,
    }
}

const FULL: u16 = 1000;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn accepts(lines: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, http::HeaderValue::from_static(line));
        }
        accepts_gzip(&headers)
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        for lines in [
            &["gzip"][..],
            &["GZIP"],
            &["x-gzip"],
            &["br, gzip"],
            &["deflate, gzip;q=0.5"],
            &["gzip;q=1.000"],
            &["*"],
            &["*;q=0.1"],
            &["br", "gzip"],
            &["gzip ; q=0.001"],
            &["gzip;q=0.5, identity;q=0.5"],
            &["identity;q=0, gzip"],
        ] {
            assert!(accepts(lines), "{lines:?}");
        }
        for lines in [
            &[][..],
            &[""],
            &["br"],
            &["gzip;q=0"],
            &["gzip;q=0.000"],
            &["gzip;q=0, *"],
            &["*;q=0"],
            &["gzip;q=x"],
            &["gzip;q=1.5"],
            &["gzip;q=0.0001"],
            &["identity"],
            &["gzip;q=0.5, identity"],
            &["notgzip"],
        ] {
            assert!(!accepts(lines), "{lines:?}");
        }
    }

    #[test]
    fn compressed_text_comes_back() {
        let text = "#EXTINF:6.000000,\n1.m4s\n".repeat(100);
        let compressed = gzip(text.as_bytes()).unwrap();
        let mut back = String::new();
        flate2::read::GzDecoder::new(&compressed[..])
            .read_to_string(&mut back)
            .unwrap();
        assert_eq!(back, text);
        assert_eq!(gzip(b"x"), None, "a text that would grow stays as it is");
    }
}
