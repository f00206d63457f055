//! How often one may knock: log-in and registration.

use std::net::{IpAddr, Ipv4Addr};

use axum::{extract::FromRequestParts, http::request::Parts};
use flaskflix_core::{access::Subject, time::UnixMillis};
use flaskflix_http::viewer::ClientAddress;
use flaskflix_storage::redis::Redis;

use super::Problem;
use crate::{
    accounts::{KnownHomes, MAX_NAME_CHARS, NotNow, SharedCounts, Tries},
    settings::Settings,
};

/// The counts of those who want in.
#[derive(Debug)]
pub(crate) struct Doors {
    by_account: Tries,
    /// Of an account, from where its owner has logged in before.
    from_home: Tries,
    homes: KnownHomes,
    by_address: Tries,
    registrations: Tries,
}

impl Doors {
    pub(crate) fn new(settings: &Settings, redis: Option<&Redis>) -> Self {
        let shared = redis.map(|redis| SharedCounts {
            redis,
            when_away: settings.redis_away.log_ins,
        });
        Self {
            by_account: Tries::new("log_in", settings.login_attempts, shared),
            from_home: Tries::new("log_in_home", settings.login_attempts, shared),
            homes: KnownHomes::new(shared),
            by_address: Tries::new("log_in_address", settings.login_attempts_per_address, shared),
            registrations: Tries::new("register", settings.registrations_per_address, shared),
        }
    }

    /// Counts a try to log in, whether or not there is such an account: the answer must not tell.
    ///
    /// Anybody can use up the tries of a name that they know, for as long as they like. So an address from which the owner
    /// has logged in has tries of its own.
    pub(super) async fn log_in(&self, name: &str, from: Address, now: UnixMillis) -> Result<(), Problem> {
        let account = account_key(name);
        let home = home_key(&account, from);
        self.by_address.take(&from.key(), now).await?;
        if self.homes.contain(&home).await {
            self.from_home.take(&home, now).await?;
        } else {
            self.by_account.take(&account, now).await?;
        }
        Ok(())
    }

    /// Forgets the tries of an account whose password was right: those from there, not those of strangers elsewhere. Those
    /// of the address stay: otherwise an account of one's own would be the way to try others without end.
    pub(super) async fn let_in(&self, name: &str, from: Address, now: UnixMillis) {
        let account = account_key(name);
        let home = home_key(&account, from);
        if self.homes.contain(&home).await {
            self.from_home.forgive(&home).await;
        } else {
            self.by_account.forgive(&account).await;
        }
        self.homes.remember(home, now).await;
    }

    /// Counts a new account.
    pub(super) async fn register(&self, from: Address, now: UnixMillis) -> Result<(), Problem> {
        Ok(self.registrations.take(&from.key(), now).await?)
    }
}

impl From<NotNow> for Problem {
    fn from(why: NotNow) -> Self {
        match why {
            NotNow::TooMany { retry_after } => Self::too_many(retry_after),
            NotNow::Away => Self::unavailable(),
        }
    }
}

/// What an account is counted by, existing or not. No account has a longer name, and counts must not hold megabytes.
fn account_key(name: &str) -> String {
    let name = name.trim().chars().take(MAX_NAME_CHARS.saturating_add(1));
    name.collect::<String>().to_lowercase()
}

/// An account at an address. No name has a blank in it.
fn home_key(account: &str, from: Address) -> String {
    format!("{account} {}", from.key())
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// What it is counted by: an IPv6 address counts as its /64, which one customer has all of.
    fn key(self) -> String {
        match Subject::address(self.0) {
            Subject::Address(address) => address.to_string(),
            _ => self.0.to_string(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get().map(|ClientAddress(address)| *address);
        // Without the accept loop (in tests) all come from one address.
        Ok(Self(known.unwrap_or(Ipv4Addr::UNSPECIFIED.into())))
    }
}
