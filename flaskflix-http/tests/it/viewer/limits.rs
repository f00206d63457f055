//! Quotas: 429, and who is counted.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::access::{AccessError, Action, Quota, RateLimit, Subject};
use flaskflix_http::viewer::{ClientAddress, LocalRateLimit};

use super::scene::{Api, Said, named, request};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn mint_from(api: &Api, viewer: &str, address: Option<&str>) -> Said {
    let mut request = request("GET", "/stream/1/token", "");
    request.extensions_mut().insert(named(viewer));
    if let Some(address) = address {
        let address: IpAddr = address.parse().expect("an address");
        request.extensions_mut().insert(ClientAddress(address));
    }
    api.send(request).await
}

#[tokio::test]
async fn a_viewer_over_the_quota_is_429_and_told_when_to_come_back() {
    let limit = LocalRateLimit::new().mint_per_viewer(2, HOUR);
    let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
    for _ in 0..2 {
        assert_eq!(mint_from(&api, "anna", None).await.status, 200);
    }
    let said = mint_from(&api, "anna", None).await;
    assert_eq!(said.status, 429);
    assert_eq!(said.detail(), "too many requests, see the header Retry-After");
    let secs: u64 = said
        .header("retry-after")
        .expect("a time")
        .parse()
        .expect("seconds");
    assert!((1790..=1800).contains(&secs), "{secs}");
    // An unknown title is no way around it, and no way to find out.
    assert_eq!(api.get("anna", "/stream/nothing/token").await.status, 429);
    assert_eq!(mint_from(&api, "ben", None).await.status, 200);
}

/// requirements.md: 10 in an hour for each address.
#[tokio::test]
async fn an_address_is_counted_over_all_its_viewers() {
    let limit = LocalRateLimit::new().mint_per_address(10, HOUR);
    let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
    let mint = async |n: u32, address: &str| {
        mint_from(&api, &format!("viewer {n}"), Some(address))
            .await
            .status
    };
    for n in 0..10 {
        assert_eq!(mint(n, &format!("2001:db8:1:2::{n}")).await, 200);
    }
    assert_eq!(
        mint(11, "2001:db8:1:2:ffff::1").await,
        429,
        "one /64 is one address"
    );
    assert_eq!(mint(11, "2001:db8:1:3::1").await, 200);
    assert_eq!(mint(11, "192.0.2.1").await, 200);
    assert_eq!(mint_from(&api, "viewer 11", None).await.status, 200);
}

#[tokio::test]
async fn changes_of_progress_are_limited_and_reading_is_not() {
    let limit = LocalRateLimit::new().progress_per_viewer(3, HOUR);
    let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
    let progress = "/stream/1/progress";
    let statuses = [
        api.ask("anna", "POST", progress, r#"{"current_time":1}"#)
            .await
            .status,
        api.ask("anna", "PUT", progress, r#"{"watched":true}"#)
            .await
            .status,
        api.ask("anna", "DELETE", progress, "").await.status,
        api.ask("anna", "DELETE", "/continue-watching", "").await.status,
        api.ask("anna", "POST", progress, r#"{"current_time":1}"#)
            .await
            .status,
    ];
    assert_eq!(statuses, [200, 200, 204, 429, 429]);
    assert_eq!(api.get("anna", progress).await.status, 200);
    assert_eq!(api.get("anna", "/continue-watching").await.status, 200);
    // A stream token counts for its viewer.
    let token = api.token("anna", "1").await;
    let with_token = format!("{progress}?token={token}");
    let said = api.anonymous("POST", &with_token, r#"{"current_time":1}"#).await;
    assert_eq!(said.status, 429);
}

/// A household, a school, a player that mints on every error: none of them is stopped by the defaults.
#[tokio::test]
async fn the_defaults_let_a_school_begin_a_film_at_once() {
    let api = Api::with(|builder| builder.rate_limit(Arc::new(LocalRateLimit::default())));
    for n in 0..1000 {
        let viewer = format!("pupil {n}");
        for _ in 0..3 {
            assert_eq!(
                mint_from(&api, &viewer, Some("192.0.2.1")).await.status,
                200,
                "{n}"
            );
        }
    }
    for _ in 0..100 {
        assert_eq!(mint_from(&api, "anna", Some("192.0.2.2")).await.status, 200);
    }
    for _ in 0..500 {
        let said = api
            .ask("anna", "POST", "/stream/1/progress", r#"{"current_time":1}"#)
            .await;
        assert_eq!(said.status, 200);
    }
}

/// Writes down whom it is asked about, and answers what it is told.
#[derive(Debug)]
struct Asked(
    Mutex<Vec<(Action, Subject)>>,
    fn(&Subject) -> Result<Quota, AccessError>,
);

#[async_trait]
impl RateLimit for Asked {
    async fn take(&self, action: Action, subject: &Subject) -> Result<Quota, AccessError> {
        self.0.lock().unwrap().push((action, subject.clone()));
        (self.1)(subject)
    }
}

#[tokio::test]
async fn the_viewer_is_counted_before_the_address() {
    let only_addresses = |subject: &Subject| match subject {
        Subject::Viewer(_) => Ok(Quota::Exceeded {
            retry_after: Duration::from_millis(1001),
        }),
        _ => Ok(Quota::Within),
    };
    let limit = Arc::new(Asked(Mutex::default(), only_addresses));
    let api = Api::with(|builder| builder.rate_limit(limit.clone()));
    let said = mint_from(&api, "anna", Some("::ffff:192.0.2.1")).await;
    // Rounded up: who comes back after one second is too early.
    assert_eq!((said.status, said.header("retry-after")), (429, Some("2")));
    let viewer = Subject::Viewer(named("anna").0);
    assert_eq!(*limit.0.lock().unwrap(), [(Action::Mint, viewer.clone())]);

    let limit = Arc::new(Asked(Mutex::default(), |_| Ok(Quota::Within)));
    let api = Api::with(|builder| builder.rate_limit(limit.clone()));
    mint_from(&api, "anna", Some("::ffff:192.0.2.1")).await;
    let address = Subject::Address("192.0.2.1".parse().unwrap());
    assert_eq!(
        *limit.0.lock().unwrap(),
        [(Action::Mint, viewer), (Action::Mint, address)]
    );
}

#[tokio::test]
async fn a_rate_limit_that_cannot_be_asked_refuses() {
    let limit = Asked(Mutex::default(), |_| Err(AccessError::new("redis://secret")));
    let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
    let said = mint_from(&api, "anna", None).await;
    assert_eq!((said.status, said.header("retry-after")), (503, Some("1")));
    assert!(!said.detail().contains("secret"));
}

#[tokio::test]
async fn without_a_quota_nothing_is_counted() {
    let limit = LocalRateLimit::unlimited().mint_per_viewer(0, HOUR);
    let api = Api::with(|builder| builder.rate_limit(Arc::new(limit)));
    // 0 counts as 1.
    assert_eq!(mint_from(&api, "anna", None).await.status, 200);
    assert_eq!(mint_from(&api, "anna", None).await.status, 429);
    for _ in 0..1000 {
        let said = api.ask("anna", "DELETE", "/stream/1/progress", "").await;
        assert_eq!(said.status, 204);
    }
}
