//! What is refused when a cap is reached, and how often that is told.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{Server, counters, head::Refusal, security::Security};
use crate::trace;

/// What becomes of a connection that comes while [`max_connections`](Server::max_connections) are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// It gets a 503 with `Retry-After` at once, and is closed.
    ///
    /// Players and proxies learn in a moment what they would otherwise find out by a timeout: a player asks again later, a proxy asks
    /// another node. Some 250 connections can be told so at a time (fewer where few files may be open); what comes above that is closed without a word.
    #[default]
    Refuse,
    /// It waits in the kernel's queue until another one is closed.
    ///
    /// For a proxy in front that opens no more connections than there are, or for short peaks: nobody is refused, and
    /// nobody is told how long it takes. A full queue drops what comes, and clients try again by TCP's own clock.
    Wait,
}

impl Server {
    /// What becomes of a connection above [`max_connections`](Self::max_connections). Default: [`WhenFull::Refuse`].
    #[must_use]
    pub const fn when_full(mut self, policy: WhenFull) -> Self {
        self.when_full = policy;
        self
    }

    /// How many requests may be under way at once, all connections together, each until its response is handed over, and what the
    /// kernel sends of a file is sent; 0 counts as 1. Default: 20,000. Further ones get a 503 with `Retry-After` at once; those under way go on.
    ///
    /// HTTP/1.1 has one request for each connection and so reaches it only below [`max_connections`](Self::max_connections);
    /// HTTP/2 has up to 128. Larger costs memory: a response under way holds a file and up to a chunk.
    #[must_use]
    pub const fn max_requests(mut self, requests: usize) -> Self {
        self.requests = requests;
        self
    }
}

/// Counts the requests that are under way.
#[derive(Debug)]
pub(super) struct Requests {
    most: usize,
    under_way: AtomicUsize,
    episode: Episode,
}

impl Requests {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            under_way: AtomicUsize::new(0),
            episode: Episode::default(),
        }
    }

    /// Counts a request for as long as the place lives.
    pub(super) fn place(self: &Arc<Self>) -> Result<Place, Refusal> {
        // Relaxed: the number guards no other memory.
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        // Made first, so that it is given back in either case.
        let place = Place(Arc::clone(self));
        if before < self.most {
            return Ok(place);
        }
        if self.episode.begins(Instant::now()) {
            trace::limit_reached("max_requests", self.most);
        }
        Err(Refusal::Requests)
    }
}

/// One request that is under way.
#[derive(Debug)]
pub(super) struct Place(Arc<Requests>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Turns away the connections for which there is no slot.
#[derive(Debug)]
pub(super) struct Doorman {
    most: usize,
    most_farewells: usize,
    farewells: JoinSet<()>,
    episode: Episode,
}

impl Doorman {
    pub(super) fn new(most: usize, most_farewells: usize) -> Self {
        Self {
            most,
            most_farewells,
            farewells: JoinSet::new(),
            episode: Episode::default(),
        }
    }

    pub(super) fn turn_away(&mut self, socket: TcpStream, security: &Security) {
        counters::connection_refused("full");
        if self.episode.begins(Instant::now()) {
            trace::limit_reached("max_connections", self.most);
        }
        while self.farewells.try_join_next().is_some() {}
        // Over TLS nothing can be said before the handshake, which is what there is no room for.
        if matches!(security, Security::Clear) && self.farewells.len() < self.most_farewells {
            self.farewells.spawn(async move {
                // Whoever does not listen is cut, too.
                let _ = timeout(FAREWELL, farewell(socket)).await;
            });
        }
    }
}

/// Says 503 and waits for the client to hang up: to close a socket with unread bytes in it would take the answer back.
async fn farewell(mut socket: TcpStream) -> std::io::Result<()> {
    socket.write_all(NO_SLOT).await?;
    socket.shutdown().await?;
    let mut ignored = [0; 1024];
    while socket.read(&mut ignored).await? > 0 {}
    Ok(())
}

const NO_SLOT: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncache-control: no-store\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";
const FAREWELL: Duration = Duration::from_secs(1);
/// Connections above the cap at one time, fewer where few files may be open. Each takes a descriptor and some hundred bytes.
pub(super) const MOST_FAREWELLS: usize = 256;

/// Tells the beginning of trouble, not its every moment.
#[derive(Debug, Default)]
struct Episode(Mutex<Option<Instant>>);

impl Episode {
    /// Whether there was no trouble for a while before this one.
    fn begins(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.replace(now);
        before.is_none_or(|before| now.saturating_duration_since(before) > QUIET)
    }
}

const QUIET: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_as_many_as_were_set_and_come_back() {
        let requests = Arc::new(Requests::new(2));
        let first = requests.place().unwrap();
        let _second = requests.place().unwrap();
        for _ in 0..3 {
            assert_eq!(requests.place().unwrap_err(), Refusal::Requests);
        }
        drop(first);
        let _third = requests.place().unwrap();
        assert!(requests.place().is_err());
    }

    #[test]
    fn trouble_is_told_once_until_it_has_been_quiet_for_a_minute() {
        let episode = Episode::default();
        let start = Instant::now();
        let told: Vec<bool> = [0, 1, 60, 119, 179, 240, 241]
            .map(|secs| episode.begins(start + Duration::from_secs(secs)))
            .to_vec();
        assert_eq!(told, [true, false, false, false, false, true, false]);
    }
}
