//! What an HTTP/2 connection may do.

use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::flood::ControlFrames;

/// The limits of an HTTP/2 connection: what [`Server::http2`](super::Server::http2) takes.
///
/// The frames of HTTP/2 let a peer make work and hold memory in ways that HTTP/1.1 does not know. Each of them has a bound,
/// and whoever goes past it loses the connection, unless another answer is named:
///
/// | what a peer does | what bounds it |
/// |---|---|
/// | opens many streams | [`max_streams`](Self::max_streams); one more is refused with `REFUSED_STREAM`; fewer while [many](super::Server::max_requests) are under way (503) |
/// | sends large heads, or one in many CONTINUATION frames | [`max_header_list_bytes`](Self::max_header_list_bytes), 431 above; as many frames as such a head can fill, at least 5 |
/// | opens streams and resets them (rapid reset, CVE-2023-44487) | [`max_pending_resets`](Self::max_pending_resets), and `control_frames` for those that were looked at |
/// | makes us reset its streams | [`max_stream_errors`](Self::max_stream_errors) |
/// | sends bodies that nobody reads | [`stream_window_bytes`](Self::stream_window_bytes), [`connection_window_bytes`](Self::connection_window_bytes) |
/// | sends empty DATA frames, or ones of a few bytes | 100 empty ones in the life of a connection, and bytes in proportion to the others: fixed in h2 |
/// | sends PING, SETTINGS, `WINDOW_UPDATE`, PRIORITY, `RST_STREAM`, unknown frames | [`control_frames`](Self::control_frames) |
/// | asks for bodies and does not open its windows | [`send_buffer_bytes`](Self::send_buffer_bytes) for each stream, and the [stall timeout](super::Server::stall_timeout): no other frame counts as progress |
/// | keeps a connection without requests, PING frames or not | the [idle timeout](super::Server::idle_timeout), with GOAWAY; then as long again |
///
/// # Defaults
/// * [`max_streams`](Self::max_streams): 128
/// * [`max_header_list_bytes`](Self::max_header_list_bytes): 16 KiB
/// * [`max_pending_resets`](Self::max_pending_resets): 20
/// * [`max_stream_errors`](Self::max_stream_errors): 256
/// * [`stream_window_bytes`](Self::stream_window_bytes): 256 KiB
/// * [`connection_window_bytes`](Self::connection_window_bytes): 1 MiB
/// * [`send_buffer_bytes`](Self::send_buffer_bytes): 64 KiB
/// * [`control_frames`](Self::control_frames): 2,000 at once, 100 a second
/// * [`ping`](Self::ping): none
///
/// # Examples
/// ```
/// use flaskflix_http::serve::{Http2, Server};
///
/// let server = Server::new().http2(Http2::new().max_streams(32));
/// # let _ = server;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Http2 {
    max_streams: u32,
    max_header_list_bytes: u32,
    max_pending_resets: usize,
    max_stream_errors: usize,
    stream_window_bytes: u32,
    connection_window_bytes: u32,
    send_buffer_bytes: u32,
    control_frames: ControlFrames,
    ping: Option<Ping>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ping {
    interval: Duration,
    timeout: Duration,
}

impl Http2 {
    /// The defaults above.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_streams: 128,
            max_header_list_bytes: 16 << 10,
            max_pending_resets: 20,
            max_stream_errors: 256,
            stream_window_bytes: 256 << 10,
            connection_window_bytes: 1 << 20,
            send_buffer_bytes: 64 << 10,
            control_frames: ControlFrames {
                burst: 2000,
                per_second: 100,
            },
            ping: None,
        }
    }

    /// How many requests a connection may have under way at once. Default: 128. A player has a handful; more let one
    /// connection hold more memory, see [`send_buffer_bytes`](Self::send_buffer_bytes).
    #[must_use]
    pub const fn max_streams(mut self, streams: u32) -> Self {
        self.max_streams = streams;
        self
    }

    /// The most bytes of a request head, counted as HTTP/2 does: names, values, and 32 for each field. Default: 16 KiB. What
    /// [`max_field_bytes`](super::Server::max_field_bytes) says holds besides.
    #[must_use]
    pub const fn max_header_list_bytes(mut self, bytes: u32) -> Self {
        self.max_header_list_bytes = bytes;
        self
    }

    /// How many streams a peer may open and reset before they have been looked at, at any moment. Default: 20. A player that
    /// seeks resets what it no longer needs, long after it was looked at.
    #[must_use]
    pub const fn max_pending_resets(mut self, streams: usize) -> Self {
        self.max_pending_resets = streams;
        self
    }

    /// How many streams a peer may make us reset by its mistakes, in the whole life of a connection. Default: 256.
    #[must_use]
    pub const fn max_stream_errors(mut self, streams: usize) -> Self {
        self.max_stream_errors = streams;
        self
    }

    /// How many bytes of one request body may come before they are read. Default: 256 KiB, at most 2 GiB - 1. An upload is
    /// no faster than this in each round trip.
    #[must_use]
    pub const fn stream_window_bytes(mut self, bytes: u32) -> Self {
        self.stream_window_bytes = bytes;
        self
    }

    /// The same for all request bodies of a connection together: what they may hold in memory. Default: 1 MiB, at most
    /// 2 GiB - 1.
    #[must_use]
    pub const fn connection_window_bytes(mut self, bytes: u32) -> Self {
        self.connection_window_bytes = bytes;
        self
    }

    /// How many bytes of each response wait in memory for the peer to take them. Default: 64 KiB. One chunk of a body is
    /// always taken whole. A peer that opens no window holds this for each of its streams until the
    /// [stall timeout](super::Server::stall_timeout).
    #[must_use]
    pub const fn send_buffer_bytes(mut self, bytes: u32) -> Self {
        self.send_buffer_bytes = bytes;
        self
    }

    /// How many frames may come that are no part of a request: at once, and for each second. Default: 2,000 and 100; and
    /// one more for every 256 bytes of bodies, in either direction. More of them cut the connection, which is counted.
    ///
    /// Browsers send a few for each request. Each costs 0.1 to 0.2 us, so larger numbers cost little more than a core that
    /// one connection can keep busy; smaller ones may cut clients that open their windows byte by byte, and with fewer than
    /// some ten at once no client gets started.
    #[must_use]
    pub const fn control_frames(mut self, burst: u32, per_second: u32) -> Self {
        self.control_frames = ControlFrames { burst, per_second };
        self
    }

    /// Asks peers that have sent nothing for `interval` whether they are still there, and cuts those that do not answer within
    /// `timeout`. Default: not at all, for an answer shows only that somebody reads: a paused player that has stopped reading
    /// its socket would be cut as if it were dead. The dead are found by the stall and idle timeouts all the same.
    #[must_use]
    pub const fn ping(mut self, interval: Duration, timeout: Duration) -> Self {
        self.ping = Some(Ping { interval, timeout });
        self
    }

    pub(super) const fn watched_frames(&self) -> ControlFrames {
        self.control_frames
    }

    /// Tells hyper.
    pub(super) fn apply(&self, http2: &mut http2::Builder<TokioExecutor>) {
        http2
            .max_concurrent_streams(self.max_streams)
            .max_header_list_size(self.max_header_list_bytes)
            .max_pending_accept_reset_streams(self.max_pending_resets)
            .max_local_error_reset_streams(self.max_stream_errors)
            .initial_stream_window_size(self.stream_window_bytes.min(LARGEST_WINDOW))
            .initial_connection_window_size(self.connection_window_bytes.min(LARGEST_WINDOW))
            .max_send_buf_size(usize::try_from(self.send_buffer_bytes).unwrap_or(usize::MAX));
        if let Some(Ping { interval, timeout }) = self.ping {
            http2
                .timer(TokioTimer::new())
                .keep_alive_interval(interval)
                .keep_alive_timeout(timeout);
        }
    }
}

impl Default for Http2 {
    fn default() -> Self {
        Self::new()
    }
}

/// [RFC 9113 section 6.9.1](https://www.rfc-editor.org/rfc/rfc9113#section-6.9.1); h2 asserts it.
const LARGEST_WINDOW: u32 = (1 << 31) - 1;
