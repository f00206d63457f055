//! The table of all keys: names, help, where each lands.

use std::fmt;

use super::{Settings, Value};

/// One setting.
pub(crate) struct Key {
    /// Its name in the TOML file; a dot stands for a table.
    pub(crate) name: &'static str,
    /// The heading of `--help` that it stands under.
    pub(crate) heading: &'static str,
    /// What `--help` calls its value. Empty for a switch, which may stand without one.
    pub(crate) value_name: &'static str,
    /// One line of help, without the default.
    pub(crate) help: &'static str,
    pub(crate) secrecy: Secrecy,
    field: &'static dyn Field,
}

/// Whether a value may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// Never printed, and never a flag: other users of the machine see the command line.
    Secret,
}

impl Key {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The flag without its dashes: `resume-min-position`.
    pub(crate) fn flag(&self) -> String {
        self.name.replace(['.', '_'], "-")
    }

    /// The environment variable: `FLASKFLIX_RESUME_MIN_POSITION`.
    pub(crate) fn variable(&self) -> String {
        format!(
            "{VARIABLE_PREFIX}{}",
            self.name.replace('.', "_").to_ascii_uppercase()
        )
    }

    pub(crate) const fn is_switch(&self) -> bool {
        self.value_name.is_empty()
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.secrecy == Secrecy::Secret
    }

    /// What may stand there.
    pub(crate) fn allowed(&self) -> &'static str {
        self.field.allowed()
    }

    /// Sets the value; false when it is not [`allowed`](Self::allowed).
    pub(crate) fn set(&self, settings: &mut Settings, text: &str) -> bool {
        self.field.set(settings, text)
    }

    /// The value as text, masked when it is secret.
    pub(crate) fn shown(&self, settings: &Settings) -> String {
        let text = self.field.text(settings);
        if self.is_secret() && !text.is_empty() {
            return "********".to_owned();
        }
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Where a key lands, with the type of its value forgotten.
trait Field: Sync {
    fn allowed(&self) -> &'static str;
    fn set(&self, settings: &mut Settings, text: &str) -> bool;
    fn text(&self, settings: &Settings) -> String;
}

struct At<V: 'static>(fn(&mut Settings) -> &mut V);

impl<V: Value> Field for At<V> {
    fn allowed(&self) -> &'static str {
        V::ALLOWED
    }

    fn set(&self, settings: &mut Settings, text: &str) -> bool {
        V::parse(text).map(|value| *(self.0)(settings) = value).is_some()
    }

    fn text(&self, settings: &Settings) -> String {
        // A copy, so that one function serves for reading and writing. Done at the start only.
        (self.0)(&mut settings.clone()).render()
    }
}

const fn key(
    name: &'static str,
    heading: &'static str,
    value_name: &'static str,
    help: &'static str,
    field: &'static dyn Field,
) -> Key {
    Key {
        name,
        heading,
        value_name,
        help,
        secrecy: Secrecy::Open,
        field,
    }
}

const fn secret(key: Key) -> Key {
    Key {
        secrecy: Secrecy::Secret,
        ..key
    }
}

pub(crate) const VARIABLE_PREFIX: &str = "FLASKFLIX_";

const PLACES: &str = "Places";
const DATABASE: &str = "The database";
const SERVING: &str = "Serving";
const SITE: &str = "The site";
const ACCOUNTS: &str = "Log-ins and tokens";
const LIMITS: &str = "Limits (a count in a time)";
const RESUME: &str = "Resuming";
const AWAY: &str = "While Redis is away";
const METRICS: &str = "Metrics";
const LOG: &str = "Log";

/// Every key, in the order of `--help`, of `--check-config` and of the example file.
#[rustfmt::skip]
pub(crate) static KEYS: &[Key] = &[
    key("data", PLACES, "DIR", "The folder of everything the server keeps; made at the first run", &At(|s| &mut s.data)),
    key("media", PLACES, "DIR", "The folder of the films [default: media in the data folder]", &At(|s| &mut s.media)),
    key("media_url", PLACES, "URL", "The object store of the films, in place of a folder: s3://bucket/prefix, gs://, az://, https://", &At(|s| &mut s.media_url)),
    key("player_assets", PLACES, "DIR", "The folder where npm put the player [default: the one in the source tree]", &At(|s| &mut s.player_assets)),

    secret(key("database_url", DATABASE, "URL", "PostgreSQL: postgres://user:password@host/database [default: SQLite in the data folder]", &At(|s| &mut s.database_url))),
    key("database_connections", DATABASE, "N", "Most connections to PostgreSQL that answer requests", &At(|s| &mut s.database_connections)),
    key("database_pooler", DATABASE, "", "database_url is that of a pooler in transaction mode, such as PgBouncer", &At(|s| &mut s.database_pooler)),

    key("listen", SERVING, "IP:PORT", "Where to listen; port 0 takes a free one, which is printed. A socket of systemd's counts before it", &At(|s| &mut s.listen)),
    key("base_url", SERVING, "URL", "Where browsers reach the server, when a proxy stands before it", &At(|s| &mut s.base_url)),
    key("tls_cert", SERVING, "FILE", "Speak TLS, with the certificate and its chain in this PEM file; SIGHUP reads it again", &At(|s| &mut s.tls_cert)),
    key("tls_key", SERVING, "FILE", "The private key of the certificate, not encrypted, in a PEM file", &At(|s| &mut s.tls_key)),
    key("trusted_proxies", SERVING, "NETS", "The proxies whose X-Forwarded-For is believed, with commas between them", &At(|s| &mut s.trusted_proxies)),
    key("workers", SERVING, "N", "Threads that serve [default: one for each core]", &At(|s| &mut s.workers)),
    key("zero_copy", SERVING, "ON|OFF", "Let the kernel send films over HTTP/1.1 without TLS (sendfile); off where films are overwritten in place", &At(|s| &mut s.zero_copy)),
    key("pace_loopback", SERVING, "ON|OFF", "Let TCP pace on a loopback address, too, where the machine has BBR: costs twice the processor time there", &At(|s| &mut s.pace_loopback)),
    key("max_connections", SERVING, "N", "Connections that are open at once; lowered when fewer files may be open than they need", &At(|s| &mut s.max_connections)),
    key("when_full", SERVING, "WHAT", "What becomes of more connections: refuse (503 at once) or wait (until another one is closed)", &At(|s| &mut s.when_full)),
    key("max_connections_per_address", SERVING, "N", "Connections that one address may have open; more are closed as they come. Trusted proxies are not counted", &At(|s| &mut s.max_connections_per_address)),
    key("max_requests", SERVING, "N", "Requests that are under way at once; more get 503", &At(|s| &mut s.max_requests)),
    key("idle_timeout", SERVING, "TIME", "How long a connection may stay open between two requests", &At(|s| &mut s.idle_timeout)),
    key("stall_timeout", SERVING, "TIME", "How long a response may be under way without one byte moving: a paused player stops reading", &At(|s| &mut s.stall_timeout)),
    key("buffer_memory", SERVING, "SIZE", "Memory for pooled buffers of all responses together; past it they go on with small ones", &At(|s| &mut s.buffer_memory)),
    key("hot_segments", SERVING, "SIZE", "Memory for packaged segments that many ask for, from which the kernel sends them; 0 keeps none", &At(|s| &mut s.hot_segments)),
    key("drain", SERVING, "TIME", "How long requests under way may take to end after SIGTERM or Ctrl-C", &At(|s| &mut s.drain)),
    key("encrypt", SERVING, "", "Films are sent encrypted (AES-128), with keys made of content.key in the data folder", &At(|s| &mut s.encrypt)),
    key("offload", SERVING, "HOW", "Single files and clear films are sent by the server in front: accel:/internal/media/ for nginx, sendfile:/srv/media [default: no]", &At(|s| &mut s.offload)),
    key("cache_memory", SERVING, "SIZE", "Keep up to this much of what is read of films in memory", &At(|s| &mut s.cache_memory)),
    key("cache_disk", SERVING, "DIR", "Keep what is read of films in this folder of a local disk [default: nowhere]", &At(|s| &mut s.cache_disk)),
    key("cache_disk_size", SERVING, "SIZE", "The most that is kept there", &At(|s| &mut s.cache_disk_size)),

    key("site_name", SITE, "NAME", "What the pages call the site", &At(|s| &mut s.site_name)),
    key("registration", SITE, "", "Visitors may make accounts for themselves", &At(|s| &mut s.registration)),
    key("private", SITE, "", "Every page needs a log-in, browsing too", &At(|s| &mut s.private)),
    key("demo", SITE, "", "A demo viewer whose password the sign-in page shows; loopback only", &At(|s| &mut s.demo)),
    key("max_upload", SITE, "SIZE", "The largest poster that may be uploaded", &At(|s| &mut s.max_upload)),

    key("session_ttl", ACCOUNTS, "TIME", "How long a log-in lasts without a visit", &At(|s| &mut s.session_ttl)),
    key("secure_cookies", ACCOUNTS, "WHEN", "Cookies travel over https only: on, off, or auto (https base_url, or TLS, or not loopback)", &At(|s| &mut s.secure_cookies)),
    secret(key("redis_url", ACCOUNTS, "URL", "The Redis that several nodes share: redis://[user:password@]host[:port][/number] [default: none, all in memory]", &At(|s| &mut s.redis_url))),
    key("redis_budget", ACCOUNTS, "TIME", "How long a request waits for Redis before it counts as away", &At(|s| &mut s.redis_budget)),
    key("sessions", ACCOUNTS, "WHERE", "Where log-ins are kept: database, or redis", &At(|s| &mut s.sessions)),
    key("max_screens", ACCOUNTS, "N", "On how many screens one viewer watches at once [default: no limit]", &At(|s| &mut s.max_screens)),
    key("opaque_tokens", ACCOUNTS, "", "Stream tokens are random bytes; what they stand for is kept in Redis, or in memory", &At(|s| &mut s.opaque_tokens)),
    key("token_ttl", ACCOUNTS, "TIME", "How long a stream token lasts", &At(|s| &mut s.token_ttl)),
    secret(key("admin_password", ACCOUNTS, "PASSWORD", "The administrator's password at the first run [default: a random one, printed once]", &At(|s| &mut s.admin_password))),

    key("login_attempts", LIMITS, "RATE", "Failed log-ins of one account", &At(|s| &mut s.login_attempts)),
    key("login_attempts_per_address", LIMITS, "RATE", "Failed log-ins from one address", &At(|s| &mut s.login_attempts_per_address)),
    key("registrations_per_address", LIMITS, "RATE", "New accounts from one address", &At(|s| &mut s.registrations_per_address)),
    key("mint_per_viewer", LIMITS, "RATE", "Stream tokens for one viewer", &At(|s| &mut s.mint_per_viewer)),
    key("mint_per_address", LIMITS, "RATE", "Stream tokens for one address", &At(|s| &mut s.mint_per_address)),
    key("progress_per_viewer", LIMITS, "RATE", "Progress reports of one viewer", &At(|s| &mut s.progress_per_viewer)),

    key("metrics_networks", METRICS, "NETS", "Who may read /metrics without the token, with commas between them", &At(|s| &mut s.metrics_networks)),
    secret(key("metrics_token", METRICS, "TOKEN", "The bearer token that opens /metrics from anywhere [default: none does]", &At(|s| &mut s.metrics_token))),

    key("log", LOG, "FILTER", "What is logged: error, warn, info, debug, or by module", &At(|s| &mut s.log)),
    key("log_addresses", LOG, "", "The request log names the network of the client: personal data", &At(|s| &mut s.log_addresses)),
    key("log_format", LOG, "FORMAT", "text, or json for one object on each line", &At(|s| &mut s.log_format)),

    key("redis_away.rate_limits", AWAY, "WHAT", "Quotas of tokens and progress while Redis is away: allow, uncounted, or refuse", &At(|s| &mut s.redis_away.rate_limits)),
    key("redis_away.screens", AWAY, "WHAT", "Screens: allow, uncounted, or refuse", &At(|s| &mut s.redis_away.screens)),
    key("redis_away.revocations", AWAY, "WHAT", "Tokens that are not on the list that a node knows: allow or refuse", &At(|s| &mut s.redis_away.revocations)),
    key("redis_away.opaque_tokens", AWAY, "WHAT", "Opaque tokens that a node met more than a minute ago: allow or refuse", &At(|s| &mut s.redis_away.opaque_tokens)),
    key("redis_away.log_ins", AWAY, "WHAT", "Log-ins and new accounts: allow, counted by each node for itself, or refuse", &At(|s| &mut s.redis_away.log_ins)),

    key("resume.min_position", RESUME, "TIME", "A position before this is not resumed", &At(|s| &mut s.resume.min_position)),
    key("resume.min_percent", RESUME, "N", "Nor one before this percentage; the smaller of the two holds", &At(|s| &mut s.resume.min_percent)),
    key("resume.completed_percent", RESUME, "N", "From this percentage on a title counts as watched", &At(|s| &mut s.resume.completed_percent)),
    key("resume.short_title", RESUME, "TIME", "Titles shorter than this are not resumed", &At(|s| &mut s.resume.short_title)),
    key("resume.late_window", RESUME, "TIME", "How long late reports cannot undo \"watched\" or \"dismissed\"", &At(|s| &mut s.resume.late_window)),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn flags_and_variables_name_one_key_each() {
        for name in [Key::flag, Key::variable, |key: &Key| key.name.to_owned()] {
            let names: BTreeSet<_> = KEYS.iter().map(name).collect();
            assert_eq!(names.len(), KEYS.len());
        }
    }

    #[test]
    fn defaults_are_values() {
        for key in KEYS {
            let text = key.shown(&Settings::default());
            if !text.is_empty() {
                assert!(
                    key.set(&mut Settings::default(), &text),
                    "{} = {text:?}",
                    key.name
                );
            }
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut settings = Settings::default();
        assert!(
            Key::named("admin_password")
                .unwrap()
                .set(&mut settings, "a long secret")
        );
        assert!(!format!("{settings:?}").contains("long"));
    }
}
