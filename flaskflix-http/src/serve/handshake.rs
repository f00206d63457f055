//! The way from an accepted socket to a stream that speaks TLS, or to nothing.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    select,
    sync::watch,
    time::sleep_until,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    activity::{Activity, Timeouts},
    counters,
    tls::Tls,
    transport::Transport,
};
use crate::trace;

/// Shakes hands within the time of a first request head, which goes on running from the accept. `None`: the connection is
/// over, and that was counted where it is somebody's fault.
pub(super) async fn secure(
    mut socket: TcpStream,
    tls: &Tls,
    activity: &Arc<Activity>,
    timeouts: &Timeouts,
    draining: &mut watch::Receiver<bool>,
) -> Option<Box<TlsStream<Transport>>> {
    // Taken once: nothing that happens in a handshake moves it.
    let (deadline, overdue) = activity.deadline(timeouts);
    let handshake = async {
        match first_byte(&socket).await? {
            Some(byte) if byte.is_ascii_uppercase() => {
                refuse_clear_text(&mut socket).await?;
                Err(Failure::ClearText)
            }
            Some(_) => {
                let transport = Transport::new(socket, Arc::clone(activity), None);
                let acceptor = TlsAcceptor::from(Arc::clone(tls.config()));
                acceptor.accept(transport).await.map_err(Failure::Handshake)
            }
            None => Err(Failure::Left),
        }
    };
    select! {
        biased;
        secured = handshake => secured.map(Box::new).map_err(|failure| failure.tell()).ok(),
        () = sleep_until(deadline) => {
            counters::connection_cut(overdue);
            trace::connection_overdue(overdue);
            None
        }
        // Nobody has asked for anything yet.
        _ = draining.wait_for(|draining| *draining) => None,
    }
}

/// Looks at the first byte and leaves it there. `None` at the end of the connection.
async fn first_byte(socket: &TcpStream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let peeked = socket.peek(&mut byte).await?;
    Ok((peeked > 0).then_some(u8::from_be_bytes(byte)))
}

/// Answers a request that came without TLS, so that whoever typed `http://` learns what is wrong.
async fn refuse_clear_text(socket: &mut TcpStream) -> io::Result<()> {
    // What stays unread when a socket is closed makes the kernel reset it, and the answer may be lost.
    let mut request = vec![0; 16 << 10];
    let _ = socket.read(&mut request).await?;
    socket.write_all(CLEAR_TEXT.as_bytes()).await?;
    socket.shutdown().await
}

/// Why there is no stream.
#[derive(Debug)]
enum Failure {
    /// The peer went away before it said anything, as those do that ask whether a port is open.
    Left,
    /// HTTP came where TLS is spoken.
    ClearText,
    /// What came was no handshake, one that cannot succeed, or broke off.
    Handshake(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Handshake(error)
    }
}

impl Failure {
    fn tell(&self) {
        match self {
            Self::Left => {}
            Self::ClearText => counters::handshake_failed("clear-text"),
            Self::Handshake(error) => {
                counters::handshake_failed("handshake");
                trace::handshake_failed(error);
            }
        }
    }
}

const CLEAR_TEXT: &str = "HTTP/1.1 400 Bad Request\r\n\
    connection: close\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 31\r\n\
    \r\n\
    This port speaks https:// only\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_clear_text_is_as_long_as_it_says() {
        let (head, body) = CLEAR_TEXT.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())));
    }
}
