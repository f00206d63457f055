//! One request and its answer on the wire: bodies that nobody wants are thrown away in the kernel.

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use rustix::net::{self, RecvFlags};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncWriteExt as _, Interest},
    net::{TcpSocket, TcpStream},
    time,
};

use super::line::{Ask, Fault, Keep, Reading, Reply};
use crate::head::Head;

/// Opens a connection, from a certain address when there is one. A small window makes the receive buffer small, so that
/// a reader who is slow is felt by the server.
pub(super) async fn connect(
    host: SocketAddr,
    from: Option<IpAddr>,
    small_window: bool,
) -> io::Result<TcpStream> {
    let socket = if host.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if small_window {
        socket.set_recv_buffer_size(SMALL_WINDOW)?;
    }
    if let Some(from) = from {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    let stream = socket.connect(host).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Asks, and reads the answer. The stream comes back when it can be used again; `heard` says whether anything came.
pub(super) async fn exchange(
    mut stream: TcpStream,
    host: SocketAddr,
    ask: &Ask<'_>,
    begun: Instant,
    heard: &mut bool,
) -> Result<(Option<TcpStream>, Reply), Fault> {
    let cut = |_| Fault::Cut;
    stream.write_all(&bytes(ask, host)).await.map_err(cut)?;
    let mut text = Vec::new();
    let head = loop {
        // Small, so that nearly all of a segment is left for the kernel to throw away.
        let got = receive(&stream, HEAD_WINDOW, RecvFlags::empty(), |part| {
            text.extend_from_slice(part);
        });
        if got.await.map_err(cut)? == 0 {
            return Err(Fault::Cut);
        }
        *heard = true;
        if let Some(head) = Head::parse(&text).map_err(|_| Fault::Malformed)? {
            break head;
        }
    };
    let early = text.get(head.len..).unwrap_or_default();
    let mut body = Collected::new(ask.keep);
    body.take(early);
    let early = u64::try_from(early.len()).unwrap_or(u64::MAX);
    let mut left = head.content_length.checked_sub(early).ok_or(Fault::Malformed)?;
    let leaves_early = ask.reading == Reading::Half;
    let unread = if leaves_early { head.content_length / 2 } else { 0 };
    while left > unread {
        let wanted = left.saturating_sub(unread);
        left = left.saturating_sub(body.read(&stream, wanted, ask.reading).await?);
    }
    let closes = leaves_early || {
        let text = String::from_utf8_lossy(text.get(..head.len).unwrap_or_default());
        field(&text, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    };
    let reply = Reply {
        status: head.status,
        head: String::from_utf8_lossy(text.get(..head.len).unwrap_or_default()).into_owned(),
        hash: body.hash(),
        body: body.kept,
        bytes: head.content_length.saturating_sub(left),
        took: begun.elapsed(),
    };
    Ok(((!closes).then_some(stream), reply))
}

/// The body as it arrives.
struct Collected {
    keep: Keep,
    kept: Vec<u8>,
    hasher: Sha256,
}

impl Collected {
    fn new(keep: Keep) -> Self {
        Self {
            keep,
            kept: Vec::new(),
            hasher: Sha256::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        match self.keep {
            Keep::Nothing => {}
            Keep::All => self.kept.extend_from_slice(bytes),
            Keep::Hash => self.hasher.update(bytes),
        }
    }

    /// Reads once, at most what is wanted; a slow reader waits after it for as long as its line would have taken.
    async fn read(&mut self, stream: &TcpStream, wanted: u64, reading: Reading) -> Result<u64, Fault> {
        let flags = match self.keep {
            Keep::Nothing => RecvFlags::TRUNC,
            Keep::All | Keep::Hash => RecvFlags::empty(),
        };
        let most = match reading {
            Reading::AtOnce | Reading::Half => SCRATCH,
            Reading::Slow { .. } => SLOW_WINDOW,
        };
        let room = usize::try_from(wanted).unwrap_or(most).min(most);
        let got = receive(stream, room, flags, |part| self.take(part));
        let got = got.await.map_err(|_| Fault::Cut)?;
        if got == 0 {
            return Err(Fault::Cut);
        }
        if let Reading::Slow { bytes_per_second } = reading {
            let micros = u64::try_from(got).unwrap_or(u64::MAX).saturating_mul(1_000_000);
            let pause = micros.checked_div(bytes_per_second).unwrap_or(0);
            time::sleep(Duration::from_micros(pause)).await;
        }
        Ok(u64::try_from(got).unwrap_or(u64::MAX))
    }

    fn hash(&self) -> Option<[u8; 32]> {
        (self.keep == Keep::Hash).then(|| self.hasher.clone().finalize().into())
    }
}

thread_local! {
    /// Shared by all connections of a thread: none holds it while it waits. With `TRUNC` its pages are never touched.
    static WINDOW: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// Receives what is there, at most so much; with `TRUNC` the bytes are thrown away and only counted.
async fn receive(
    stream: &TcpStream,
    room: usize,
    flags: RecvFlags,
    mut take: impl FnMut(&[u8]),
) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        let got = stream.try_io(Interest::READABLE, || {
            WINDOW.with_borrow_mut(|window| {
                let room = room.min(window.len());
                let (kept, got) = net::recv(stream, window.get_mut(..room).unwrap_or_default(), flags)?;
                if !flags.contains(RecvFlags::TRUNC) {
                    take(window.get(..kept).unwrap_or_default());
                }
                Ok(got)
            })
        });
        match got {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            got => return got,
        }
    }
}

/// The request as it goes over the wire.
fn bytes(ask: &Ask<'_>, host: SocketAddr) -> Vec<u8> {
    let Ask { method, path, .. } = ask;
    // What a browser says of a form or a fetch of the site's own pages.
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n"
    );
    if let Some(cookie) = ask.cookie {
        head += &format!("Cookie: {cookie}\r\n");
    }
    if let Some(start) = ask.range_start {
        head += &format!("Range: bytes={start}-\r\n");
    }
    let (media_type, body) = ask.body.unwrap_or_default();
    if ask.body.is_some() {
        head += &format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    }
    head += "\r\n";
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then_some(value.trim())
    })
}

const HEAD_WINDOW: usize = 1024;
const SCRATCH: usize = 1 << 20;
const SLOW_WINDOW: usize = 32 << 10;
const SMALL_WINDOW: u32 = 64 << 10;

#[cfg(test)]
pub(super) mod tests {
    use std::{io::Read as _, io::Write as _, net::TcpListener, thread};

    use super::*;
    use crate::load::line::Line;

    pub(in crate::load) const BODY: usize = 600_000;

    /// Answers every request of so many connections, one after the other, with a body of one letter.
    pub(in crate::load) fn answering(connections: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap();
        thread::spawn(move || {
            for _ in 0..connections {
                let (mut socket, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                while socket.read(&mut request).is_ok_and(|got| got > 0) {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n");
                    // A client that leaves in the middle is what some tests are about.
                    let _ = socket.write_all(head.as_bytes());
                    let _ = socket.write_all(&vec![b'a'; BODY]);
                }
            }
        });
        host
    }

    fn ask(line: &mut Line, keep: Keep, reading: Reading) -> Reply {
        let ask = Ask {
            method: "GET",
            path: "/",
            keep,
            reading,
            ..Ask::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        // A connection belongs to the runtime that opened it.
        let reply = runtime.block_on(line.ask(&ask)).unwrap();
        line.hang_up();
        reply
    }

    #[test]
    fn a_body_is_counted_kept_or_hashed() {
        let mut line = Line::new(answering(3), Duration::from_secs(20));
        assert_eq!(
            ask(&mut line, Keep::Nothing, Reading::AtOnce).bytes,
            u64::try_from(BODY).unwrap()
        );
        let kept = ask(&mut line, Keep::All, Reading::AtOnce).body;
        assert_eq!(kept, vec![b'a'; BODY]);
        let hash = ask(&mut line, Keep::Hash, Reading::AtOnce).hash.unwrap();
        assert_eq!(hash[..], Sha256::digest(&kept)[..]);
    }

    #[test]
    fn who_leaves_in_the_middle_has_half_and_connects_again() {
        let mut line = Line::new(answering(2), Duration::from_secs(20));
        let half = ask(&mut line, Keep::Nothing, Reading::Half).bytes;
        let body = u64::try_from(BODY).unwrap();
        assert_eq!(half, body / 2);
        assert_eq!(ask(&mut line, Keep::Nothing, Reading::AtOnce).bytes, body);
        assert_eq!(line.connects, 2);
    }

    #[test]
    fn a_slow_reader_takes_as_long_as_its_line() {
        let mut line = Line::new(answering(1), Duration::from_secs(20));
        let bytes_per_second = 4_000_000;
        let took = ask(&mut line, Keep::Nothing, Reading::Slow { bytes_per_second }).took;
        assert!(took >= Duration::from_millis(100), "{took:?}");
    }
}
