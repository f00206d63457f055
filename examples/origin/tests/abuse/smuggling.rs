//! Requests that two servers could read differently: what comes back is one answer to one request, or a refusal and the
//! end of the connection. What a proxy might take for a second request is never answered.

use crate::{
    peers::{connect, rest, say, statuses},
    siege::{besiege, sized},
};

/// What a smuggled request would look like: a title that is not there, which gives a 404 of its own.
const SMUGGLED: &str = "GET /stream/smuggled/video HTTP/1.1\r\nHost: bad\r\nConnection: close\r\n\r\n";

/// A name, lines behind `Host` and what follows the head, and the statuses that must come back to a POST and to a GET.
type Shape = (
    &'static str,
    &'static str,
    &'static str,
    &'static [u16],
    &'static [u16],
);

/// A length beside chunks is read as chunks, and is the last request of its connection (RFC 9112 section 6.3); so is one whose
/// body is broken or unread when its answer is ready. Two hosts are refused, but leave no doubt where the request ends.
#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    ("two lengths",              "Content-Length: 3\r\nContent-Length: 4\r\n",          "abcd",       &[400], &[400]),
    ("a list of lengths",        "Content-Length: 3, 4\r\n",                            "abcd",       &[400], &[400]),
    ("a signed length",          "Content-Length: +3\r\n",                              "abc",        &[400], &[400]),
    ("a hexadecimal length",     "Content-Length: 0x3\r\n",                             "abc",        &[400], &[400]),
    ("a length and chunks",      "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n",  &[405], &[206]),
    ("chunks not last",          "Transfer-Encoding: chunked, identity\r\n",            "0\r\n\r\n",  &[400], &[400]),
    ("an unknown coding",        "Transfer-Encoding: xchunked\r\n",                     "0\r\n\r\n",  &[400], &[400]),
    ("a space before the colon", "Transfer-Encoding : chunked\r\n",                     "0\r\n\r\n",  &[400], &[400]),
    ("a tab in a name",          "X\tY: z\r\n",                                         "",           &[400], &[400]),
    ("a folded line",            "X: y\r\n z\r\n",                                      "",           &[400], &[400]),
    ("a line without colon",     "X\r\n",                                               "",           &[400], &[400]),
    ("a NUL",                    "X: y\0z\r\n",                                         "",           &[400], &[400]),
    ("a bare CR",                "X: y\rTransfer-Encoding: chunked\r\n",                "",           &[400], &[400]),
    ("a huge chunk",             CHUNKED, "10000000000000000\r\nabc\r\n0\r\n\r\n",                   &[405], &[206]),
    ("a chunk size that is none", CHUNKED, "3 \u{b2}\r\nabc\r\n0\r\n\r\n",                         &[405], &[206]),
    ("64 KiB of chunk extension", CHUNKED, "EXTENSION",                                       &[405], &[206]),
    ("a chunk that is too long", CHUNKED, "1\r\nabc\r\n0\r\n\r\n",                                  &[405], &[206]),
    ("two hosts",                "Host: other\r\n",                                     "",           &[400, 404], &[400, 404]),
];
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

#[test]
fn no_shape_of_a_request_is_two_requests() {
    besiege("request smuggling", async |target| {
        for round in 0..sized(50, 2) {
            for (name, lines, body, post, get) in SHAPES {
                let extension = format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(64 * 1024));
                let body = body.replace("EXTENSION", &extension);
                for (method, expected) in [("POST", post), ("GET", get)] {
                    let mut socket = connect(round, target.address()).await;
                    let target = "/stream/long.bin/video";
                    let head =
                        format!("{method} {target} HTTP/1.1\r\nHost: bad\r\nRange: bytes=0-9\r\n{lines}\r\n");
                    say(&mut socket, format!("{head}{body}{SMUGGLED}")).await;
                    let answer = rest(&mut socket).await;
                    assert_eq!(statuses(&answer), **expected, "{name}, {method}");
                }
            }
        }
    });
}
