//! One line for each request, written when its response has ended.
//!
//! ```text
//! 2026-05-01T20:15:03.120384Z GET /stream/demo/t/-/v1/3.m4s 200 183920 1.824ms
//! ```
//!
//! Time, method, path, status, bytes of body sent, time it took; `cut` at the end when the client did not get all of
//! it. What is a token, or could be one, is a `-` ([`redacted`]).

mod writer;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use flaskflix_http::{
    route::redacted,
    serve::{DirectBody, Part},
};
use http::{Method, Request, Response, uri::PathAndQuery};
use http_body::{Body, Frame, SizeHint};

pub(crate) use self::writer::AccessLog;

/// What will be one line. Written on drop.
#[derive(Debug)]
pub(crate) struct Line {
    log: AccessLog,
    begun: Instant,
    /// Time, method and redacted target.
    head: String,
    without_body: bool,
    status: u16,
    sent_bytes: u64,
    /// Bytes of the whole body, when it announced them.
    len_bytes: Option<u64>,
    ended: bool,
}

impl Line {
    fn begin<B>(log: AccessLog, request: &Request<B>) -> Self {
        let method = request.method();
        let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
        let target = redacted(target);
        Self {
            log,
            begun: Instant::now(),
            head: format!("{} {method} {target}", writer::timestamp()),
            without_body: *method == Method::HEAD,
            status: 0,
            sent_bytes: 0,
            len_bytes: None,
            ended: false,
        }
    }

    fn is_complete(&self) -> bool {
        self.ended || self.without_body || self.len_bytes == Some(self.sent_bytes)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self {
            head,
            status,
            sent_bytes,
            begun,
            ..
        } = &*self;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        let cut = if self.is_complete() { "" } else { " cut" };
        self.log
            .write(format!("{head} {status} {sent_bytes} {took:.3}ms{cut}\n"));
    }
}

impl AccessLog {
    /// Notes a request; the line is written when what comes back is dropped.
    pub(crate) fn begin<B>(&self, request: &Request<B>) -> Line {
        Line::begin(self.clone(), request)
    }
}

/// A body that counts what is sent of it.
#[derive(Debug)]
pub(crate) struct Logged<B> {
    body: B,
    line: Option<Line>,
}

impl<B: Body> Logged<B> {
    /// Lets `line` live as long as the body of `response`.
    pub(crate) fn wrap(response: Response<B>, mut line: Option<Line>) -> Response<Self> {
        if let Some(line) = &mut line {
            line.status = response.status().as_u16();
            line.len_bytes = response.body().size_hint().exact();
        }
        response.map(|body| Self { body, line })
    }
}

impl<B> Logged<B> {
    /// Notes so many bytes, an error, or the end.
    fn note<E>(&mut self, next: Option<Result<u64, E>>) {
        let Some(line) = &mut self.line else { return };
        match next {
            Some(Ok(bytes)) => line.sent_bytes = line.sent_bytes.saturating_add(bytes),
            Some(Err(_)) => {}
            None => line.ended = true,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Logged<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let next = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let bytes = |frame: &Frame<Bytes>| frame.data_ref().map_or(0, |data| data.len() as u64);
        self.note(next.as_ref().map(|next| next.as_ref().map(bytes)));
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: DirectBody + Unpin> DirectBody for Logged<B> {
    fn poll_part(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, B::Error>>> {
        let next = ready!(Pin::new(&mut self.body).poll_part(cx));
        self.note(next.as_ref().map(|next| next.as_ref().map(Part::data_len)));
        Poll::Ready(next)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    fn exchange(read: impl AsyncFnOnce(Logged<Full<Bytes>>)) -> String {
        let (log, lines) = AccessLog::captured();
        let request = Request::get("/stream/a/t/SECRET/video?token=SECRET")
            .body(())
            .unwrap();
        let line = log.begin(&request);
        let response = Response::builder().status(206).body(Full::from("12345")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(Logged::wrap(response, Some(line)).into_body()));
        let line = lines.recv().unwrap();
        assert!(!line.contains("SECRET"), "{line}");
        line
    }

    #[test]
    fn a_line_is_written_when_the_body_has_ended() {
        let line = exchange(async |body| drop(body.collect().await));
        assert!(line.contains(" GET /stream/a/t/-/video?token=- 206 5 "), "{line}");
        assert!(line.ends_with("ms\n"), "{line}");
    }

    #[test]
    fn a_body_dropped_early_is_cut() {
        let line = exchange(async |body| drop(body));
        assert!(line.contains(" 206 0 "), "{line}");
        assert!(line.ends_with("ms cut\n"), "{line}");
    }
}
