//! Values with a meaning of their own: rates, networks, URLs, what the log says.

use std::{fmt, net::IpAddr, num::NonZeroU32, str::FromStr as _, time::Duration};

use flaskflix_http::viewer::{Subnet, TrustedProxies};
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use super::Value;

/// `count` requests in each `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: NonZeroU32,
    pub(crate) per: Duration,
}

/// The origin of the pages as browsers see it: a scheme and an authority, no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(String);

/// Where the database is: a PostgreSQL URL, or nothing for SQLite in the data folder. Holds a password.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct DatabaseUrl(String);

/// Networks, each an address with a prefix length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Networks {
    text: String,
    subnets: Vec<Subnet>,
}

/// Which events are logged, in the syntax of `tracing_subscriber`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFilter(String);

/// When the session cookie says `Secure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SecureCookies {
    /// When `base_url` is https, and when the server listens beyond this machine.
    #[default]
    Auto,
    On,
    Off,
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object on each line.
    Json,
}

impl BaseUrl {
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The URL as an `Origin` header has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DatabaseUrl {
    /// The whole URL, with its password.
    pub(crate) fn url(&self) -> Option<&str> {
        Some(&*self.0).filter(|url| !url.is_empty())
    }

    /// The URL for people, as far as it says who and where: never the password, and no option, for one may be a password, too.
    pub(crate) fn place(&self) -> Option<String> {
        let options = PgConnectOptions::from_str(self.url()?).ok()?;
        let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
        let name = options.get_database().unwrap_or(user);
        Some(format!("postgres://{user}@{host}:{port}/{name}"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password.
        f.debug_tuple("DatabaseUrl").field(&self.place()).finish()
    }
}

impl Networks {
    /// This machine.
    pub(crate) fn loopback() -> Self {
        Self::parse("127.0.0.0/8, ::1").unwrap_or_default()
    }

    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.subnets.iter().any(|subnet| subnet.contains(address))
    }

    pub(crate) fn as_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(self.subnets.iter().copied())
    }
}

impl LogFilter {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl Value for Rate {
    const ALLOWED: &'static str = "a count in a time, such as 10/15m or 600/1h";

    fn parse(text: &str) -> Option<Self> {
        let (count, per) = text.split_once('/')?;
        let per = if per.starts_with(char::is_alphabetic) {
            Duration::parse(&format!("1{per}"))?
        } else {
            Duration::parse(per)?
        };
        let count = count.parse().ok()?;
        (!per.is_zero()).then_some(Self { count, per })
    }

    fn render(&self) -> String {
        format!("{}/{}", self.count, self.per.render())
    }
}

impl Value for BaseUrl {
    const ALLOWED: &'static str = "an http or https URL without a path, such as https://films.example";

    fn parse(text: &str) -> Option<Self> {
        let uri = http::Uri::from_str(text).ok()?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let authority = uri.authority()?;
        let bare = uri.path_and_query().is_none_or(|path| path == "/");
        let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
        // As browsers write it in Origin: lower case and without the port that goes without saying.
        let mut origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        if let Some(short) = origin.strip_suffix(default_port) {
            origin.truncate(short.len());
        }
        (bare && plain).then_some(Self(origin))
    }

    fn render(&self) -> String {
        self.0.clone()
    }
}

impl Value for DatabaseUrl {
    const ALLOWED: &'static str =
        "a PostgreSQL URL, such as postgres://user:password@host/database, or nothing for SQLite";

    fn parse(text: &str) -> Option<Self> {
        let is_ours = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let fits = is_ours && PgConnectOptions::from_str(text).is_ok();
        (fits || text.is_empty()).then(|| Self(text.to_owned()))
    }

    fn render(&self) -> String {
        self.0.clone()
    }
}

impl Value for Networks {
    const ALLOWED: &'static str =
        "a list of addresses or networks without host bits, such as 127.0.0.1, 10.0.0.0/8, fd00::/8";

    fn parse(text: &str) -> Option<Self> {
        let items: Vec<_> = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect();
        let subnets = items
            .iter()
            .map(|item| item.parse().ok())
            .collect::<Option<_>>()?;
        let text = items.join(", ");
        Some(Self { text, subnets })
    }

    fn render(&self) -> String {
        self.text.clone()
    }
}

impl Value for LogFilter {
    const ALLOWED: &'static str = "a log filter, such as info, warn or info,flaskflix_server=debug";

    fn parse(text: &str) -> Option<Self> {
        // The parser takes a level that is misspelt for the name of a module.
        let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
        let is_named = |part: &str| part.contains(['=', '[']) || is_level(part.trim());
        let known = text.split(',').all(is_named) && EnvFilter::builder().parse(text).is_ok();
        known.then(|| Self(text.to_owned()))
    }

    fn render(&self) -> String {
        self.0.clone()
    }
}

impl Value for LogFormat {
    const ALLOWED: &'static str = "text or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
        .to_owned()
    }
}

impl Value for SecureCookies {
    const ALLOWED: &'static str = "auto, on or off";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            other => bool::parse(other).map(|on| if on { Self::On } else { Self::Off }),
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
        .to_owned()
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
