//! Tokens that do not count any more.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Revocation, Revocations},
    id::ViewerId,
    testing::clock::ManualClock,
    time::UnixTime,
    token,
};
use flaskflix_storage::memory::MemoryRevocations;

use super::scene::Api;
use crate::scene::{NOW, keys};

const HOUR: Duration = Duration::from_secs(3600);

fn api() -> (Api, Arc<MemoryRevocations>) {
    let revocations = Arc::new(MemoryRevocations::new(Arc::new(ManualClock::at(NOW))));
    let (one, two) = (revocations.clone(), revocations.clone());
    let api = Api::built(|streamer| streamer.revocations(one), |api| api.revocations(two));
    (api, revocations)
}

async fn status(api: &Api, token: &str) -> [u16; 2] {
    let media = api
        .anonymous("GET", &format!("/stream/2/t/{token}/video"), "")
        .await;
    let progress = api
        .anonymous("GET", &format!("/stream/2/progress?token={token}"), "")
        .await;
    [media.status, progress.status]
}

#[tokio::test]
async fn a_revoked_token_is_refused_like_one_that_never_was() {
    let (api, revocations) = api();
    let (one, other) = (api.token("anna", "2").await, api.token("anna", "2").await);
    assert_eq!(status(&api, &one).await, [200, 200]);
    let grant = token::verify(&keys(), &one, NOW).unwrap();
    revocations
        .revoke(&Revocation::Token(*grant.token_id()), HOUR)
        .await
        .unwrap();
    assert_eq!(status(&api, &one).await, [401, 401]);
    assert_eq!(status(&api, &other).await, [200, 200]);

    let revoked = api
        .anonymous("GET", &format!("/stream/2/t/{one}/video"), "")
        .await;
    let forged = api.anonymous("GET", "/stream/2/t/forged/video", "").await;
    assert_eq!(revoked, forged);
}

#[tokio::test]
async fn all_tokens_of_a_viewer_are_refused_and_new_ones_are_not() {
    let (api, revocations) = api();
    let (old, of_bert) = (api.token("anna", "2").await, api.token("bert", "2").await);
    let anna = Revocation::Viewer {
        viewer: ViewerId::parse("anna").unwrap(),
        issued_until: UnixTime::from_secs(NOW.as_secs()),
    };
    revocations.revoke(&anna, HOUR).await.unwrap();
    assert_eq!(status(&api, &old).await, [401, 401]);
    assert_eq!(status(&api, &of_bert).await, [200, 200]);
    api.advance(1);
    let new = api.token("anna", "2").await;
    assert_eq!(status(&api, &new).await, [200, 200]);
}
