//! The conformance suite of [`TokenStore`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::time::Duration;

use crate::token::{OpaqueToken, TokenKey, TokenStore};

/// Checks that the store keeps the promises of [`TokenStore`]. `pass` lets at least two seconds go by for the store: it moves
/// its clock, or waits. The keys are those of tokens whose bytes are all the same.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
pub async fn conformance(store: &dyn TokenStore, pass: impl AsyncFn()) {
    let [one, two, three] = [1, 2, 3].map(|n| OpaqueToken::from_bytes([n; 32]).key());
    let hour = Duration::from_hours(1);

    assert_eq!(get(store, &one).await, None, "unknown_key_is_none");
    put(store, &one, "first", hour).await;
    assert_eq!(get(store, &one).await.as_deref(), Some("first"), "put_is_found");
    assert_eq!(get(store, &two).await, None, "keys_are_kept_apart");
    // An unknown key may become known: nobody remembers that it was not.
    put(store, &two, "second", Duration::from_secs(1)).await;
    put(store, &three, "third", Duration::from_millis(1)).await;
    assert_eq!(
        get(store, &two).await.as_deref(),
        Some("second"),
        "unknown_is_not_remembered"
    );
    assert_eq!(
        get(store, &three).await.as_deref(),
        Some("third"),
        "lifetimes_are_rounded_up"
    );

    pass().await;
    assert_eq!(get(store, &two).await, None, "expired_is_none");
    assert_eq!(get(store, &one).await.as_deref(), Some("first"), "others_live_on");

    for _ in 0..2 {
        if let Err(error) = store.remove(&one).await {
            panic!("remove_answers: {error:?}");
        }
    }
    assert_eq!(get(store, &one).await, None, "removed_is_gone_for_the_remover");
}

async fn put(store: &dyn TokenStore, key: &TokenKey, signed: &str, ttl: Duration) {
    if let Err(error) = store.put(key, signed, ttl).await {
        panic!("put_answers: {error:?}");
    }
}

async fn get(store: &dyn TokenStore, key: &TokenKey) -> Option<String> {
    match store.get(key).await {
        Ok(found) => found,
        Err(error) => panic!("get_answers: {error:?}"),
    }
}
