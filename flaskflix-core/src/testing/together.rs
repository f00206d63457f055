//! Many futures at the same time, without a runtime.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// Runs all futures at the same time, on one task.
pub(super) async fn join_all(futures: Vec<Work<'_>>) {
    let mut waiting = futures;
    poll_fn(|cx| {
        waiting.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if waiting.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// One of many futures.
pub(super) type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
