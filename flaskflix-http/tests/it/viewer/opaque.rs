//! Tokens that say nothing, in a store of the application's.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    testing::clock::ManualClock,
    token::{OPAQUE_TOKEN_CHARS, OpaqueToken, StoreError, TokenKey, TokenStore},
};
use flaskflix_storage::memory::MemoryTokens;

use super::scene::Api;
use crate::scene::NOW;

fn api(store: Arc<dyn TokenStore>) -> Api {
    let also = store.clone();
    Api::built(
        |streamer| streamer.token_store(store),
        |api| api.opaque_tokens(also),
    )
}

fn in_memory() -> Arc<MemoryTokens> {
    Arc::new(MemoryTokens::new(Arc::new(ManualClock::at(NOW))))
}

#[tokio::test]
async fn an_opaque_token_opens_its_title_until_the_store_forgets_it() {
    let store = in_memory();
    let api = api(store.clone());
    let token = api.token("anna", "2").await;
    assert_eq!(token.len(), OPAQUE_TOKEN_CHARS);
    let video = format!("/stream/2/t/{token}/video");
    assert_eq!(api.anonymous("GET", &video, "").await.status, 200);
    assert_eq!(
        api.anonymous("GET", &format!("/stream/1/t/{token}/video"), "")
            .await
            .status,
        403
    );
    let report = format!(r#"{{"current_time": 60, "total_duration": 600, "token": "{token}"}}"#);
    assert_eq!(
        api.anonymous("POST", "/stream/2/progress", &report).await.status,
        200
    );

    let unknown = OpaqueToken::from_bytes([1; 32]).text();
    assert_eq!(
        api.anonymous("GET", &format!("/stream/2/t/{unknown}/video"), "")
            .await
            .status,
        401
    );
    store
        .remove(&OpaqueToken::parse(&token).unwrap().key())
        .await
        .unwrap();
    assert_eq!(api.anonymous("GET", &video, "").await.status, 401);
}

#[tokio::test]
async fn the_signed_token_behind_it_expires_by_the_clock_of_the_node() {
    // The store's clock stands still: the store would give the token out for ever.
    let api = api(in_memory());
    let video = format!("/stream/2/t/{}/video", api.token("anna", "2").await);
    api.advance(14_399);
    assert_eq!(api.anonymous("GET", &video, "").await.status, 200);
    api.advance(1);
    assert_eq!(api.anonymous("GET", &video, "").await.status, 401);
}

#[tokio::test]
async fn signed_tokens_open_beside_opaque_ones_and_opaque_ones_nothing_without_a_store() {
    let both = api(in_memory());
    let signed = crate::scene::token("2");
    assert_eq!(
        both.anonymous("GET", &format!("/stream/2/t/{signed}/video"), "")
            .await
            .status,
        200
    );
    let opaque = both.token("anna", "2").await;
    let said = Api::new()
        .anonymous("GET", &format!("/stream/2/t/{opaque}/video"), "")
        .await;
    assert_eq!(said.status, 401);
}

#[tokio::test]
async fn a_store_that_is_away_lets_nobody_in() {
    #[derive(Debug)]
    struct Away;

    #[async_trait]
    impl TokenStore for Away {
        async fn put(&self, _: &TokenKey, _: &str, _: Duration) -> Result<(), StoreError> {
            Err(StoreError::new("away"))
        }
        async fn get(&self, _: &TokenKey) -> Result<Option<String>, StoreError> {
            Err(StoreError::new("away"))
        }
        async fn remove(&self, _: &TokenKey) -> Result<(), StoreError> {
            Err(StoreError::new("away"))
        }
    }

    let api = api(Arc::new(Away));
    let minted = api.get("anna", "/stream/2/token").await;
    assert_eq!((minted.status, minted.header("retry-after")), (503, Some("1")));
    let opaque = OpaqueToken::from_bytes([1; 32]).text();
    let said = api
        .anonymous("GET", &format!("/stream/2/t/{opaque}/video"), "")
        .await;
    assert_eq!((said.status, said.header("retry-after")), (503, Some("1")));
    let signed = crate::scene::token("2");
    assert_eq!(
        api.anonymous("GET", &format!("/stream/2/t/{signed}/video"), "")
            .await
            .status,
        200
    );
}
