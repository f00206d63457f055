//! HTTP/1.1 over one connection, with a deadline for every step.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN, SET_COOKIE},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use crate::story::{Row, Words};

/// One connection to the server, of one viewer.
#[derive(Debug)]
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    address: SocketAddr,
    badge: Badge,
}

/// The headers that tell the server who asks; none: a visitor.
pub(crate) type Badge = HeaderMap;

impl Client {
    pub(crate) async fn connect(address: SocketAddr, badge: Badge) -> io::Result<Self> {
        let stream = soon(TcpStream::connect(address)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = soon(http1::handshake(TokioIo::new(stream))).await?;
        // Ends with the sender, or with the server; what went wrong, the sender says.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            address,
            badge,
        })
    }

    /// Logs in by the form of the page. The badge is the cookie, as a browser keeps it.
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> io::Result<Badge> {
        let form = format!("name={name}&password={password}");
        let response = self.send(Method::POST, "/login", FORM, form).await?;
        let cookie = response.headers().get(SET_COOKIE).map(|line| line.as_bytes());
        let pair = cookie.and_then(|line| line.split(|&byte| byte == b';').next());
        match pair {
            Some(pair) if response.status() == StatusCode::SEE_OTHER => {
                let value = pair.try_into().map_err(io::Error::other)?;
                Ok(Badge::from_iter([(COOKIE, value)]))
            }
            _ => {
                let status = response.status();
                Err(io::Error::other(format!("{name} cannot log in: {status}")))
            }
        }
    }

    /// Whether the server still takes the badge.
    pub(crate) async fn is_known(&mut self) -> io::Result<bool> {
        let response = self.send(Method::GET, ROW, JSON, String::new()).await?;
        Ok(response.status() != StatusCode::UNAUTHORIZED)
    }

    /// Sends report number `seq` of a row. `Ok(None)`: it was refused.
    pub(crate) async fn report(&mut self, row: Row, seq: u64) -> io::Result<Option<Words>> {
        let fields = row.words(seq).fields();
        let body = format!(r#"{{{fields},"session":"ledger","seq":{seq}}}"#);
        let (status, answer) = self.ask(Method::POST, &progress_path(row), body).await?;
        if status.is_success() {
            words(&answer).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads a row back. `Ok(None)`: there is nothing.
    pub(crate) async fn read(&mut self, row: Row) -> io::Result<Option<Words>> {
        let answer = self.get(&progress_path(row)).await?;
        if answer.get("last_watched_at").is_none_or(Value::is_null) {
            return Ok(None);
        }
        words(&answer).map(Some)
    }

    /// Reads what stands in the viewer's row: the titles as they are named, and their words.
    pub(crate) async fn continue_watching(&mut self) -> io::Result<Vec<(String, Words)>> {
        let answer = self.get(ROW).await?;
        let items = answer
            .as_array()
            .ok_or_else(|| io::Error::other("the row is no list"))?;
        let item = |item: &Value| {
            let id = item
                .pointer("/movie/id")
                .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            let id = id.ok_or_else(|| io::Error::other("an item has no movie"))?;
            Ok((id, words(item.get("progress").unwrap_or(&Value::Null))?))
        };
        items.iter().map(item).collect()
    }

    async fn get(&mut self, path: &str) -> io::Result<Value> {
        let (status, answer) = self.ask(Method::GET, path, String::new()).await?;
        if status.is_success() {
            Ok(answer)
        } else {
            Err(io::Error::other(format!("GET {path}: {status}: {answer}")))
        }
    }

    async fn ask(&mut self, method: Method, path: &str, body: String) -> io::Result<(StatusCode, Value)> {
        let response = self.send(method, path, JSON, body).await?;
        let answer = serde_json::from_slice(response.body()).map_err(io::Error::other)?;
        Ok((response.status(), answer))
    }

    /// Sends a request as a page of the server's own would, and reads the whole answer.
    async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: &str,
        body: String,
    ) -> io::Result<Response<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(ORIGIN, format!("http://{}", self.address))
            .header(SEC_FETCH_SITE, "same-origin")
            .header(CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::from(body)))
            .map_err(io::Error::other)?;
        request.headers_mut().extend(self.badge.clone());
        soon(self.sender.ready()).await?;
        let (head, body) = soon(self.sender.send_request(request)).await?.into_parts();
        let body = soon(Limited::new(body, MAX_ANSWER_BYTES).collect()).await?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

fn progress_path(row: Row) -> String {
    format!("/stream/{}/progress", row.title_name())
}

/// The position and the duration of a progress object.
fn words(progress: &Value) -> io::Result<Words> {
    let millis = |name: &str| {
        let secs = progress.get(name).and_then(Value::as_f64);
        let time = secs.and_then(|secs| Duration::try_from_secs_f64(secs).ok());
        let millis = time.and_then(|time| u64::try_from(time.as_millis()).ok());
        millis.ok_or_else(|| io::Error::other(format!("{name} is no time in {progress}")))
    };
    Ok(Words {
        position_ms: millis("current_time")?,
        duration_ms: millis("total_duration")?,
    })
}

async fn soon<T, E>(step: impl Future<Output = Result<T, E>>) -> io::Result<T>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    timeout(PATIENCE, step).await?.map_err(io::Error::other)
}

/// The longest that one step may take.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 1 << 20;
const ROW: &str = "/continue-watching?limit=100";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
