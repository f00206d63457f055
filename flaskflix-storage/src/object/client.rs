//! Our eyes on the store's HTTP answers.

use std::time::Duration;

use async_trait::async_trait;
use object_store::{
    ClientOptions, Result, RetryConfig,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    },
};

use super::failure::Answer;

/// Makes clients that turn every answer which is not a success into an [`Answer`]: the drivers keep neither the status nor
/// `Retry-After`.
#[derive(Debug, Default)]
pub(super) struct WatchedConnector(ReqwestConnector);

impl HttpConnector for WatchedConnector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let client = self.0.connect(options)?;
        Ok(HttpClient::new(WatchedClient(client)))
    }
}

#[derive(Debug)]
struct WatchedClient(HttpClient);

#[async_trait]
impl HttpService for WatchedClient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // A driver that asks a web server for a list would take its "no" for a fault.
        let is_list = request.method().as_str() == "PROPFIND";
        let response = self.0.execute(request).await?;
        let status = response.status().as_u16();
        match status {
            // The drivers give these a meaning of their own.
            405 if !is_list => Ok(response),
            ..300 | 403 | 404 | 412 => Ok(response),
            _ => {
                let answer = Answer {
                    status,
                    retry_after: retry_after(&response),
                };
                // A kind that the drivers never try again: trying again is our business.
                Err(HttpError::new(HttpErrorKind::Decode, answer))
            }
        }
    }
}

/// `Retry-After` in seconds ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)). No object store
/// sends its other form, a date.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// The drivers try once: they would try for three minutes, and could not say where in the body they go on.
pub(super) fn no_retries() -> RetryConfig {
    RetryConfig {
        max_retries: 0,
        retry_timeout: Duration::ZERO,
        ..RetryConfig::default()
    }
}

/// No time limit on a whole answer, which would cut long films: `idle_timeout` and `patience` watch its progress.
pub(super) fn client_options(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_allow_http(allow_http)
}

/// A round trip around the world takes a third of a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
