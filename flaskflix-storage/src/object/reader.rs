//! Bytes of one version, request after request.

use std::{collections::VecDeque, future::poll_fn, pin::Pin, sync::Arc};

use bytes::Bytes;
use flaskflix_core::{
    range::ByteRange,
    source::{ByteStream, SourceError, SourceObject as _},
};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, MaybeDone, maybe_done},
    stream::{self, BoxStream},
};
use object_store::{GetResult, Result};

use super::{
    failure::{Failure, StoreError},
    gets::{Get, plan},
    source::OpenObject,
    tries::Tries,
};

/// The bytes of the ranges, one after another.
pub(super) fn stream(object: Arc<OpenObject>, ranges: &[ByteRange]) -> ByteStream {
    let len = object.info().len;
    if let Some(&range) = ranges.iter().find(|range| range.end() > len) {
        let error = SourceError::OutOfBounds { range, len };
        return Box::pin(stream::once(async move { Err(error) }));
    }
    let reader = Reader::new(object, ranges);
    Box::pin(stream::try_unfold(reader, |mut reader| async move {
        let chunk = reader.next().await?;
        Ok(chunk.map(|chunk| (chunk, reader)))
    }))
}

struct Reader {
    object: Arc<OpenObject>,
    /// What is still to be read; the first is under way.
    gets: VecDeque<Get>,
    /// The answer to the first.
    body: Option<Body>,
    /// The request after the first.
    ahead: Option<Asked>,
    tries: Tries,
}

/// A request that makes its way while something else is waited for.
type Asked = Pin<Box<MaybeDone<BoxFuture<'static, Result<GetResult>>>>>;

/// An answer, as far as it was not handed on.
struct Body {
    frames: BoxStream<'static, Result<Bytes>>,
    /// Bytes that arrived.
    chunk: Bytes,
}

impl Reader {
    fn new(object: Arc<OpenObject>, ranges: &[ByteRange]) -> Self {
        let options = &object.shared.options;
        Self {
            gets: plan(ranges, options.coalesce_gap_bytes),
            tries: Tries::new(options),
            object,
            body: None,
            ahead: None,
        }
    }

    /// The next bytes that were asked for; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        loop {
            if let Some(wanted) = self.take() {
                return Ok(Some(wanted));
            }
            if self.gets.front().is_some_and(|get| get.wanted.is_empty()) {
                self.gets.pop_front();
                self.body = None;
            }
            if self.gets.is_empty() {
                return Ok(None);
            }
            if let Err(failure) = self.pull().await {
                self.recover(failure).await?;
            }
        }
    }

    /// Cuts what was asked for out of the bytes that arrived.
    fn take(&mut self) -> Option<Bytes> {
        let (get, body) = (self.gets.front_mut()?, self.body.as_mut()?);
        let first = get.wanted.front_mut()?;
        // Bytes between two ranges.
        let gap = first.start().saturating_sub(get.start);
        let skipped = body.cut(gap);
        get.start = get.start.saturating_add(len(&skipped));
        let taken = body.cut(first.end().saturating_sub(get.start));
        if taken.is_empty() || get.start < first.start() {
            return None;
        }
        get.start = get.start.saturating_add(len(&taken));
        match ByteRange::new(get.start, first.end()) {
            Some(rest) => *first = rest,
            None => {
                get.wanted.pop_front();
            }
        }
        Some(taken)
    }

    /// Waits for more of the first answer, or for its beginning.
    async fn pull(&mut self) -> Result<(), Failure> {
        if self.body.is_none() {
            let answer = self.answer().await?;
            self.body = Some(self.accept(answer)?);
            self.ask_ahead();
        }
        let (Some(body), ahead) = (&mut self.body, &mut self.ahead) else {
            return Ok(());
        };
        let frame = poll_fn(|cx| {
            if let Some(asked) = ahead.as_mut() {
                // It only has to make its way: its answer is looked at when its turn comes.
                let _ = asked.poll_unpin(cx);
            }
            body.frames.poll_next_unpin(cx)
        });
        match self.tries.wait(frame).await? {
            Some(Ok(bytes)) => {
                self.tries.received(bytes.len());
                body.chunk = bytes;
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
            None => Err(Failure::Passing(StoreError::Short)),
        }
    }

    /// The answer to the first request, which may be under way.
    async fn answer(&mut self) -> Result<GetResult, Failure> {
        let mut asked = match self.ahead.take() {
            Some(asked) => asked,
            None => match self.gets.front() {
                Some(get) => self.ask(get),
                None => return Err(Failure::Lasting(StoreError::Failed)),
            },
        };
        self.tries.wait(&mut asked).await?;
        match asked.as_mut().take_output() {
            Some(answer) => answer.map_err(Failure::from),
            None => Err(Failure::Lasting(StoreError::Failed)),
        }
    }

    fn ask(&self, get: &Get) -> Asked {
        let store = Arc::clone(&self.object.shared.place.store);
        let path = self.object.version.path.clone();
        let request = self.object.version.request(get.start, get.end());
        Box::pin(maybe_done(
            async move { store.get_opts(&path, request).await }.boxed(),
        ))
    }

    fn ask_ahead(&mut self) {
        self.ahead = self.gets.get(1).map(|get| self.ask(get));
    }

    /// Makes sure that the bytes to come are those that were asked for.
    fn accept(&self, answer: GetResult) -> Result<Body, Failure> {
        if !self.object.version.is_that_of(&answer.meta) {
            return Err(Failure::Changed);
        }
        let asked = self.gets.front().map(|get| get.start..get.end());
        if asked.as_ref() != Some(&answer.range) {
            return Err(Failure::Lasting(StoreError::Unsupported));
        }
        Ok(Body {
            frames: answer.into_stream(),
            chunk: Bytes::new(),
        })
    }

    /// Gets ready to go on from the byte that was reached, unless the failure lasts.
    async fn recover(&mut self, failure: Failure) -> Result<(), SourceError> {
        self.body = None;
        // Asked at a time when the store failed, and waiting in the way of the first.
        self.ahead = None;
        let failure = match failure {
            // It was there when it was opened.
            Failure::Missing => Failure::Changed,
            other => other,
        };
        if matches!(failure, Failure::Changed) {
            self.object.shared.forget(&self.object.key).await;
        }
        self.tries.pause(failure).await
    }
}

impl Body {
    /// Up to `bytes` from the front.
    fn cut(&mut self, bytes: u64) -> Bytes {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.chunk.len());
        self.chunk.split_to(bytes)
    }
}

fn len(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
