//! The good client: 64 KiB of a film ten times a second, every tenth time over a new connection, or all over one.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::siege::{PATIENCE, film_byte};

/// A good client at work.
pub(crate) struct Viewer {
    stop: Sender<()>,
    work: JoinHandle<Seen>,
}

/// What it has met with.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// From the moment when a range was due to its last byte: a late start counts.
    latencies: Vec<Duration>,
    pub(crate) errors: Vec<String>,
}

impl Viewer {
    /// Asks until it is told to stop.
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self::begin(None, move || connect(address))
    }

    /// The same over one connection, which is open from now on.
    pub(crate) fn of_one_connection(address: SocketAddr) -> Self {
        Self::begin(Some(connect(address).unwrap()), || {
            Err(io::Error::other("its connection is lost"))
        })
    }

    fn begin(kept: Option<TcpStream>, connect: impl Fn() -> io::Result<TcpStream> + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        Self {
            stop,
            work: thread::spawn(move || watch(kept, connect, &stopped)),
        }
    }

    pub(crate) fn stop(self) -> Seen {
        // It may have died, which joining it tells.
        let _ = self.stop.send(());
        self.work.join().unwrap()
    }
}

impl Seen {
    /// The latency that so many of a hundred do not pass.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
    }

    /// The number and the latency of each range that took longer.
    pub(crate) fn beyond(&self, bound: Duration) -> Vec<(usize, Duration)> {
        let slow = |(_, latency): &(usize, Duration)| *latency > bound;
        self.latencies.iter().copied().enumerate().filter(slow).collect()
    }

    pub(crate) fn ranges(&self) -> usize {
        self.latencies.len()
    }
}

fn watch(
    mut kept: Option<TcpStream>,
    connect: impl Fn() -> io::Result<TcpStream>,
    stopped: &Receiver<()>,
) -> Seen {
    let mut seen = Seen::default();
    let keeps = kept.is_some();
    let mut due = Instant::now();
    for number in 0_u64.. {
        let range = if number % 10 == 9 && !keeps {
            connect().and_then(|mut socket| one_range(&mut socket, number))
        } else {
            kept.take()
                .map_or_else(&connect, Ok)
                .and_then(|mut socket| one_range(&mut socket, number).map(|()| kept = Some(socket)))
        };
        seen.latencies.push(due.elapsed());
        if let Err(error) = range {
            seen.errors.push(format!("range {number}: {error}"));
        }
        due += PACE;
        match stopped.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    seen
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Asks for 64 KiB and looks at every one of them.
pub(crate) fn one_range(socket: &mut TcpStream, number: u64) -> io::Result<()> {
    let first = number * 7919 % 96 * RANGE;
    let last = first + RANGE - 1;
    write!(
        socket,
        "GET /stream/film.bin/video HTTP/1.1\r\nHost: good\r\nRange: bytes={first}-{last}\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    let end = loop {
        let mut more = [0; 16 * 1024];
        let len = socket.read(&mut more)?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&more[..len]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    if !bytes.starts_with(b"HTTP/1.1 206 ") {
        // There may be no body to wait for.
        let line = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        return Err(io::Error::other(line));
    }
    let rest = usize::try_from(RANGE).unwrap() - (bytes.len() - end).min(usize::try_from(RANGE).unwrap());
    let got = bytes.len();
    bytes.resize(got + rest, 0);
    socket.read_exact(&mut bytes[got..])?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let right = bytes.len() - end == usize::try_from(RANGE).unwrap()
        && bytes[end..]
            .iter()
            .zip(first..)
            .all(|(&byte, offset)| byte == film_byte(offset));
    if right {
        Ok(())
    } else {
        Err(io::Error::other(head))
    }
}

/// Ten times a second.
const PACE: Duration = Duration::from_millis(100);
const RANGE: u64 = 64 * 1024;
