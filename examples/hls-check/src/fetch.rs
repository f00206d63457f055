//! HTTP GET over a plain socket (loopback, no TLS), and relative references.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::error::CheckError;

/// The longest body that is read: 1 GiB.
pub const MAX_BODY_BYTES: u64 = 1 << 30;

/// Downloads one `http://` URL whole.
///
/// Speaks HTTP/1.0, so that the body is the rest of the connection and never chunked.
///
/// # Errors
/// [`CheckError::Refused`] when the status is not 200; [`CheckError::Fetch`] when the URL is not plain http, or the body
/// is shorter or longer than its `Content-Length`.
pub fn get(url: &str) -> Result<Vec<u8>, CheckError> {
    let fail = |reason: String| CheckError::Fetch {
        url: url.to_owned(),
        reason,
    };
    let (authority, path) = split(url).ok_or_else(|| fail("not an http:// URL".to_owned()))?;
    let mut socket = TcpStream::connect(authority).map_err(|error| fail(format!("connect: {error}")))?;
    let patience = Some(Duration::from_secs(30));
    let io = |error: std::io::Error| fail(error.to_string());
    socket.set_read_timeout(patience).map_err(io)?;
    socket.set_write_timeout(patience).map_err(io)?;
    write!(
        socket,
        "GET {path} HTTP/1.0\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    )
    .map_err(io)?;
    let mut answer = Vec::new();
    socket.take(MAX_BODY_BYTES).read_to_end(&mut answer).map_err(io)?;
    body(answer).map_err(|fault| match fault {
        Fault::Broken(reason) => fail(reason),
        Fault::Status { status, reason } => CheckError::Refused {
            url: url.to_owned(),
            status,
            reason,
        },
    })
}

/// Resolves a reference of a playlist against the playlist's own URL.
///
/// # Examples
/// ```
/// use flaskflix_hls_check::fetch::resolve;
/// assert_eq!(resolve("http://h:1/a/b.m3u8?x=/y", "v1/i.mp4"), "http://h:1/a/v1/i.mp4");
/// assert_eq!(resolve("http://h:1/a/b.m3u8", "../i.mp4"), "http://h:1/i.mp4");
/// assert_eq!(resolve("http://h:1/a/b.m3u8", "/i.mp4"), "http://h:1/i.mp4");
/// ```
#[must_use]
pub fn resolve(base: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let Some((authority, path)) = split(base) else {
        return reference.to_owned();
    };
    if reference.starts_with('/') {
        return format!("http://{authority}{reference}");
    }
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    let mut reference = reference;
    while let Some(rest) = reference.strip_prefix("../") {
        if folders.len() > 1 {
            folders.pop();
        }
        reference = rest;
    }
    let reference = reference.strip_prefix("./").unwrap_or(reference);
    format!("http://{authority}{}/{reference}", folders.join("/"))
}

fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    let slash = rest.find('/')?;
    rest.split_at_checked(slash)
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Broken(String),
    Status { status: String, reason: String },
}

/// A body that came with another status than 200, or not whole, is none.
fn body(answer: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let headless = || Fault::Broken("the answer has no head".to_owned());
    let mark = b"\r\n\r\n";
    let end = answer
        .windows(mark.len())
        .position(|window| window == mark)
        .ok_or_else(headless)?;
    let (head, rest) = answer.split_at_checked(end).ok_or_else(headless)?;
    let body = rest.get(mark.len()..).unwrap_or_default().to_vec();
    let head = String::from_utf8_lossy(head);
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if status != "200" {
        return Err(Fault::Status {
            status: status.to_owned(),
            reason: reason(&body),
        });
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    match length {
        Some(length) if length != body.len() => Err(Fault::Broken(format!(
            "Content-Length says {length} bytes, {} arrived",
            body.len()
        ))),
        _ => Ok(body),
    }
}

/// What a problem document says.
fn reason(body: &[u8]) -> String {
    let document: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let detail = document.and_then(|document| Some(document.get("detail")?.as_str()?.to_owned()));
    detail.unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_shorter_than_its_content_length_is_refused() {
        let answer = |text: &str| body(text.as_bytes().to_vec());
        assert_eq!(
            answer("HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\n\r\nabc").unwrap(),
            b"abc"
        );
        assert!(answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc").is_err());
        assert!(answer("nonsense").is_err());
    }

    #[test]
    fn an_error_is_told_by_its_status_and_its_detail() {
        let refused = |text: &str| body(text.as_bytes().to_vec()).unwrap_err();
        let fault = |status: &str, reason: &str| Fault::Status {
            status: status.to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(refused("HTTP/1.1 404 Not Found\r\n\r\n no "), fault("404", "no"));
        assert_eq!(
            refused("HTTP/1.1 500 No\r\n\r\n{\"detail\":\"it is encrypted\",\"status\":500}"),
            fault("500", "it is encrypted")
        );
    }
}
