//! What is wrong with the settings, for the person who wrote them.

use std::{error::Error as StdError, fmt, io, net::SocketAddr, path::PathBuf};

use super::{Key, Origin};

/// The settings cannot be used. Names every key, its value, where it stands and what is allowed there.
#[derive(Debug)]
pub struct SettingsError {
    problems: Vec<Problem>,
}

impl SettingsError {
    pub(super) const fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub(super) fn unknown(name: &str) -> Self {
        Self::new(vec![Problem::UnknownName {
            name: name.to_owned(),
        }])
    }

    pub(super) fn invalid(key: &'static Key, text: &str) -> Self {
        Self::new(vec![Problem::invalid(key, text, Origin::Code)])
    }
}

impl StdError for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

/// One fault.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("{name} = {value} (from {origin}) is not {allowed}")]
    Invalid {
        name: &'static str,
        /// In quotes; masked when secret.
        value: String,
        origin: Origin,
        allowed: &'static str,
    },
    #[error("{name} in {} is not a setting{}", .path.display(), suggestion(.near.as_deref()))]
    UnknownKey {
        name: String,
        path: PathBuf,
        near: Option<String>,
    },
    #[error("{name} is not a setting")]
    UnknownName { name: String },
    #[error("the variable {name} is not a setting{}", suggestion(Some(.near)))]
    UnknownVariable { name: String, near: String },
    #[error("data cannot stand in {}, which was found because it lies in the data folder: name the file with --config", .path.display())]
    DataInItself { path: PathBuf },
    #[error("{} cannot be read: {cause}", .path.display())]
    FileUnreadable { path: PathBuf, cause: io::Error },
    #[error("{} is not TOML: {}", .path.display(), .cause.to_string().trim_end())]
    FileMalformed {
        path: PathBuf,
        cause: config::ConfigError,
    },
    #[error(
        "demo shows a password to everybody and so works on loopback only, but listen = {listen} is reached from elsewhere"
    )]
    DemoOffLoopback { listen: SocketAddr },
    #[error("{given} (from {origin}) needs {missing}: a certificate and its key are of use together only")]
    HalfOfTls {
        given: &'static str,
        origin: Origin,
        missing: &'static str,
    },
    #[error("sessions = \"redis\" needs redis_url")]
    SessionsWithoutRedis,
    #[error(
        "media (from {media}) and media_url (from {store}) both say where the films are: leave one of them out"
    )]
    TwoPlacesOfFilms { media: Origin, store: Origin },
    #[error(
        "offload leaves films to a server that sees them in a folder, but media_url says that they are in a store"
    )]
    OffloadOfStore,
}

impl Problem {
    pub(super) fn invalid(key: &'static Key, text: &str, origin: Origin) -> Self {
        let value = if key.is_secret() {
            "********".to_owned()
        } else {
            format!("{text:?}")
        };
        Self::Invalid {
            name: key.name,
            value,
            origin,
            allowed: key.allowed(),
        }
    }
}

fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" (did you mean {near}?)"))
}
