//! Draining streams without a runtime.

use std::future::poll_fn;

use bytes::Bytes;

use crate::source::{ByteStream, SourceError};

/// The next chunk. Checks that it is not empty.
pub(super) async fn next(stream: &mut ByteStream) -> Option<Result<Bytes, SourceError>> {
    let next = poll_fn(|cx| stream.as_mut().poll_next(cx)).await;
    if let Some(Ok(chunk)) = &next {
        assert!(!chunk.is_empty(), "chunks_are_never_empty");
    }
    next
}

/// All bytes up to the end or the error, and the error.
pub(super) async fn drain(mut stream: ByteStream) -> (Vec<u8>, Option<SourceError>) {
    let mut bytes = Vec::new();
    while let Some(chunk) = next(&mut stream).await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => {
                let after = next(&mut stream).await;
                assert!(after.is_none(), "stream_ends_after_its_error: {after:?}");
                return (bytes, Some(error));
            }
        }
    }
    (bytes, None)
}
