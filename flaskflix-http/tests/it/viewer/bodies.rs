//! What players send: of one type each, of bounded size, within bounded time.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, Bytes};
use http::Request;
use http_body::{Body, Frame};
use serde_json::json;

use super::scene::{Api, named, request};

#[tokio::test]
async fn a_body_that_means_nothing_is_400_and_the_field_is_named() {
    let api = Api::new();
    #[rustfmt::skip]
    let table = [
        ("POST", "",                                                   None,                   "not a JSON object"),
        ("POST", "nonsense",                                           None,                   "not a JSON object"),
        ("POST", "[]",                                                 None,                   "not a JSON object"),
        ("POST", "12",                                                 None,                   "not a JSON object"),
        ("POST", "{\"current_time\":NaN}",                             None,                   "not a JSON object"),
        ("POST", "{\"current_time\":1e999}",                           None,                   "not a JSON object"),
        ("POST", "{\"current_time\":1}x",                              None,                   "not a JSON object"),
        ("POST", "{\"current_time\":1,\"current_time\":2}",            None,                   "\"current_time\" stands twice"),
        ("POST", "{}",                                                 Some("current_time"),   "current_time is missing"),
        ("POST", "{\"current_time\":null}",                            Some("current_time"),   "current_time is missing"),
        ("POST", "{\"current_time\":\"12\"}",                          Some("current_time"),   "not a number"),
        ("POST", "{\"current_time\":[1]}",                             Some("current_time"),   "not a number"),
        ("POST", "{\"current_time\":-0.001}",                          Some("current_time"),   "from 0 to 2592000"),
        ("POST", "{\"current_time\":2592000.001}",                     Some("current_time"),   "from 0 to 2592000"),
        ("POST", "{\"current_time\":1e308}",                           Some("current_time"),   "from 0 to 2592000"),
        ("POST", "{\"current_time\":1,\"total_duration\":true}",       Some("total_duration"), "not a number"),
        ("POST", "{\"current_time\":1,\"total_duration\":-1}",         Some("total_duration"), "from 0 to 2592000"),
        ("POST", "{\"current_time\":1,\"session\":1,\"seq\":1}",       Some("session"),        "not a text"),
        ("POST", "{\"current_time\":1,\"session\":\"a b\",\"seq\":1}", Some("session"),        "ASCII letters"),
        ("POST", "{\"current_time\":1,\"session\":\"a\"}",             Some("seq"),            "without seq"),
        ("POST", "{\"current_time\":1,\"seq\":1}",                     Some("session"),        "without session"),
        ("POST", "{\"current_time\":1,\"session\":\"a\",\"seq\":-1}",  Some("seq"),            "whole number"),
        ("POST", "{\"current_time\":1,\"session\":\"a\",\"seq\":1.5}", Some("seq"),            "whole number"),
        ("POST", "{\"current_time\":1,\"event\":\"explode\"}",         Some("event"),          "none of time, pause"),
        ("POST", "{\"current_time\":1,\"event\":7}",                   Some("event"),          "not a text"),
        ("PUT",  "{}",                                                 Some("watched"),        "needed"),
        ("PUT",  "{\"watched\":1}",                                    Some("watched"),        "true or false"),
        ("PUT",  "{\"dismissed\":false}",                              Some("dismissed"),      "only become true"),
        ("PUT",  "{\"watched\":true,\"dismissed\":true}",              Some("dismissed"),      "together"),
    ];
    for (method, body, field, detail) in table {
        let said = api.ask("anna", method, "/stream/1/progress", body).await;
        assert_eq!(said.status, 400, "{method} {body}");
        let got = said.detail();
        assert!(got.contains(detail), "{method} {body}: {got}");
        assert_eq!(
            said.json().get("field"),
            field.map(|field| json!(field)).as_ref(),
            "{body}"
        );
        if let Some(field) = field {
            assert!(got.contains(field), "{body}: {got}");
        }
    }
    let stored = api.get("anna", "/stream/1/progress").await.json();
    assert_eq!(stored["last_watched_at"], json!(null), "nothing of it was stored");
}

#[tokio::test]
async fn what_players_add_and_leave_out_is_no_error() {
    let api = Api::new();
    for body in [
        r#"{"current_time":90,"total_duration":null,"session":null,"seq":null,"event":null,"token":null}"#,
        r#"{"current_time":90,"player":{"name":"x"},"quality":[1,2],"":0}"#,
        r#" { "current_time" : 9e1 , "total_duration" : 0 } "#,
        r#"{"current_time":90,"token":"of a page that was open for too long"}"#,
    ] {
        let said = api.ask("anna", "POST", "/stream/1/progress", body).await;
        assert_eq!(
            (said.status, &said.json()["current_time"]),
            (200, &json!(90)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn who_is_not_known_learns_nothing_about_the_body() {
    let api = Api::new();
    let token = r#"{"token":5}"#;
    for body in ["", "{", "{}", token, r#"{"token":"x","token":"y"}"#] {
        let said = api.anonymous("POST", "/stream/1/progress", body).await;
        assert_eq!(said.status, 401, "{body}");
    }
}

/// Says nothing about its length, and gives one chunk after the other, for ever.
struct Endless {
    chunk: Bytes,
    /// Chunks that were taken.
    taken: usize,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.taken += 1;
        assert!(self.taken < 10_000, "the limit does not hold");
        Poll::Ready(Some(Ok(Frame::data(self.chunk.clone()))))
    }
}

/// Never gives anything.
struct Silent;

impl Body for Silent {
    type Data = Box<dyn Buf + Send>;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
        Poll::Pending
    }
}

/// Breaks.
struct Broken;

impl Body for Broken {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(Some(Err("the connection is gone")))
    }
}

fn post<B>(body: B) -> Request<B> {
    let mut request = Request::post("/stream/1/progress").body(body).unwrap();
    request.extensions_mut().insert(named("anna"));
    request
}

#[tokio::test]
async fn a_body_has_at_most_4_kib() {
    let api = Api::new();
    let padded = |len: usize| {
        let body = r#"{"current_time":90,"x":""}"#;
        let padding = "x".repeat(len - body.len());
        body.replace("\"\"", &format!("\"{padding}\""))
    };
    let target = "/stream/1/progress";
    assert_eq!(api.ask("anna", "POST", target, &padded(4096)).await.status, 200);
    for len in [4097, 1 << 20] {
        let said = api.ask("anna", "POST", target, &padded(len)).await;
        assert_eq!(
            (said.status, said.detail().as_str()),
            (413, "the body is longer than 4096 bytes")
        );
        assert_eq!(api.ask("anna", "PUT", target, &padded(len)).await.status, 413);
    }
    for chunk in [&b"x"[..], &[b' '; 4096], &[b' '; 5000]] {
        let chunk = Bytes::copy_from_slice(chunk);
        assert_eq!(api.send(post(Endless { chunk, taken: 0 })).await.status, 413);
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let api = Api::with(|builder| builder.body_timeout(Duration::from_millis(20)));
    assert_eq!(api.send(post(Silent)).await.status, 408);
    assert_eq!(api.send(post(Broken)).await.status, 400);
    // Where no body is wanted none is waited for.
    let mut request = Request::get("/stream/1/progress").body(Silent).unwrap();
    request.extensions_mut().insert(named("anna"));
    assert_eq!(api.send(request).await.status, 200);
}

#[tokio::test]
async fn the_content_type_says_nothing() {
    let api = Api::new();
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "\u{80}",
    ] {
        let mut request = request("POST", "/stream/1/progress", r#"{"current_time":90}"#);
        let value = http::HeaderValue::from_bytes(content_type.as_bytes()).unwrap();
        request.headers_mut().insert("content-type", value);
        request.extensions_mut().insert(named("anna"));
        assert_eq!(api.send(request).await.status, 200, "{content_type}");
    }
}
