//! One encrypted range: clear pieces in, ciphertext out, chunk by chunk.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use flaskflix_core::{
    encrypt::{EncryptedRange, Encryptor},
    source::SourceObject,
};

use super::{BodyError, pieces::Pieces};

/// An encrypted range that is under way. Holds one clear chunk of the source and one batch of the encryptor.
pub(super) struct Encrypting {
    clear: Pieces,
    encryptor: Encryptor,
    /// Clear bytes that were read and are not encrypted yet.
    chunk: Bytes,
    is_read: bool,
}

impl Encrypting {
    pub(super) fn new(source: Option<Arc<dyn SourceObject>>, range: &EncryptedRange) -> Self {
        let (pieces, encryptor) = range.open();
        Self {
            clear: Pieces::new(source, pieces).0,
            encryptor,
            chunk: Bytes::new(),
            is_read: false,
        }
    }

    /// The next chunk. The padding comes only after the source has said that it is done, so that a part never looks
    /// like a whole.
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        while !self.is_read {
            while !self.chunk.is_empty() {
                if let Some(encrypted) = self.encryptor.encrypt(&mut self.chunk) {
                    return Poll::Ready(Some(Ok(encrypted)));
                }
            }
            match ready!(self.clear.poll_chunk(cx)) {
                Some(Ok(clear)) => self.chunk = clear,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.is_read = true;
                    return Poll::Ready(self.encryptor.finish().map(Ok));
                }
            }
        }
        Poll::Ready(None)
    }
}
