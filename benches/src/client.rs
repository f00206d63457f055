//! The load client: many connections, one thread, epoll.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rustix::{
    buffer::spare_capacity,
    event::{Timespec, epoll},
    fd::OwnedFd,
};

use crate::connection::{Ask, Connection};

/// Every connection that stays silent for so long fails the run.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What a run brought. Every request that was started is also finished and counted, so that bytes, requests and
/// the server's CPU time belong together exactly.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Load {
    /// Body bytes.
    pub bytes: u64,
    /// Finished requests.
    pub requests: u64,
    /// From the first request to the last byte.
    pub wall: Duration,
    /// From each request to the end of its response head.
    pub first_bytes: Vec<Duration>,
}

/// What the client does while no answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waiting {
    /// It sleeps, as clients do. On a virtual machine, waking a processor that sleeps costs the waker microseconds: the
    /// slower server pays that more often.
    #[default]
    Asleep,
    /// It asks again and again, so that no server pays for waking it.
    Spinning,
}

/// Keep-alive connections to one server.
#[derive(Debug)]
pub struct Client {
    waiting: Waiting,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    /// Its pages are never touched by discarded bodies.
    scratch: Vec<u8>,
}

impl Client {
    /// Opens `connections` connections.
    ///
    /// # Errors
    /// When the server does not accept them all.
    pub fn connect(host: SocketAddr, connections: usize, waiting: Waiting) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(connections);
        for token in 0_u64..u64::try_from(connections).map_err(io::Error::other)? {
            let connection = Connection::open(host)?;
            let data = epoll::EventData::new_u64(token);
            epoll::add(&epoll, connection.socket(), data, epoll::EventFlags::IN)?;
            open.push(connection);
        }
        Ok(Self {
            waiting,
            epoll,
            connections: open,
            scratch: vec![0; 4 << 20],
        })
    }

    /// Waits for the next events.
    fn wait(&self, events: &mut Vec<epoll::Event>) -> io::Result<()> {
        let patience = Timespec::try_from(match self.waiting {
            Waiting::Asleep => PATIENCE,
            Waiting::Spinning => Duration::ZERO,
        })
        .map_err(io::Error::other)?;
        let since = Instant::now();
        events.clear();
        while events.is_empty() {
            epoll::wait(&self.epoll, spare_capacity(events), Some(&patience))?;
            if events.is_empty() && since.elapsed() >= PATIENCE {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    /// Keeps every connection asking until `duration` is over, then waits for the answers in flight.
    ///
    /// # Errors
    /// At the first wrong answer; the client is of no use after that.
    pub fn run(
        &mut self,
        duration: Duration,
        file: Option<&File>,
        next: &mut dyn FnMut() -> Ask,
    ) -> io::Result<Load> {
        let started = Instant::now();
        let mut load = Load::default();
        for connection in &mut self.connections {
            connection.send(next())?;
        }
        let mut busy = self.connections.len();
        let mut events = Vec::with_capacity(self.connections.len().max(1));
        while busy > 0 {
            self.wait(&mut events)?;
            for event in &events {
                let token = usize::try_from(event.data.u64()).map_err(io::Error::other)?;
                let Some(connection) = self.connections.get_mut(token) else {
                    continue;
                };
                let progress = connection.read(&mut self.scratch, file)?;
                load.bytes = load.bytes.saturating_add(progress.bytes);
                load.first_bytes.extend(progress.first_byte);
                if progress.finished {
                    load.requests = load.requests.saturating_add(1);
                    if started.elapsed() < duration {
                        connection.send(next())?;
                    } else {
                        busy = busy.saturating_sub(1);
                    }
                }
            }
        }
        load.wall = started.elapsed();
        Ok(load)
    }
}
