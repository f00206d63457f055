//! The body of a request: at most 4 KiB, within the time that it has.

use std::{future::poll_fn, pin::pin, time::Duration};

use bytes::{Buf as _, BufMut as _};
use http_body::Body;
use tokio::time::timeout;

use crate::status::api::ApiRefusal;

/// The longest body that is read.
pub(super) const MAX_BODY_BYTES: usize = 4096;

/// Reads a whole body. One that announces too much is not read at all.
pub(super) async fn read<B: Body + Send>(body: B, within: Duration) -> Result<Vec<u8>, ApiRefusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_BODY_BYTES {
        return Err(TOO_LONG);
    }
    timeout(within, collect(body, announced))
        .await
        .unwrap_or(Err(ApiRefusal::BodyTooSlow))
}

async fn collect<B: Body>(body: B, announced: usize) -> Result<Vec<u8>, ApiRefusal> {
    let mut body = pin!(body);
    let mut bytes = Vec::with_capacity(announced);
    loop {
        match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            None => return Ok(bytes),
            Some(Err(_)) => return Err(ApiRefusal::BodyCut),
            Some(Ok(frame)) => {
                // Trailers say nothing to us.
                let Ok(data) = frame.into_data() else { continue };
                if data.remaining() > MAX_BODY_BYTES.saturating_sub(bytes.len()) {
                    return Err(TOO_LONG);
                }
                bytes.put(data);
            }
        }
    }
}

const TOO_LONG: ApiRefusal = ApiRefusal::BodyTooLong {
    limit_bytes: MAX_BODY_BYTES,
};
