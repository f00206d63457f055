//! An address on another host, as it goes into playlists, redirects and pages.

use std::{fmt, sync::Arc};

/// Longest URL in bytes that [`ExternalUrl`] accepts.
pub const MAX_URL_BYTES: usize = 2048;

/// An absolute `http` or `https` URL ([RFC 3986 section 3](https://www.rfc-editor.org/rfc/rfc3986#section-3)).
///
/// It has a host, no user information and no fragment, and is printable ASCII without spaces, quotes, backslashes or
/// angle brackets, so it is safe in a header, in a playlist line and in an attribute. It is never fetched by us.
///
/// # Examples
/// ```
/// use flaskflix_core::catalog::ExternalUrl;
/// let url = ExternalUrl::parse("https://cdn.example.org/film/master.m3u8?a=1")?;
/// assert_eq!(url.origin(), "https://cdn.example.org");
/// assert_eq!(url.extension(), Some("m3u8"));
/// assert!(ExternalUrl::parse("javascript:alert(1)").is_err());
/// # Ok::<(), flaskflix_core::catalog::InvalidUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalUrl {
    text: Arc<str>,
    /// Length of scheme and authority.
    origin: usize,
}

/// Why a text is not a URL that viewers can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// Longer than the limit.
    #[error("the URL has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// Neither `http://` nor `https://`.
    #[error("the URL does not start with http:// or https://")]
    Scheme,
    /// No host, or one with a character that hosts do not have.
    #[error("the URL has no valid host")]
    Host,
    /// A user name or password before the host: it would be handed to every viewer.
    #[error("the URL holds a user name or password")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("the URL has a fragment (#)")]
    Fragment,
    /// A character that must be percent-encoded.
    #[error("the URL holds the character {character:?}, which must be percent-encoded")]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
}

impl ExternalUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`InvalidUrl`] when the text breaks one of the rules above.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if text.len() > MAX_URL_BYTES {
            return Err(InvalidUrl::TooLong {
                bytes: text.len(),
                limit: MAX_URL_BYTES,
            });
        }
        let (scheme, rest) = text.split_once("://").ok_or(InvalidUrl::Scheme)?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(InvalidUrl::Scheme);
        }
        let forbidden = |c: char| {
            !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
        };
        if let Some(character) = text.chars().find(|&c| forbidden(c)) {
            return Err(InvalidUrl::ForbiddenCharacter { character });
        }
        if text.contains('#') {
            return Err(InvalidUrl::Fragment);
        }
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(InvalidUrl::UserInfo);
        }
        if !is_host_and_port(authority) {
            return Err(InvalidUrl::Host);
        }
        Ok(Self {
            text: text.into(),
            origin: scheme.len().saturating_add(3).saturating_add(authority.len()),
        })
    }

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port: what a Content-Security-Policy must allow.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin).unwrap_or_default()
    }

    /// The text behind the last dot of the path's last segment, when there is one.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let path = self.text.get(self.origin..)?.split('?').next()?;
        let name = path.rsplit('/').next()?;
        name.rsplit_once('.').map(|(_, extension)| extension)
    }
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_host_and_port(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (address, port.strip_prefix(':').or(port.is_empty().then_some("")))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let host_is_valid = authority.starts_with('[')
        || (!host.is_empty()
            && host.len() <= 253
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')));
    host_is_valid && port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_urls() {
        for good in [
            "http://a",
            "https://a.example/x.mp4",
            "HTTPS://a:8443/x?y=1&z=%20",
            "http://[::1]:8080/x",
            "http://127.0.0.1/",
        ] {
            assert!(ExternalUrl::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", InvalidUrl::Scheme),
            ("/x", InvalidUrl::Scheme),
            ("javascript:alert(1)", InvalidUrl::Scheme),
            ("file:///etc/passwd", InvalidUrl::Scheme),
            ("//a/x", InvalidUrl::Scheme),
            ("http://", InvalidUrl::Host),
            ("http:///x", InvalidUrl::Host),
            ("http://a:x/", InvalidUrl::Host),
            ("http://a:99999/", InvalidUrl::Host),
            ("http://[::g]/", InvalidUrl::Host),
            ("http://u:p@a/", InvalidUrl::UserInfo),
            ("http://a/x#y", InvalidUrl::Fragment),
            ("http://a/x y", InvalidUrl::ForbiddenCharacter { character: ' ' }),
            (
                "http://a/x\ny",
                InvalidUrl::ForbiddenCharacter { character: '\n' },
            ),
            ("http://a/\"x", InvalidUrl::ForbiddenCharacter { character: '"' }),
            (
                "http://\u{e9}/",
                InvalidUrl::ForbiddenCharacter { character: '\u{e9}' },
            ),
        ] {
            assert_eq!(ExternalUrl::parse(bad), Err(why), "{bad:?}");
        }
        let long = format!("http://a/{}", "x".repeat(MAX_URL_BYTES));
        assert!(matches!(
            ExternalUrl::parse(&long),
            Err(InvalidUrl::TooLong { .. })
        ));
    }
}
