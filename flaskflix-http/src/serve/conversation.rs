//! What is spoken on a connection, and what is held for it: hyper while there is something to say, nothing in between.
//!
//! | state | what the connection holds |
//! |---|---|
//! | `Listening` | its stream; until it is known which version of HTTP comes, and while it rests between two requests |
//! | `Http1`, `Http2` | hyper with its buffers, two of 8 KiB and more |
//! | `Leaving` | its stream, until the good-bye is out |

use std::{
    error::Error as StdError,
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http_body::Body;
use hyper::{
    body::Incoming,
    rt::bounds::Http2ServerConnExec,
    server::conn::{http1, http2},
    service::HttpService,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{protocol::Protocol, rewound::Rewound};

/// One connection and the service that answers on it.
pub(super) struct Conversation<T, S>
where
    S: HttpService<Incoming>,
{
    protocol: Arc<Protocol>,
    state: State<T, S>,
}

enum State<T, S>
where
    S: HttpService<Incoming>,
{
    Listening(Listening<T, S>),
    Http1(Box<Http1<T, S>>),
    Http2(Pin<Box<Http2<T, S>>>),
    Leaving(Rewound<T>),
    Over,
}

type Http1<T, S> = http1::UpgradeableConnection<TokioIo<Rewound<T>>, S>;
type Http2<T, S> = http2::Connection<TokioIo<Rewound<T>>, S, TokioExecutor>;

struct Listening<T, S> {
    stream: Rewound<T>,
    service: S,
    /// HTTP/1.x was spoken before.
    is_http1: bool,
}

/// What is heard on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Http1,
    Http2,
    /// The end, and nothing before it.
    Nothing,
}

impl<T, S> Conversation<T, S>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: HttpService<Incoming>,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::ResBody: 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn StdError + Send + Sync>>,
    TokioExecutor: Http2ServerConnExec<S::Future, S::ResBody>,
{
    pub(super) const fn new(protocol: Arc<Protocol>, stream: T, service: S) -> Self {
        let listening = Listening {
            stream: Rewound::new(stream),
            service,
            is_http1: false,
        };
        Self {
            protocol,
            state: State::Listening(listening),
        }
    }

    /// Goes on until the connection is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Box<dyn StdError + Send + Sync>>> {
        loop {
            match &mut self.state {
                State::Listening(listening) => {
                    let heard = ready!(listening.poll(cx))?;
                    self.answer(heard);
                }
                State::Http1(connection) => return Pin::new(&mut **connection).poll(cx).map_err(Into::into),
                State::Http2(connection) => return connection.as_mut().poll(cx).map_err(Into::into),
                State::Leaving(stream) => return Pin::new(stream).poll_shutdown(cx).map_err(Into::into),
                State::Over => return Poll::Ready(Ok(())),
            }
        }
    }

    fn answer(&mut self, heard: Heard) {
        let State::Listening(Listening { stream, service, .. }) = self.take() else {
            return;
        };
        self.state = match heard {
            Heard::Http1 => {
                let connection = self
                    .protocol
                    .http1
                    .serve_connection(TokioIo::new(stream), service);
                State::Http1(Box::new(connection.with_upgrades()))
            }
            Heard::Http2 => {
                let connection = self
                    .protocol
                    .http2
                    .serve_connection(TokioIo::new(stream), service);
                State::Http2(Box::pin(connection))
            }
            Heard::Nothing => State::Leaving(stream),
        };
    }

    /// Gives back what is held for HTTP/1.x until the next request comes. To be called between two requests only, when everything is
    /// sent and the body of the last request was read to its end.
    pub(super) fn rest(&mut self) {
        self.state = match self.take() {
            State::Http1(connection) => match connection.into_parts() {
                Some(parts) => {
                    let mut stream = parts.io.into_inner();
                    stream.rewind(&parts.read_buf);
                    State::Listening(Listening {
                        stream,
                        service: parts.service,
                        is_http1: true,
                    })
                }
                // It was upgraded: somebody else has it.
                None => State::Over,
            },
            other => other,
        };
    }

    /// Finishes what is being said and leaves; at once when nothing is.
    pub(super) fn leave(&mut self) {
        self.state = match self.take() {
            State::Listening(Listening { stream, .. }) => State::Leaving(stream),
            State::Http1(mut connection) => {
                Pin::new(&mut *connection).graceful_shutdown();
                State::Http1(connection)
            }
            State::Http2(mut connection) => {
                connection.as_mut().graceful_shutdown();
                State::Http2(connection)
            }
            other => other,
        };
    }

    const fn take(&mut self) -> State<T, S> {
        mem::replace(&mut self.state, State::Over)
    }
}

impl<T: AsyncRead + Unpin, S> Listening<T, S> {
    /// Reads until it is known what is spoken.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Heard>> {
        loop {
            let ahead = self.stream.ahead();
            // What was left over from the last request may be the half of a head: it needs what comes now.
            let begun = ahead.len();
            if begun >= PREFACE.len() && ahead.starts_with(PREFACE) && !self.is_http1 {
                return Poll::Ready(Ok(Heard::Http2));
            }
            if !self.is_http1 && !PREFACE.starts_with(ahead) {
                return Poll::Ready(Ok(Heard::Http1));
            }
            let most = if self.is_http1 {
                PREFACE.len()
            } else {
                PREFACE.len().saturating_sub(begun)
            };
            let more = ready!(self.stream.poll_listen(cx, most))?;
            match (more, begun) {
                (false, 0) => return Poll::Ready(Ok(Heard::Nothing)),
                (true, _) if !self.is_http1 => {}
                // Also the end in the middle of a head: hyper knows what to do.
                _ => return Poll::Ready(Ok(Heard::Http1)),
            }
        }
    }
}

/// What every HTTP/2 connection begins with ([RFC 9113 section 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::poll_fn};

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::service::service_fn;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        select,
    };

    use super::*;
    use crate::serve::http2::Http2 as Limits;

    async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path().to_owned();
        Ok(Response::new(Full::new(Bytes::from(path))))
    }

    /// A conversation with a service that answers with the path, and the client's end of it.
    macro_rules! conversation {
        () => {{
            let (client, server) = duplex(64 << 10);
            let protocol = Arc::new(Protocol::new(&Limits::new()));
            (client, Conversation::new(protocol, server, service_fn(echo)))
        }};
    }

    /// Says something and listens until the last words.
    async fn talk<S>(
        conversation: &mut Conversation<DuplexStream, S>,
        client: &mut DuplexStream,
        say: &[u8],
        last_words: &[u8],
    ) -> Vec<u8>
    where
        S: HttpService<Incoming, ResBody = Full<Bytes>, Error = Infallible>,
        TokioExecutor: Http2ServerConnExec<S::Future, Full<Bytes>>,
    {
        let listen = async {
            client.write_all(say).await.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(last_words) {
                heard.push(client.read_u8().await.unwrap());
            }
            heard
        };
        select! {
            end = poll_fn(|cx| conversation.poll(cx)) => panic!("over: {end:?}"),
            heard = listen => heard,
        }
    }

    #[tokio::test]
    async fn a_conversation_goes_on_after_a_rest() {
        let (mut client, mut conversation) = conversation!();
        for path in ["/one", "/two", "/three"] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
            let last_words = format!("\r\n\r\n{path}");
            talk(
                &mut conversation,
                &mut client,
                request.as_bytes(),
                last_words.as_bytes(),
            )
            .await;
            conversation.rest();
            assert!(matches!(conversation.state, State::Listening(_)));
        }
    }

    #[tokio::test]
    async fn half_a_head_outlasts_a_rest() {
        let (mut client, mut conversation) = conversation!();
        let one_and_a_half = b"GET /one HTTP/1.1\r\nhost: x\r\n\r\nGET /two HT";
        talk(&mut conversation, &mut client, one_and_a_half, b"/one").await;
        conversation.rest();
        talk(
            &mut conversation,
            &mut client,
            b"TP/1.1\r\nhost: x\r\n\r\n",
            b"/two",
        )
        .await;
    }

    #[tokio::test]
    async fn http2_is_heard_in_whatever_pieces_it_comes_and_what_only_begins_like_it_is_http1() {
        let (mut client, mut conversation) = conversation!();
        for byte in PREFACE {
            client.write_all(&[*byte]).await.unwrap();
            let polled = poll_fn(|cx| Poll::Ready(conversation.poll(cx))).await;
            assert!(polled.is_pending());
        }
        assert!(matches!(conversation.state, State::Http2(_)));

        let (mut client, mut conversation) = conversation!();
        // hyper does not know the method and passes it on.
        talk(
            &mut conversation,
            &mut client,
            b"PRI /x HTTP/1.1\r\nhost: x\r\n\r\n",
            b"/x",
        )
        .await;
        conversation.rest();
        // After a request of HTTP/1.1 this is no preface but a bad request.
        client.write_all(PREFACE).await.unwrap();
        let end = poll_fn(|cx| conversation.poll(cx)).await;
        assert!(end.is_err());
        assert!(matches!(conversation.state, State::Http1(_)));
    }

    #[tokio::test]
    async fn who_leaves_while_nothing_is_said_closes_the_stream() {
        for speak_first in [false, true] {
            let (mut client, mut conversation) = conversation!();
            if speak_first {
                talk(
                    &mut conversation,
                    &mut client,
                    b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n",
                    b"/a",
                )
                .await;
                conversation.rest();
            }
            conversation.leave();
            poll_fn(|cx| conversation.poll(cx)).await.unwrap();
            assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_client_that_goes_without_a_word_ends_the_conversation() {
        let (client, mut conversation) = conversation!();
        drop(client);
        poll_fn(|cx| conversation.poll(cx)).await.unwrap();
    }
}
