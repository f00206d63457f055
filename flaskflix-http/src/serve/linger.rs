//! Leaving a connection so that what was said last is heard.
//!
//! A peer goes on sending where it has not heard us yet: the rest of a request that was refused early, or on HTTP/2 windows for what it
//! has read. Bytes that come to a closed socket are answered with a reset,
//! and then what the peer has not yet read is lost to it: it fails to write, and takes the connection for broken. So after our last word
//! (the end of the stream, on HTTP/2 GOAWAY before it) we listen until the peer closes too, as [RFC 9112 section 9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)
//! has it, and throw away what comes; but not for long, and not much.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// Listens to a peer that was told everything.
#[derive(Debug)]
pub(super) struct Linger {
    silence: Pin<Box<Sleep>>,
    until: Instant,
    /// Bytes that are still thrown away.
    left: usize,
}

impl Linger {
    pub(super) fn begin(now: Instant) -> Self {
        Self {
            silence: Box::pin(sleep(SILENCE)),
            until: now + LONGEST,
            left: MOST_BYTES,
        }
    }

    /// Ready when the peer has closed, has been silent for a while, or does not come to an end.
    pub(super) fn poll<T: AsyncRead + Unpin>(&mut self, stream: &mut T, cx: &mut Context<'_>) -> Poll<()> {
        let mut thrown_away = [0; 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return self.silence.as_mut().poll(cx),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {
                    let read = buffer.filled().len();
                    let now = Instant::now();
                    if read == 0 || read > self.left || now >= self.until {
                        return Poll::Ready(());
                    }
                    self.left = self.left.saturating_sub(read);
                    self.silence.as_mut().reset(self.until.min(now + SILENCE));
                }
            }
        }
    }
}

/// A peer that is there closes when it has read our end, or says something.
const SILENCE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5);
/// More than the windows of all request bodies.
const MOST_BYTES: usize = 2 << 20;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    async fn lasts(linger: &mut Linger, stream: &mut tokio::io::DuplexStream) -> Duration {
        let begun = Instant::now();
        poll_fn(|cx| linger.poll(stream, cx)).await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn it_lasts_until_the_peer_closes() {
        let (mut peer, mut ours) = duplex(1 << 10);
        peer.write_all(b"still here").await.unwrap();
        drop(peer);
        let mut linger = Linger::begin(Instant::now());
        assert_eq!(lasts(&mut linger, &mut ours).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn it_lasts_as_long_as_the_peer_says_something_and_no_longer_than_its_bounds() {
        let (_silent, mut ours) = duplex(1 << 10);
        let mut linger = Linger::begin(Instant::now());
        let lasted = lasts(&mut linger, &mut ours).await;
        assert!(lasted >= SILENCE && lasted < SILENCE * 2, "{lasted:?}");

        let (mut talking, mut ours) = duplex(1 << 10);
        let talk = tokio::spawn(async move {
            let mut every = tokio::time::interval(SILENCE / 2);
            loop {
                every.tick().await;
                if talking.write_all(b"and on").await.is_err() {
                    break;
                }
            }
        });
        let mut linger = Linger::begin(Instant::now());
        let lasted = lasts(&mut linger, &mut ours).await;
        assert!(lasted >= LONGEST && lasted < LONGEST * 2, "{lasted:?}");
        talk.abort();

        let (mut flooding, mut ours) = duplex(64 << 10);
        let flood = tokio::spawn(async move { while flooding.write_all(&[7; 4096]).await.is_ok() {} });
        let mut linger = Linger::begin(Instant::now());
        assert_eq!(lasts(&mut linger, &mut ours).await, Duration::ZERO);
        assert!(linger.left < 1024);
        flood.abort();
    }
}
