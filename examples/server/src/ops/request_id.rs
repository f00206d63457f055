//! The name of a request in the log.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Names one request: made here, or by a trusted proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// The one that the request brings, when its peer is to be believed and it is sane; otherwise a random one.
    pub(super) fn of(headers: &HeaderMap, is_trusted: bool) -> Self {
        let brought = headers
            .get(HEADER)
            .filter(|id| is_trusted && is_sane(id.as_bytes()));
        brought.cloned().map_or_else(Self::random, Self)
    }

    /// 128 random bits in hex.
    fn random() -> Self {
        let text = format!("{:032x}", rand::random::<u128>());
        // Hex is always a header value.
        Self(HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("-")))
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or("-"))
    }
}

/// As UUIDs, ULIDs and trace ids are: nothing that could be a second field or a second line of the log.
fn is_sane(id: &[u8]) -> bool {
    (8..=64).contains(&id.len())
        && id
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(brought: &'static str, is_trusted: bool) -> String {
        let headers = HeaderMap::from_iter([(HEADER, HeaderValue::from_static(brought))]);
        RequestId::of(&headers, is_trusted).to_string()
    }

    #[test]
    fn an_id_is_believed_of_trusted_proxies_only() {
        assert_eq!(id_of("0190b2c7-7e1a", true), "0190b2c7-7e1a");
        assert_ne!(id_of("0190b2c7-7e1a", false), "0190b2c7-7e1a");
    }

    #[test]
    fn an_id_that_could_be_more_than_a_name_is_replaced() {
        for strange in [
            "",
            "short",
            "with space",
            "a=b status=200",
            "quote\"quote",
            "tab\tin-the-id",
            LONG,
        ] {
            let id = id_of(strange, true);
            assert_eq!(id.len(), 32, "{strange:?} -> {id}");
        }
        assert_ne!(id_of("", true), id_of("", true));
    }

    const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
}
