//! The stream over a [`Reader`]: hot chunks on the polling thread, cold ones on the blocking pool.

use std::{
    future::Future as _,
    io, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use flaskflix_core::source::SourceError;
use futures_core::Stream;
use tokio::{runtime::Handle, task::JoinHandle};

use super::reader::Reader;

/// Bytes of a file, chunk by chunk.
pub(super) struct FileStream {
    state: State,
}

enum State {
    /// The next chunk has not been asked for.
    Idle(Reader),
    /// The blocking pool reads it.
    Waiting(ColdRead),
    /// The read failed before it began.
    Failed(SourceError),
    Done,
}

impl FileStream {
    pub(super) fn new(reader: Reader) -> Self {
        Self {
            state: State::Idle(reader),
        }
    }

    pub(super) const fn failed(error: SourceError) -> Self {
        Self {
            state: State::Failed(error),
        }
    }

    /// Gives a chunk out and keeps the reader for the next one; an error ends the stream.
    fn give(&mut self, reader: Reader, chunk: Result<Bytes, SourceError>) -> Poll<Option<Chunk>> {
        self.state = match &chunk {
            Ok(_) if !reader.is_at_end() => State::Idle(reader),
            _ => State::Done,
        };
        Poll::Ready(Some(chunk))
    }
}

impl Stream for FileStream {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        loop {
            match mem::replace(&mut self.state, State::Done) {
                State::Idle(reader) if reader.is_at_end() => return Poll::Ready(None),
                State::Idle(mut reader) => match reader.read_hot().transpose() {
                    Some(chunk) => return self.give(reader, chunk),
                    None => match Handle::try_current() {
                        Ok(runtime) => self.state = State::Waiting(ColdRead::start(&runtime, reader)),
                        // No Tokio runtime: the calling thread reads.
                        Err(_) => {
                            let chunk = reader.read_cold();
                            return self.give(reader, chunk);
                        }
                    },
                },
                State::Waiting(mut read) => {
                    let Poll::Ready(answer) = read.poll(cx) else {
                        self.state = State::Waiting(read);
                        return Poll::Pending;
                    };
                    return match answer {
                        Ok((reader, chunk)) => self.give(reader, chunk),
                        Err(error) => Poll::Ready(Some(Err(error))),
                    };
                }
                State::Failed(error) => return Poll::Ready(Some(Err(error))),
                State::Done => return Poll::Ready(None),
            }
        }
    }
}

type Chunk = Result<Bytes, SourceError>;

/// A chunk that is being read on the blocking pool.
struct ColdRead(JoinHandle<(Reader, Chunk)>);

impl ColdRead {
    fn start(runtime: &Handle, mut reader: Reader) -> Self {
        Self(runtime.spawn_blocking(move || {
            let chunk = reader.read_cold();
            (reader, chunk)
        }))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Reader, Chunk), SourceError>> {
        let joined = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(joined.map_err(|error| SourceError::Io(io::Error::other(error))))
    }
}

impl Drop for ColdRead {
    /// Takes a read that has not begun out of the pool's queue: a viewer who seeks leaves many behind.
    fn drop(&mut self) {
        self.0.abort();
    }
}
