//! The head of an HTTP/1.1 response: only what the load client must know.

use std::io;

/// The facts of a response head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Status code.
    pub status: u16,
    /// `Content-Length`.
    pub content_length: u64,
    /// First byte of `Content-Range`, when there is one.
    pub range_start: Option<u64>,
    /// Bytes of the head, blank line included.
    pub len: usize,
}

impl Head {
    /// Parses the head at the front of `bytes`; `None` while its end has not arrived.
    ///
    /// # Errors
    /// When it is not a head with a status and a `Content-Length`.
    pub fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mark = b"\r\n\r\n";
        let Some(end) = bytes.windows(mark.len()).position(|window| window == mark) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(io::Error::other)?;
        let bad = || io::Error::other(format!("not a head with a length: {text:?}"));
        let field = |wanted: &str| {
            text.lines().skip(1).find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then_some(value.trim())
            })
        };
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let range = field("content-range").and_then(|value| value.strip_prefix("bytes "));
        Ok(Some(Self {
            status: status.ok_or_else(bad)?,
            content_length: field("content-length")
                .and_then(|value| value.parse().ok())
                .ok_or_else(bad)?,
            range_start: range.and_then(|value| value.split('-').next()?.parse().ok()),
            len: end.saturating_add(mark.len()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_parsed_when_it_is_whole() {
        let text =
            b"HTTP/1.1 206 Partial Content\r\ncontent-LENGTH: 5\r\nContent-Range: bytes 7-11/20\r\n\r\nhello";
        let head = Head::parse(text).unwrap().unwrap();
        assert_eq!(
            (head.status, head.content_length, head.range_start),
            (206, 5, Some(7))
        );
        assert_eq!(text.len() - head.len, 5);
        assert_eq!(Head::parse(&text[..40]).unwrap(), None);
    }

    #[test]
    fn a_head_without_a_length_is_an_error() {
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
