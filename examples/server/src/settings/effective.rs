//! The settings as the program uses them.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use flaskflix_core::{progress::Rules, token::DEFAULT_TTL};
use flaskflix_http::{Offload, serve::WhenFull};
use flaskflix_storage::object::StoreAddress;

use super::{
    Key, SettingsError,
    error::Problem,
    kinds::{BaseUrl, DatabaseUrl, LogFilter, LogFormat, Networks, Rate, SecureCookies},
    sharing::{RedisAway, RedisBudget, SessionPlace},
};

/// Everything that can be set, with a type and a unit. [`Default`] holds the documented defaults.
///
/// # Examples
/// ```
/// let settings = flaskflix_server::Settings::default();
/// assert_eq!(settings.listen.to_string(), "127.0.0.1:5000");
/// assert_eq!(settings.media(), std::path::Path::new("./flaskflix-data/media"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The folder of everything the server keeps. Default: `./flaskflix-data`.
    pub data: PathBuf,
    /// The media root; `None` is `{data}/media`. See [`media`](Self::media).
    pub media: Option<PathBuf>,
    /// The object store of the films, in place of a folder. Default: none.
    pub media_url: Option<StoreAddress>,
    /// The PostgreSQL to use. Default: none, SQLite in the data folder.
    pub(crate) database_url: DatabaseUrl,
    /// Most connections to PostgreSQL that answer requests. Default: 16.
    pub(crate) database_connections: usize,
    /// Whether `database_url` is that of a pooler that gives out connections by the transaction. Default: no.
    pub(crate) database_pooler: bool,
    /// Where to listen. Default: `127.0.0.1:5000`.
    pub listen: SocketAddr,
    /// The certificate chain to speak TLS with, in PEM form. Default: none, TLS is a proxy's business.
    pub tls_cert: Option<PathBuf>,
    /// Its private key. One is not there without the other.
    pub tls_key: Option<PathBuf>,
    /// Threads that serve; `None` is one for each core.
    pub workers: Option<usize>,
    /// Whether the kernel sends films where it can (`sendfile`). Default: yes.
    pub zero_copy: bool,
    /// Whether TCP paces on a loopback address, too, where the machine's congestion control does. Default: no.
    pub pace_loopback: bool,
    /// Connections open at once. Default: 10,000.
    pub max_connections: usize,
    /// Connections that one address may have open, an IPv6 /64 being one; more are closed as they come. Default: 1,024.
    pub max_connections_per_address: usize,
    /// What becomes of connections above that. Default: they are refused.
    pub when_full: WhenFull,
    /// Requests under way at once; more get 503. Default: 20,000.
    pub max_requests: usize,
    /// How long a connection may stay open between two requests. Default: 75 s.
    pub idle_timeout: Duration,
    /// How long a response may be under way without a byte moving. Default: 10 min.
    pub stall_timeout: Duration,
    /// Most bytes of pooled buffers, all responses together. Default: 256 MiB.
    pub buffer_memory: u64,
    /// Bytes of packaged segments that many ask for, kept in memory for the kernel to send. Default: 128 MiB.
    pub hot_segments: u64,
    /// How long requests under way may take to end at a stop. Default: 10 s.
    pub drain: Duration,
    /// Whether films are sent encrypted. Default: no.
    pub encrypt: bool,
    /// Who sends the bytes of single files and clear films in our place; nobody when absent.
    pub offload: Option<Offload>,
    /// Most bytes of films that are kept in memory. Default: 0, none.
    pub cache_memory: u64,
    /// The folder of a local disk that films are kept in; none when absent.
    pub cache_disk: Option<PathBuf>,
    /// Most bytes of films that are kept there. Default: 10 GiB.
    pub cache_disk_size: u64,

    /// What the pages call the site. Default: `FlaskFlix`.
    pub site_name: String,
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) trusted_proxies: Networks,
    /// Whether visitors may make accounts. Default: yes.
    pub registration: bool,
    /// Whether every page needs a log-in. Default: no.
    pub private: bool,
    /// Whether there is a demo viewer, whose password the sign-in page shows. Default: no.
    pub demo: bool,

    /// How long a log-in lasts without a visit. Default: 30 days.
    pub session_ttl: Duration,
    pub(crate) secure_cookies: SecureCookies,
    /// The Redis that several nodes share; `None` keeps in memory what it would hold.
    pub redis_url: Option<String>,
    /// How long a request waits for it. Default: 50 ms.
    pub(crate) redis_budget: RedisBudget,
    /// What holds while it is away.
    pub(crate) redis_away: RedisAway,
    /// Where sessions are kept. Default: in the database.
    pub(crate) sessions: SessionPlace,
    /// On how many screens one viewer watches at once; `None` is no limit.
    pub max_screens: Option<usize>,
    /// Whether stream tokens are opaque. Default: no, they are signed.
    pub opaque_tokens: bool,
    /// How long a stream token lasts. Default: 4 hours.
    pub token_ttl: Duration,
    /// The password of the administrator at the first run; a random one when absent.
    pub admin_password: Option<String>,

    pub(crate) login_attempts: Rate,
    pub(crate) login_attempts_per_address: Rate,
    pub(crate) registrations_per_address: Rate,
    pub(crate) mint_per_viewer: Rate,
    pub(crate) mint_per_address: Rate,
    pub(crate) progress_per_viewer: Rate,

    /// When a position is worth resuming and when a title is watched.
    pub resume: Rules,

    /// The folder where `npm ci` put the player; `None` is the one in the source tree.
    pub player_assets: Option<PathBuf>,
    /// The largest upload in bytes. Default: 5 MiB.
    pub max_upload: u64,
    /// Who may read `/metrics` without the token. Default: this machine.
    pub(crate) metrics_networks: Networks,
    /// The bearer token that opens `/metrics` from anywhere; none when absent.
    pub(crate) metrics_token: Option<String>,
    /// Whether the request log names the client's network. Default: no, it is personal data.
    pub(crate) log_addresses: bool,
    pub(crate) log: LogFilter,
    pub(crate) log_format: LogFormat,
}

impl Settings {
    /// Sets one setting by its name in the TOML file, as text.
    ///
    /// # Errors
    /// [`SettingsError`] when there is no such setting or the text is not a value of it.
    ///
    /// # Examples
    /// ```
    /// let mut settings = flaskflix_server::Settings::default();
    /// settings.set("login_attempts", "3/1m")?;
    /// assert!(settings.set("login_attempts", "often").is_err());
    /// # Ok::<(), flaskflix_server::SettingsError>(())
    /// ```
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SettingsError> {
        let unknown = || SettingsError::unknown(name);
        let key = Key::named(name).ok_or_else(unknown)?;
        if key.set(self, text) {
            Ok(())
        } else {
            Err(SettingsError::invalid(key, text))
        }
    }

    /// Listens on a socket that somebody else has opened, wherever that is.
    ///
    /// # Errors
    /// [`SettingsError`] when others reach it than may.
    pub(crate) fn listen_on(&mut self, listen: SocketAddr) -> Result<(), SettingsError> {
        self.listen = listen;
        if self.demo && !self.is_local() {
            return Err(SettingsError::new(vec![Problem::DemoOffLoopback { listen }]));
        }
        Ok(())
    }

    /// The media root.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.media.clone().unwrap_or_else(|| self.data.join("media"))
    }

    /// Where the database is, for people: a path, or a URL without its password.
    #[must_use]
    pub fn database_place(&self) -> String {
        self.database_url
            .place()
            .unwrap_or_else(|| self.data.join("flaskflix.db").display().to_string())
    }

    /// The folder of posters.
    #[must_use]
    pub fn posters(&self) -> PathBuf {
        self.data.join("posters")
    }

    /// Where the server is reached from outside, as far as that is known: `http://host:port` or `https://host:port`, without a
    /// slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.base_url.as_ref().map_or_else(
            || format!("{}://{}", self.scheme(), self.listen),
            ToString::to_string,
        )
    }

    /// The certificate chain and its key, when the server speaks TLS.
    pub(crate) fn tls_files(&self) -> Option<(&Path, &Path)> {
        self.tls_cert.as_deref().zip(self.tls_key.as_deref())
    }

    /// What the server itself speaks.
    pub(crate) fn scheme(&self) -> &'static str {
        self.tls_files().map_or("http", |_| "https")
    }

    /// Whether only this machine can reach the server.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        match self.listen {
            SocketAddr::V4(address) => address.ip().is_loopback(),
            SocketAddr::V6(address) => address.ip().is_loopback(),
        }
    }

    /// Whether the session cookie says `Secure`.
    pub(crate) fn cookies_are_secure(&self) -> bool {
        match self.secure_cookies {
            SecureCookies::On => true,
            SecureCookies::Off => false,
            SecureCookies::Auto => {
                let over_tls = self.tls_files().is_some();
                self.base_url
                    .as_ref()
                    .map_or(over_tls || !self.is_local(), BaseUrl::is_https)
            }
        }
    }

    /// The limits that suit the one-minute demo film: with the usual ones there would be nothing to resume.
    pub(crate) fn demo_rules() -> Rules {
        let mut rules = Rules::default();
        rules.min_position = Duration::from_secs(5);
        rules.short_title = Duration::ZERO;
        rules
    }
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Self::default_limits();
        Self {
            data: Path::new("./flaskflix-data").to_owned(),
            media: None,
            media_url: None,
            database_url: DatabaseUrl::default(),
            database_connections: 16,
            database_pooler: false,
            listen: (Ipv4Addr::LOCALHOST, 5000).into(),
            tls_cert: None,
            tls_key: None,
            workers: None,
            zero_copy: true,
            pace_loopback: false,
            max_connections: 10_000,
            max_connections_per_address: 1024,
            when_full: WhenFull::Refuse,
            max_requests: 20_000,
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(10 * 60),
            buffer_memory: 256 << 20,
            hot_segments: 128 << 20,
            drain: Duration::from_secs(10),
            encrypt: false,
            offload: None,
            cache_memory: 0,
            cache_disk: None,
            cache_disk_size: 10 << 30,
            site_name: "FlaskFlix".to_owned(),
            base_url: None,
            trusted_proxies: Networks::default(),
            registration: true,
            private: false,
            demo: false,
            session_ttl: Duration::from_secs(30 * 24 * 60 * 60),
            secure_cookies: SecureCookies::default(),
            redis_url: None,
            redis_budget: RedisBudget::default(),
            redis_away: RedisAway::default(),
            sessions: SessionPlace::default(),
            max_screens: None,
            opaque_tokens: false,
            token_ttl: DEFAULT_TTL,
            admin_password: None,
            login_attempts: limits.login,
            login_attempts_per_address: limits.login_address,
            registrations_per_address: limits.registration,
            mint_per_viewer: limits.mint,
            mint_per_address: limits.mint_address,
            progress_per_viewer: limits.progress,
            resume: Rules::default(),
            player_assets: None,
            max_upload: 5 * 1024 * 1024,
            metrics_networks: Networks::loopback(),
            metrics_token: None,
            log_addresses: false,
            log: LogFilter::default(),
            log_format: LogFormat::default(),
        }
    }
}

/// The default limits, by what they count.
struct DefaultLimits {
    login: Rate,
    login_address: Rate,
    registration: Rate,
    mint: Rate,
    mint_address: Rate,
    progress: Rate,
}

impl Settings {
    const fn default_limits() -> DefaultLimits {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        const QUARTER: Duration = Duration::from_secs(15 * 60);
        const MINUTE: Duration = Duration::from_secs(60);
        DefaultLimits {
            login: rate(10, QUARTER),
            // A household or an office shares an address.
            login_address: rate(50, QUARTER),
            registration: rate(20, HOUR),
            mint: rate(120, HOUR),
            mint_address: rate(6_000, HOUR),
            progress: rate(600, MINUTE),
        }
    }
}

const fn rate(count: u32, per: Duration) -> Rate {
    Rate {
        count: match NonZeroU32::new(count) {
            Some(count) => count,
            None => NonZeroU32::MIN,
        },
        per,
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `--check-config` shows them, which masks what is secret.
        let mut map = f.debug_map();
        for key in super::KEYS {
            map.entry(&key.name, &key.shown(self));
        }
        map.finish()
    }
}
