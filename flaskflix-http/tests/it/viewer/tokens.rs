//! `GET /stream/{movie_id}/token`.

use std::{future::pending, sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, Entitlement, UrlSigner, Verdict},
    catalog::{ExternalUrl, Title},
    id::ViewerId,
    time::UnixTime,
    token::Verifier,
};
use flaskflix_http::viewer::{BuildError, ViewerApi};
use serde_json::json;

use super::scene::{Api, Store, film, id};
use crate::scene::{NOW, keys};

/// requirements.md, "Unit Tests": `test_get_stream_token`.
#[tokio::test]
async fn a_known_viewer_gets_a_token_and_the_url_to_play() {
    let api = Api::new();
    let said = api.get("anna", "/stream/1/token").await;
    assert_eq!(said.status, 200);
    let token = said.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(
        said.json(),
        json!({
            "token": token,
            "movie_id": 1,
            "stream_type": "hls",
            "stream_url": format!("/stream/1/t/{token}/master.m3u8"),
            "mime_type": "application/vnd.apple.mpegurl",
            "expires_in": 14_400,
            "expires_at": "2027-01-15T12:00:00.000Z",
        })
    );
    assert_eq!(said.header("content-type"), Some("application/json"));
    assert_eq!(said.header("cache-control"), Some("no-store"));
    assert_eq!(said.header("x-content-type-options"), Some("nosniff"));
}

/// requirements.md, "Unit Tests": `test_stream_token_requires_login`.
#[tokio::test]
async fn a_token_needs_a_viewer_and_the_refusal_tells_nothing_of_the_title() {
    let api = Api::new();
    let known = api.anonymous("GET", "/stream/1/token", "").await;
    let unknown = api.anonymous("GET", "/stream/nothing/token", "").await;
    assert_eq!(known.status, 401);
    assert_eq!(known, unknown);
    assert_eq!(known.header("www-authenticate"), Some("Bearer realm=\"viewer\""));
    // A stream token does not mint another one: a subscription that has ended would never end.
    let token = api.token("anna", "1").await;
    let renewed = api
        .anonymous("GET", &format!("/stream/1/token?token={token}"), "")
        .await;
    assert_eq!(renewed.status, 401);
}

#[tokio::test]
async fn a_minted_token_opens_exactly_its_title_until_it_expires() {
    let api = Api::new();
    let token = api.token("anna", "2").await;
    let video = |title: &str| format!("/stream/{title}/t/{token}/video");
    assert_eq!(api.anonymous("GET", &video("2"), "").await.status, 200);
    assert_eq!(api.anonymous("GET", &video("1"), "").await.status, 403);
    api.advance(4 * 60 * 60 - 1);
    assert_eq!(api.anonymous("GET", &video("2"), "").await.status, 200);
    api.advance(1);
    assert_eq!(api.anonymous("GET", &video("2"), "").await.status, 401);
}

#[tokio::test]
async fn two_tokens_are_never_the_same() {
    let api = Api::new();
    assert_ne!(api.token("anna", "1").await, api.token("anna", "1").await);
}

#[tokio::test]
async fn mount_issuer_and_life_stand_in_the_token_and_the_url() {
    let api = Api::with(|builder| {
        builder
            .mount("/a b/media/")
            .issuer("me")
            .token_ttl(Duration::from_secs(60))
    });
    let json = api.get("anna", "/stream/2/token").await.json();
    let token = json["token"].as_str().expect("a token");
    assert_eq!(
        json["stream_url"],
        format!("/a%20b/media/stream/2/t/{token}/video")
    );
    assert_eq!(json["expires_in"], 60);
    let verified = |verifier: Verifier| verifier.verify(&keys(), token, NOW).is_ok();
    assert!(verified(Verifier::new().mount("a b/media").issuer("me")));
    assert!(!verified(Verifier::new().mount("a b/media").issuer("you")));
    assert!(!verified(Verifier::new().issuer("me")));
}

#[tokio::test]
async fn each_delivery_has_its_stream_type_and_url() {
    let api = Api::new();
    let file = api.get("anna", "/stream/2/token").await.json();
    assert_eq!(
        (&file["stream_type"], &file["mime_type"]),
        (&json!("mp4"), &json!("video/webm"))
    );
    let token = file["token"].as_str().expect("a token");
    assert_eq!(file["stream_url"], format!("/stream/2/t/{token}/video"));
    assert_eq!(file.get("external"), None);

    let elsewhere = api.get("anna", "/stream/film%20one/token").await.json();
    assert_eq!(elsewhere["movie_id"], "film one");
    assert_eq!(elsewhere["external"], true);
    assert_eq!(elsewhere["stream_url"], "https://cdn.example/film.mp4?a=1");
    assert_eq!(elsewhere["mime_type"], "video/mp4");
}

#[tokio::test]
async fn ids_are_numbers_only_where_every_client_reads_them_back() {
    let api = Api::new();
    #[rustfmt::skip]
    let table = [
        ("0",                 json!(0)),
        ("9007199254740991",  json!(9_007_199_254_740_991_u64)),
        ("9007199254740992",  json!("9007199254740992")),
        ("007",               json!("007")),
        ("+7",                json!("+7")),
        ("1e3",               json!("1e3")),
        ("99999999999999999999", json!("99999999999999999999")),
    ];
    for (title, wanted) in table {
        api.catalog.put(film(title));
        let json = api.get("anna", &format!("/stream/{title}/token")).await.json();
        assert_eq!(json["movie_id"], wanted, "{title}");
    }
}

/// Decides by a function, or never.
#[derive(Debug)]
struct Decides(Option<fn() -> Result<Verdict, AccessError>>);

#[async_trait]
impl Entitlement for Decides {
    async fn check(&self, viewer: &ViewerId, title: &Title) -> Result<Verdict, AccessError> {
        assert_eq!((viewer.as_str(), title.id.as_str()), ("anna", "1"));
        match self.0 {
            Some(decide) => decide(),
            None => pending().await,
        }
    }
}

#[tokio::test]
async fn the_entitlement_decides_and_fails_closed() {
    let denied = || {
        Ok(Verdict::Denied {
            reason: "the \"Gold\" plan is needed".to_owned(),
        })
    };
    let broken = || Err(AccessError::new("postgres://user:secret@host"));
    type Decision = fn() -> Result<Verdict, AccessError>;
    #[rustfmt::skip]
    let table: [(Option<Decision>, u16, Option<&str>, &str); 4] = [
        (Some(|| Ok(Verdict::Allowed)), 200, None,      ""),
        (Some(denied),                  403, None,      "the \"Gold\" plan is needed"),
        (Some(broken),                  503, Some("1"), "this cannot be answered now, see the header Retry-After"),
        (None,                          503, Some("1"), "this cannot be answered now, see the header Retry-After"),
    ];
    for (decision, status, retry, detail) in table {
        let api = Api::with(|builder| {
            builder
                .entitlement(Arc::new(Decides(decision)))
                .entitlement_timeout(Duration::from_millis(20))
        });
        let said = api.get("anna", "/stream/1/token").await;
        assert_eq!((said.status, said.header("retry-after")), (status, retry));
        if status != 200 {
            assert_eq!(said.detail(), detail);
        }
    }
}

/// Signs, or fails.
#[derive(Debug)]
struct Signs(bool);

#[async_trait]
impl UrlSigner for Signs {
    async fn sign(
        &self,
        url: &ExternalUrl,
        viewer: Option<&ViewerId>,
        expires: UnixTime,
    ) -> Result<ExternalUrl, AccessError> {
        let viewer = viewer.expect("a viewer is known").as_str();
        let signed = format!("{url}&for={viewer}&until={}", expires.as_secs());
        ExternalUrl::parse(&signed)
            .ok()
            .filter(|_| self.0)
            .ok_or_else(|| AccessError::new("no key"))
    }
}

#[tokio::test]
async fn urls_of_other_hosts_are_signed_for_the_viewer_or_not_handed_out() {
    let target = "/stream/film%20one/token";
    let api = Api::with(|builder| builder.url_signer(Arc::new(Signs(true))));
    let until = NOW.as_secs() + 14_400;
    assert_eq!(
        api.get("anna", target).await.json()["stream_url"],
        format!("https://cdn.example/film.mp4?a=1&for=anna&until={until}")
    );
    let api = Api::with(|builder| builder.url_signer(Arc::new(Signs(false))));
    assert_eq!(api.get("anna", target).await.status, 503);
}

#[test]
fn a_life_that_no_token_can_have_is_refused_at_the_start() {
    let build = |ttl| {
        let catalog: flaskflix_storage::memory::MemoryCatalog = [film("1")].into_iter().collect();
        ViewerApi::builder(Arc::new(catalog), Arc::new(Store::default()), Arc::new(keys()))
            .token_ttl(ttl)
            .build()
            .map(drop)
    };
    assert_eq!(
        build(Duration::from_millis(999)),
        Err(BuildError::TokenTtl { secs: 0 })
    );
    assert_eq!(build(Duration::from_secs(366 * 86_400)), Ok(()));
    let secs = 366 * 86_400 + 1;
    assert_eq!(
        build(Duration::from_secs(secs)),
        Err(BuildError::TokenTtl { secs })
    );
}

#[tokio::test]
async fn a_title_whose_token_would_be_too_long_is_an_error_and_no_panic() {
    // 255 bytes of title, three times as long in the path that the token opens, and a long mount.
    let title = " ".repeat(255);
    let api = Api::with(|builder| builder.mount("m".repeat(600)));
    api.catalog.put(film(&title));
    let target = format!("/stream/{}/token", "%20".repeat(255));
    assert_eq!(id(&title).as_str().len(), 255);
    let said = api.get("anna", &target).await;
    assert_eq!(said.status, 500);
    assert!(!said.detail().contains("anna"), "{said:?}");
}
