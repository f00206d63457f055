//! Cross-origin access ([Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol)): off by default, one
//! setting names who may read our responses from another origin.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

/// Which web pages of other origins may play our streams.
///
/// Every response to such a page, refusals included, carries the CORS headers; `Content-Length`, `Content-Range`, `ETag`
/// and `Accept-Ranges` are exposed, and preflights are answered without a token, because browsers send none with them.
///
/// # Examples
/// ```
/// use flaskflix_http::Cors;
/// let anyone = Cors::any();
/// let ours = Cors::origins(["https://www.example.org", "http://localhost:3000"]).with_credentials();
/// ```
#[derive(Debug, Clone)]
pub struct Cors {
    /// `None` for any origin.
    origins: Option<Vec<String>>,
    credentials: bool,
}

/// Why a [`Cors`] setting cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCors {
    /// Browsers refuse credentials together with any origin.
    #[error("credentials need a list of origins")]
    CredentialsForAnyOrigin,
    /// Not the `scheme://host[:port]` that browsers send.
    #[error("{origin:?} is not an origin of the form scheme://host or scheme://host:port")]
    NotAnOrigin {
        /// The text.
        origin: String,
    },
}

impl Cors {
    /// Pages of any origin, without credentials.
    #[must_use]
    pub const fn any() -> Self {
        Self {
            origins: None,
            credentials: false,
        }
    }

    /// Pages of these origins, written as browsers send them: `https://www.example.org`, lower case, without a path.
    #[must_use]
    pub fn origins(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            origins: Some(origins.into_iter().map(Into::into).collect()),
            credentials: false,
        }
    }

    /// Lets pages send cookies and `Authorization` along. Only with a list of origins.
    #[must_use]
    pub const fn with_credentials(mut self) -> Self {
        self.credentials = true;
        self
    }
}

/// A checked [`Cors`], as header values.
#[derive(Debug, Clone)]
pub(crate) struct CorsPolicy {
    origins: Option<Vec<HeaderValue>>,
    credentials: bool,
}

impl CorsPolicy {
    /// # Errors
    /// [`InvalidCors`] when browsers could never match the setting.
    pub(crate) fn new(cors: Cors) -> Result<Self, InvalidCors> {
        if cors.credentials && cors.origins.is_none() {
            return Err(InvalidCors::CredentialsForAnyOrigin);
        }
        let origins = cors
            .origins
            .map(|origins| origins.into_iter().map(parse_origin).collect());
        Ok(Self {
            origins: origins.transpose()?,
            credentials: cors.credentials,
        })
    }

    /// Whether the page of this request may read the response.
    pub(crate) fn permit(&self, request: &HeaderMap) -> Permit {
        let Some(origins) = &self.origins else {
            return Permit::Everybody;
        };
        let origin = request.get(ORIGIN).filter(|&origin| origins.contains(origin));
        Permit::Named {
            origin: origin.cloned(),
            credentials: self.credentials,
        }
    }

    /// Adds to the answer to `OPTIONS` what a preflight asks for; to any other `OPTIONS` nothing.
    pub(crate) fn apply_preflight(request: &HeaderMap, response: &mut HeaderMap) {
        if request.contains_key(ORIGIN) && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            response.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, HEAD"),
            );
            response.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED);
            response.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        }
    }
}

/// Whether a page may read a response.
#[derive(Debug)]
pub(crate) enum Permit {
    /// Any page may.
    Everybody,
    /// Pages of some origins may; the one that asks, when it is of one of them.
    Named {
        origin: Option<HeaderValue>,
        credentials: bool,
    },
}

impl Permit {
    /// Adds to a response what the page needs to read it.
    pub(crate) fn apply(self, response: &mut HeaderMap) {
        let (origin, credentials) = match self {
            Self::Everybody => (Some(HeaderValue::from_static("*")), false),
            Self::Named { origin, credentials } => {
                // Even without an Origin: a cache must not give this response to a page of some origin.
                response.append(VARY, HeaderValue::from_static("Origin"));
                (origin, credentials)
            }
        };
        let Some(origin) = origin else { return };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if credentials {
            response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

fn parse_origin(origin: String) -> Result<HeaderValue, InvalidCors> {
    let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
        let host_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._:[]".contains(&b);
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
            && !host.is_empty()
            && host.bytes().all(host_byte)
    });
    match HeaderValue::from_str(&origin) {
        Ok(value) if is_origin => Ok(value),
        _ => Err(InvalidCors::NotAnOrigin { origin }),
    }
}

const EXPOSED: HeaderValue = HeaderValue::from_static("Content-Length, Content-Range, ETag, Accept-Ranges");
const ALLOWED: HeaderValue = HeaderValue::from_static(
    "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Authorization",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_need_named_origins() {
        let error = CorsPolicy::new(Cors::any().with_credentials()).unwrap_err();
        assert_eq!(error, InvalidCors::CredentialsForAnyOrigin);
    }

    #[test]
    fn an_origin_has_no_path_and_no_upper_case() {
        for bad in [
            "",
            "*",
            "null",
            "example.org",
            "https://",
            "https://a/",
            "https://A.org",
            "https://a b",
            "://a",
        ] {
            assert!(CorsPolicy::new(Cors::origins([bad])).is_err(), "{bad}");
        }
        for good in [
            "https://a.example",
            "http://localhost:3000",
            "http://[::1]:80",
            "app://player",
        ] {
            assert!(CorsPolicy::new(Cors::origins([good])).is_ok(), "{good}");
        }
    }
}
