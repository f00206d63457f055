//! What hyper is told of both versions of HTTP.

use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;

use super::http2::Http2;

/// The settings of hyper, shared by all connections.
#[derive(Debug)]
pub(super) struct Protocol {
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<TokioExecutor>,
}

impl Protocol {
    /// hyper's own header timeout is off: ours ([`Timeouts`](super::activity::Timeouts)) also covers the time before the protocol
    /// is known, and tells the wait for a head from the wait between requests.
    pub(super) fn new(limits: &Http2) -> Self {
        let mut http1 = http1::Builder::new();
        http1.header_read_timeout(None).max_buf_size(HTTP1_BUFFER_BYTES);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        limits.apply(&mut http2);
        Self { http1, http2 }
    }
}

/// Bounds a request head, and stops hyper from taking a second chunk of a body while the first is unsent.
const HTTP1_BUFFER_BYTES: usize = 64 * 1024;
