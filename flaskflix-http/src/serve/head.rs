//! Which requests are not handed to the service.

use http::{HeaderMap, Request, StatusCode, Uri, Version, header::HOST};

/// The most bytes of the parts of a request head.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadLimits {
    /// Of the request target.
    pub(super) target: usize,
    /// Of all field lines together.
    pub(super) fields: usize,
}

/// Why a request is refused before the service sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Client, proxy and server cannot agree on who is asked.
    Host,
    /// The request target is too long.
    Target,
    /// The fields are too large.
    Fields,
    /// As many requests are under way as may be.
    Requests,
    /// Many are, and this connection has several of them.
    Share,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::BAD_REQUEST,
            Self::Target => StatusCode::URI_TOO_LONG,
            Self::Fields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Requests | Self::Share => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The label of metrics.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Target => "target",
            Self::Fields => "fields",
            Self::Requests => "requests",
            Self::Share => "share",
        }
    }
}

impl HeadLimits {
    /// Whether a request goes to the service.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        if target_bytes(request.uri()) > self.target {
            return Err(Refusal::Target);
        }
        if field_bytes(request.headers()) > self.fields {
            return Err(Refusal::Fields);
        }
        if names_one_host(request) {
            Ok(())
        } else {
            Err(Refusal::Host)
        }
    }
}

fn target_bytes(uri: &Uri) -> usize {
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    path.saturating_add(authority)
}

/// As the lines are sent with HTTP/1.1: the name, a colon and a space, the value, the end of the line.
fn field_bytes(fields: &HeaderMap) -> usize {
    fields
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(4))
        .fold(0, usize::saturating_add)
}

/// Whether client, proxy and server can agree on who is asked.
///
/// > A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header
/// > field and to any request message that contains more than one Host header field line
///
/// [RFC 9112 section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2). HTTP/1.0 may leave it out, HTTP/2 has
/// `:authority`.
fn names_one_host<B>(request: &Request<B>) -> bool {
    let lines = request.headers().get_all(HOST).iter().take(2).count();
    lines == 1 || (lines == 0 && request.version() != Version::HTTP_11)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits {
        target: 100,
        fields: 200,
    };

    fn request(target_bytes: usize, field_bytes: usize) -> Request<()> {
        let host = "host: a\r\n".len();
        let rest = field_bytes.checked_sub(host + "x: \r\n".len()).unwrap();
        let target = format!("/{}", "t".repeat(target_bytes - 1));
        let request = Request::get(target)
            .header("host", "a")
            .header("x", "v".repeat(rest));
        request.body(()).unwrap()
    }

    #[test]
    fn a_head_is_served_up_to_its_limits_and_refused_above_them() {
        assert_eq!(LIMITS.check(&request(100, 200)), Ok(()));
        assert_eq!(LIMITS.check(&request(101, 200)), Err(Refusal::Target));
        assert_eq!(LIMITS.check(&request(100, 201)), Err(Refusal::Fields));
    }

    #[test]
    fn the_authority_of_a_request_target_counts() {
        let uri = format!("http://{}/{}", "a".repeat(60), "t".repeat(39));
        let request = |uri: String| Request::get(uri).header("host", "a").body(()).unwrap();
        assert_eq!(LIMITS.check(&request(uri.clone())), Ok(()));
        assert_eq!(LIMITS.check(&request(format!("{uri}t"))), Err(Refusal::Target));
    }
}
