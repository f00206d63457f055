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
    /// HTTP/2 has up to 128. So that a few connections cannot have all of them, a connection that has 8 under way gets no more while half of
    /// all are, and from three quarters on a second one is refused (503 as well, counted as `share`). Connections of
    /// [`uncounted_addresses`](Self::uncounted_addresses) are exempt: a proxy brings everybody's requests.
    ///
    /// Larger costs memory: a response under way holds a file and up to a chunk.
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
    full: Episode,
    shared: Episode,
}

/// Whether a connection has to leave requests to others when many are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// It is one among others.
    Fair,
    /// It brings everybody's requests.
    Whole,
}

impl Share {
    /// By whether the connections of its address are counted.
    pub(super) const fn of(is_counted: bool) -> Self {
        if is_counted { Self::Fair } else { Self::Whole }
    }
}

impl Requests {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            under_way: AtomicUsize::new(0),
            full: Episode::default(),
            shared: Episode::default(),
        }
    }

    /// Counts a request for as long as the place lives. `own` is how many others its connection has under way.
    pub(super) fn place(self: &Arc<Self>, share: Share, own: usize) -> Result<Place, Refusal> {
        // Relaxed: the number guards no other memory.
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        // Made first, so that it is given back in any case.
        let place = Place(Arc::clone(self));
        if before >= self.most {
            if self.full.begins(Instant::now()) {
                trace::limit_reached("max_requests", self.most);
            }
            return Err(Refusal::Requests);
        }
        if share == Share::Fair && own >= self.most_of_one(before) {
            if self.shared.begins(Instant::now()) {
                trace::requests_are_shared(before, self.most);
            }
            return Err(Refusal::Share);
        }
        Ok(place)
    }

    /// How many requests one connection may have, by how many all have. The first one is always welcome: whoever wants all places for
    /// himself needs as many connections, and an address has only so many.
    const fn most_of_one(&self, under_way: usize) -> usize {
        if under_way < self.most / 2 {
            usize::MAX
        } else if under_way < self.most.saturating_sub(self.most / 4) {
            A_FEW
        } else {
            1
        }
    }
}

/// What a player has under way at most: the playlists of picture, sound and subtitles, and a segment of each.
const A_FEW: usize = 8;

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
    use std::iter;

    use super::*;

    #[test]
    fn places_are_as_many_as_were_set_and_come_back() {
        let requests = Arc::new(Requests::new(2));
        let place = || requests.place(Share::Fair, 0);
        let first = place().unwrap();
        let _second = place().unwrap();
        for _ in 0..3 {
            assert_eq!(place().unwrap_err(), Refusal::Requests);
        }
        drop(first);
        let _third = place().unwrap();
        assert!(place().is_err());
    }

    #[test]
    fn the_more_are_under_way_the_fewer_one_connection_may_have() {
        let requests = Arc::new(Requests::new(100));
        let mut places = Vec::new();
        // How many are under way, and the most that one connection may have then.
        for (under_way, most) in [(0, 1000), (49, 1000), (50, 8), (74, 8), (75, 1), (99, 1)] {
            while places.len() < under_way {
                places.push(requests.place(Share::Whole, 1000).unwrap());
            }
            assert!(requests.place(Share::Fair, most - 1).is_ok(), "{under_way}");
            let refused = requests.place(Share::Fair, most).err();
            assert_eq!(
                refused,
                (under_way >= 50).then_some(Refusal::Share),
                "{under_way}"
            );
        }
    }

    #[test]
    fn whoever_wants_all_places_needs_a_connection_for_each_of_a_quarter() {
        let requests = Arc::new(Requests::new(1000));
        let mut held = Vec::new();
        // Each takes what it can get. 128 is what HTTP/2 allows.
        let got: Vec<usize> = iter::repeat_with(|| {
            let own = (0..128).map_while(|own| requests.place(Share::Fair, own).ok());
            let before = held.len();
            held.extend(own);
            held.len() - before
        })
        .take_while(|&got| got > 0)
        .collect();
        let runs: Vec<(usize, usize)> = got.chunk_by(usize::eq).map(|run| (run[0], run.len())).collect();
        assert_eq!(runs, [(128, 3), (116, 1), (8, 31), (2, 1), (1, 250)]);
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
