//! A panic of the service costs its own response, not the connection.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// The output of a future, or what it panicked with, as far as that is text.
pub(super) async fn catch<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        // Nobody looks at the future again after a panic; what it shares with others, it may have poisoned.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(text_of(&*payload))),
        }
    })
    .await
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("no text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_text_of_a_panic_is_told_and_an_output_is_handed_on() {
        let number = 7;
        assert_eq!(catch(async { number }).await, Ok(7));
        assert_eq!(
            catch(async { panic!("static") }).await,
            Err::<(), _>("static".to_owned())
        );
        assert_eq!(
            catch(async { panic!("number {number}") }).await,
            Err::<(), _>("number 7".to_owned())
        );
        assert_eq!(
            catch(async { std::panic::panic_any(number) }).await,
            Err::<(), _>("no text".to_owned())
        );
    }
}
