//! Methods, stores that fail, and what every refusal has in common.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
    progress::ProgressError,
};
use flaskflix_http::viewer::ViewerApi;

use super::scene::{Api, Said, Store, named, request};
use crate::scene::keys;

const TOKEN: &str = "/stream/1/token";
const PROGRESS: &str = "/stream/1/progress";
const ROW: &str = "/continue-watching";

#[tokio::test]
async fn each_endpoint_says_which_methods_it_has() {
    let api = Api::new();
    let table = [
        (TOKEN, "GET, HEAD, OPTIONS"),
        (PROGRESS, "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        (ROW, "GET, HEAD, DELETE, OPTIONS"),
    ];
    for (target, allow) in table {
        // OPTIONS needs nobody: it tells nothing.
        let options = api.anonymous("OPTIONS", target, "").await;
        assert_eq!((options.status, options.header("allow")), (204, Some(allow)));
        assert_eq!(options.header("cache-control"), Some("no-store"));
        assert_eq!(options.header("access-control-allow-origin"), None);
        for method in [
            "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND",
        ] {
            let said = api
                .ask("anna", method, target, r#"{"current_time":1,"watched":true}"#)
                .await;
            if allow.split(", ").any(|allowed| allowed == method) {
                assert!(said.status < 300, "{method} {target}: {said:?}");
            } else {
                assert_eq!(
                    (said.status, said.header("allow")),
                    (405, Some(allow)),
                    "{method} {target}"
                );
            }
        }
    }
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let api = Api::new();
    let at = r#"{"current_time":300,"total_duration":1000}"#;
    api.ask("anna", "POST", PROGRESS, at).await;
    for target in [
        PROGRESS,
        ROW,
        TOKEN,
        "/stream/nothing/token",
        "/continue-watching?limit=0",
    ] {
        let get = api.get("anna", target).await;
        let head = api.ask("anna", "HEAD", target, "").await;
        assert_eq!(
            (head.status, &head.headers),
            (get.status, &get.headers),
            "{target}"
        );
        assert!(head.body.is_empty(), "{target}");
    }
}

fn check_refusal(said: &Said, status: u16, detail: &str) {
    assert_eq!((said.status, said.detail().as_str()), (status, detail));
    assert_eq!(said.header("cache-control"), Some("no-store"));
    assert_eq!(said.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(said.header("referrer-policy"), Some("no-referrer"));
    let title = http::StatusCode::from_u16(status).unwrap().canonical_reason();
    assert_eq!(said.json()["title"].as_str(), title);
}

#[tokio::test]
async fn refusals_of_the_endpoints_are_problem_documents_that_are_not_cached() {
    let api = Api::new();
    let nobody = "nobody is known to ask: sign in, or send a valid stream token where one is taken";
    for (method, target) in [
        ("GET", TOKEN),
        ("GET", PROGRESS),
        ("POST", PROGRESS),
        ("PUT", PROGRESS),
        ("DELETE", PROGRESS),
        ("GET", ROW),
        ("DELETE", ROW),
    ] {
        check_refusal(&api.anonymous(method, target, "{}").await, 401, nobody);
    }
    for target in ["/stream/nothing/token", "/stream/nothing/progress"] {
        check_refusal(&api.get("anna", target).await, 404, "there is no such title");
    }
    let token = api.token("anna", "1").await;
    let other = format!("/stream/2/progress?token={token}");
    let said = api.anonymous("GET", &other, "").await;
    check_refusal(&said, 403, "the stream token is for another title");
}

type Fault = fn() -> ProgressError;

#[tokio::test]
async fn a_store_that_is_busy_or_away_is_503_with_retry_after() {
    let api = Api::new();
    let busy = || ProgressError::Busy {
        retry_after: Duration::from_millis(2500),
    };
    let away = || ProgressError::unavailable("sqlite:///secret");
    #[rustfmt::skip]
    let faults: [(Fault, &str); 2] = [(busy, "3"), (away, "1")];
    for (fault, retry) in faults {
        *api.store.fault.lock().unwrap() = Some(fault);
        for (method, target) in [
            ("GET", PROGRESS),
            ("POST", PROGRESS),
            ("PUT", PROGRESS),
            ("DELETE", PROGRESS),
            ("GET", ROW),
            ("DELETE", ROW),
        ] {
            let said = api
                .ask("anna", method, target, r#"{"current_time":1,"watched":true}"#)
                .await;
            assert_eq!(
                (said.status, said.header("retry-after")),
                (503, Some(retry)),
                "{method} {target}"
            );
            assert!(!said.detail().contains("secret"));
        }
        // Whether progress can be kept has nothing to do with watching.
        assert_eq!(api.get("anna", TOKEN).await.status, 200);
    }
}

/// A catalogue that fails.
#[derive(Debug)]
struct Failing;

#[async_trait]
impl Catalog for Failing {
    async fn title(&self, _: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        Err(CatalogError::new("postgres://secret"))
    }
}

#[tokio::test]
async fn a_catalogue_that_fails_is_503_and_nobody_watches() {
    let api = ViewerApi::builder(Arc::new(Failing), Arc::new(Store::default()), Arc::new(keys()))
        .build()
        .unwrap();
    for (method, target) in [("GET", TOKEN), ("GET", PROGRESS), ("POST", PROGRESS)] {
        let mut request = request(method, target, r#"{"current_time":1}"#);
        request.extensions_mut().insert(named("anna"));
        let response = api.handle(request).await;
        assert_eq!(response.status(), 503, "{method} {target}");
        assert_eq!(response.headers()["retry-after"], "1");
    }
}

#[tokio::test]
async fn what_is_no_endpoint_is_404_for_the_api_alone() {
    let api = ViewerApi::builder(Arc::new(Failing), Arc::new(Store::default()), Arc::new(keys()))
        .build()
        .unwrap();
    for target in ["/", "/stream/1/video", "/stream/1/token/", "/continue-watching/"] {
        let response = api.handle(request("GET", target, "")).await;
        assert_eq!(response.status(), 404, "{target}");
    }
}
