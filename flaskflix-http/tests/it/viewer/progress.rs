//! `/stream/{movie_id}/progress`.

use serde_json::json;

use super::scene::{Api, named, request};

/// requirements.md, "Unit Tests": `test_progress_tracking`.
#[tokio::test]
async fn a_position_comes_back() {
    let api = Api::new();
    let body = json!({ "current_time": 100, "total_duration": 1000 }).to_string();
    let posted = api.ask("anna", "POST", "/stream/1/progress", &body).await;
    assert_eq!(posted.status, 200);
    let read = api.get("anna", "/stream/1/progress").await;
    assert_eq!(read.json()["current_time"], 100);
    assert_eq!(
        read.json(),
        json!({
            "movie_id": 1,
            "current_time": 100,
            "total_duration": 1000,
            "percentage": 10,
            "completed": false,
            "last_watched_at": "2027-01-15T08:00:00.000Z",
            "resume_at": 100,
            "play_count": 0,
        })
    );
    assert_eq!(read, posted);
    assert_eq!(read.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn nothing_stored_is_the_beginning() {
    let api = Api::new();
    let said = api.get("anna", "/stream/film%20one/progress").await;
    assert_eq!(
        said.json(),
        json!({
            "movie_id": "film one",
            "current_time": 0,
            "total_duration": 0,
            "percentage": 0,
            "completed": false,
            "last_watched_at": null,
            "resume_at": null,
            "play_count": 0,
        })
    );
}

#[tokio::test]
async fn another_viewers_position_is_neither_seen_nor_changed() {
    let api = Api::new();
    let at = |secs: u32| format!(r#"{{"current_time":{secs},"total_duration":1000}}"#);
    api.ask("anna", "POST", "/stream/1/progress", &at(300)).await;
    assert_eq!(
        api.get("ben", "/stream/1/progress").await.json()["current_time"],
        0
    );
    api.ask("ben", "POST", "/stream/1/progress", &at(500)).await;
    api.ask("ben", "DELETE", "/stream/1/progress", "").await;
    api.ask("ben", "DELETE", "/continue-watching", "").await;
    assert_eq!(
        api.get("anna", "/stream/1/progress").await.json()["current_time"],
        300
    );
    assert_eq!(api.get("ben", "/continue-watching").await.json(), json!([]));
}

/// `sendBeacon` sets no headers but a content type of its own: the token in the body must do.
#[tokio::test]
async fn a_stream_token_stands_in_for_the_viewer() {
    let api = Api::new();
    let token = api.token("anna", "1").await;
    let body = json!({ "current_time": 200, "total_duration": 1000, "token": token }).to_string();
    let mut beacon = request("POST", "/stream/1/progress", &body);
    beacon
        .headers_mut()
        .insert("content-type", "text/plain;charset=UTF-8".parse().unwrap());
    // A token is a secret that no other site's page knows: where it comes from says nothing.
    beacon
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(api.send(beacon).await.status, 200);

    let in_query = format!("/stream/1/progress?token={token}");
    assert_eq!(
        api.anonymous("GET", &in_query, "").await.json()["current_time"],
        200
    );
    let mut bearer = request("PUT", "/stream/1/progress", r#"{"watched":true}"#);
    let authorization = format!("Bearer {token}").parse().unwrap();
    bearer.headers_mut().insert("authorization", authorization);
    assert_eq!(api.send(bearer).await.json()["completed"], true);
    // It is the same viewer's.
    assert_eq!(
        api.get("anna", "/stream/1/progress").await.json()["play_count"],
        1
    );
    assert_eq!(api.anonymous("DELETE", &in_query, "").await.status, 204);
    assert_eq!(
        api.get("anna", "/stream/1/progress").await.json()["play_count"],
        0
    );
}

#[tokio::test]
async fn a_token_opens_its_own_titles_progress_and_no_list() {
    let api = Api::new();
    let token = api.token("anna", "1").await;
    let body = json!({ "current_time": 1, "token": token }).to_string();
    assert_eq!(
        api.anonymous("POST", "/stream/2/progress", &body).await.status,
        403
    );
    let row = format!("/continue-watching?token={token}");
    for method in ["GET", "DELETE"] {
        assert_eq!(api.anonymous(method, &row, "").await.status, 401, "{method}");
    }
    // Two that differ: nobody should have to guess which one counts.
    let other = api.token("ben", "1").await;
    let both = format!("/stream/1/progress?token={other}");
    assert_eq!(api.anonymous("POST", &both, &body).await.status, 401);
    api.advance(4 * 60 * 60);
    let expired = api.anonymous("POST", "/stream/1/progress", &body).await;
    assert_eq!(expired.status, 401);
    assert_eq!(
        expired.header("www-authenticate"),
        Some("Bearer realm=\"viewer\", error=\"invalid_token\"")
    );
}

#[tokio::test]
async fn a_named_viewer_comes_before_a_token() {
    let api = Api::new();
    let token = api.token("anna", "1").await;
    let body = json!({ "current_time": 200, "total_duration": 1000, "token": token }).to_string();
    api.ask("ben", "POST", "/stream/1/progress", &body).await;
    assert_eq!(
        api.get("anna", "/stream/1/progress").await.json()["current_time"],
        0
    );
    assert_eq!(
        api.get("ben", "/stream/1/progress").await.json()["current_time"],
        200
    );
}

#[tokio::test]
async fn a_viewer_marks_dismisses_and_deletes() {
    let api = Api::new();
    let put = |body: &'static str| api.ask("anna", "PUT", "/stream/1/progress", body);
    let watched = put(r#"{"watched":true}"#).await.json();
    assert_eq!(
        (&watched["completed"], &watched["play_count"]),
        (&json!(true), &json!(1))
    );
    let unwatched = put(r#"{"watched":false}"#).await.json();
    assert_eq!(
        (&unwatched["completed"], &unwatched["play_count"]),
        (&json!(false), &json!(0))
    );
    let at = r#"{"current_time":300,"total_duration":1000}"#;
    api.ask("anna", "POST", "/stream/1/progress", at).await;
    assert_eq!(
        api.get("anna", "/continue-watching")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Out of the row, and the position stays.
    assert_eq!(put(r#"{"dismissed":true}"#).await.json()["current_time"], 300);
    assert_eq!(api.get("anna", "/continue-watching").await.json(), json!([]));

    let deleted = api.ask("anna", "DELETE", "/stream/1/progress", "").await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(deleted.header("content-length"), None);
    assert_eq!(
        api.get("anna", "/stream/1/progress").await.json()["last_watched_at"],
        json!(null)
    );
}

#[tokio::test]
async fn sessions_numbers_and_events_reach_the_rules() {
    let api = Api::new();
    let post = async |at: u32, seq: u32, event: &str| {
        let body = json!({
            "current_time": at, "total_duration": 1000, "session": "tv", "seq": seq, "event": event,
        });
        let target = "/stream/1/progress";
        api.ask("anna", "POST", target, &body.to_string()).await
    };
    assert_eq!(post(300, 2, "time").await.json()["current_time"], 300);
    // A late report of the session does not count, and is acknowledged with what is stored.
    assert_eq!(post(290, 1, "time").await.json()["current_time"], 300);
    let ended = post(1000, 3, "ended").await.json();
    assert_eq!(
        (&ended["completed"], &ended["resume_at"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn entries_of_titles_that_are_gone_can_be_deleted() {
    let api = Api::new();
    let gone = "/stream/gone/progress";
    let at = r#"{"current_time":300}"#;
    assert_eq!(api.ask("anna", "POST", gone, at).await.status, 404);
    assert_eq!(
        api.ask("anna", "PUT", gone, r#"{"watched":true}"#).await.status,
        404
    );
    assert_eq!(api.get("anna", gone).await.status, 404);
    assert_eq!(api.ask("anna", "DELETE", gone, "").await.status, 204);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let api = Api::new();
    let from = |site: &'static str, method: &str, target: &str| {
        let mut request = request(method, target, r#"{"current_time":300,"watched":true}"#);
        request.extensions_mut().insert(named("anna"));
        request
            .headers_mut()
            .insert("sec-fetch-site", site.parse().unwrap());
        request
    };
    #[rustfmt::skip]
    let changes = [
        ("POST",   "/stream/1/progress", 200),
        ("PUT",    "/stream/1/progress", 200),
        ("DELETE", "/stream/1/progress", 204),
        ("DELETE", "/continue-watching", 204),
    ];
    for (method, target, done) in changes {
        for site in ["cross-site", "same-site", "nonsense", ""] {
            let said = api.send(from(site, method, target)).await;
            assert_eq!(said.status, 403, "{method} {target} {site}");
        }
        for site in ["same-origin", "none"] {
            let said = api.send(from(site, method, target)).await;
            assert_eq!(said.status, done, "{method} {target} {site}");
        }
    }
    // Reading is not changing, and pages of other origins cannot read the answer.
    assert_eq!(
        api.send(from("cross-site", "GET", "/stream/1/progress"))
            .await
            .status,
        200
    );
    let open = Api::with(flaskflix_http::viewer::ViewerApiBuilder::cross_site);
    let said = open.send(from("cross-site", "POST", "/stream/1/progress")).await;
    assert_eq!(said.status, 200);
}
