//! `/continue-watching`.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::scene::{Api, film, id};

/// requirements.md, "Continue Watching Feature": the shape and the numbers of its example.
#[tokio::test]
async fn the_row_has_the_shape_of_the_requirements() {
    let api = Api::new();
    let at = r#"{"current_time":125.5,"total_duration":7200}"#;
    api.ask("anna", "POST", "/stream/1/progress", at).await;
    let said = api.get("anna", "/continue-watching").await;
    assert_eq!(
        said.json(),
        json!([{
            "movie": {
                "id": 1,
                "title": "Movie Title",
                "poster": "url",
                "duration_seconds": 7200,
                "stream_type": "hls",
            },
            "progress": {
                "movie_id": 1,
                "current_time": 125.5,
                "total_duration": 7200,
                "percentage": 1.74,
                "completed": false,
                "last_watched_at": "2027-01-15T08:00:00.000Z",
                "resume_at": 125.5,
                "play_count": 0,
            },
        }])
    );
    assert_eq!(said.header("link"), None);
    assert_eq!(said.header("cache-control"), Some("no-store"));
}

/// Watches these titles a while, one second after the other: the last is the newest.
async fn watched(api: &Api, titles: impl IntoIterator<Item = String>) {
    for title in titles {
        api.catalog.put(film(&title));
        let at = r#"{"current_time":300,"total_duration":1000}"#;
        let target = format!("/stream/{title}/progress");
        assert_eq!(api.ask("anna", "POST", &target, at).await.status, 200);
        api.advance(1);
    }
}

/// Every page from this address on, by the links: the titles of each.
async fn pages(api: &Api, first: &str) -> Vec<Vec<Value>> {
    let mut next = Some(first.to_owned());
    let mut pages = Vec::new();
    while let Some(target) = next.take() {
        let said = api.get("anna", &target).await;
        assert_eq!(said.status, 200, "{target}");
        let page = said.json();
        let titles = page.as_array().expect("a list").iter();
        pages.push(titles.map(|item| item["movie"]["id"].clone()).collect());
        assert!(pages.len() < 100, "the links go round in circles");
        next = said.header("link").map(|link| {
            let rest = link.strip_prefix('<').expect("a link");
            rest.strip_suffix(">; rel=\"next\"")
                .expect("the next page")
                .to_owned()
        });
    }
    pages
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_without_a_gap() {
    let api = Api::new();
    watched(&api, (10..35).map(|n| n.to_string())).await;
    let newest_first: Vec<_> = (10..35).rev().map(|n| json!(n)).collect();
    let default = pages(&api, "/continue-watching").await;
    assert_eq!(
        api.store.row_reads.load(Ordering::Relaxed),
        2,
        "one read for each page"
    );
    assert_eq!(default, [&newest_first[..20], &newest_first[20..]]);
    let tens = pages(&api, "/continue-watching?limit=10").await;
    assert_eq!(tens.concat(), newest_first);
    assert_eq!(tens.len(), 3);
    // Exactly full: no link to an empty page.
    let whole = [newest_first];
    assert_eq!(pages(&api, "/continue-watching?limit=25").await, whole);
    assert_eq!(pages(&api, "/continue-watching?limit=100&x=y").await, whole);
}

#[tokio::test]
async fn titles_that_are_gone_are_left_out_and_the_page_is_filled_up() {
    let api = Api::new();
    watched(&api, (10..20).map(|n| n.to_string())).await;
    for gone in ["11", "17", "18", "19"] {
        api.catalog.remove(&id(gone));
    }
    assert_eq!(
        pages(&api, "/continue-watching?limit=3").await,
        [
            vec![json!(16), json!(15), json!(14)],
            vec![json!(13), json!(12), json!(10)]
        ]
    );
    for n in 10..20 {
        api.catalog.remove(&id(&n.to_string()));
    }
    api.store.row_reads.store(0, Ordering::Relaxed);
    // However many are gone, one request reads the store a bounded number of times; the link goes on behind them.
    let none = pages(&api, "/continue-watching?limit=1").await;
    assert!(none.iter().all(Vec::is_empty), "{none:?}");
    assert_eq!(none.len(), 2);
    assert!(api.store.row_reads.load(Ordering::Relaxed) <= 10);
}

#[tokio::test]
async fn links_hold_the_mount_and_any_title() {
    let api = Api::with(|builder| builder.mount("my app"));
    let titles = ["a-b", "Am\u{e9}lie & co; <x>"];
    for title in titles {
        api.catalog.put(film(title));
        let at = r#"{"current_time":300,"total_duration":1000}"#;
        let encoded = flaskflix_http::route::encode_segment(title);
        let target = format!("/stream/{encoded}/progress");
        assert_eq!(api.ask("anna", "POST", &target, at).await.status, 200);
    }
    // Both of the same moment: the title decides, falling.
    let said = api.get("anna", "/continue-watching?limit=1").await;
    assert_eq!(said.json()[0]["movie"]["id"], "a-b");
    let link = said.header("link").expect("a link").to_owned();
    let next = link.strip_prefix("</my%20app").expect("the mount");
    let next = next.strip_suffix(">; rel=\"next\"").expect("the next page");
    let said = api.get("anna", next).await;
    assert_eq!(said.json()[0]["movie"]["id"], titles[1]);
    assert_eq!(said.header("link"), None);
}

#[tokio::test]
async fn a_viewer_can_be_forgotten() {
    let api = Api::new();
    watched(&api, (10..13).map(|n| n.to_string())).await;
    assert_eq!(
        api.ask("anna", "DELETE", "/continue-watching", "").await.status,
        204
    );
    assert_eq!(api.get("anna", "/continue-watching").await.json(), json!([]));
    let position = api.get("anna", "/stream/10/progress").await.json();
    assert_eq!(position["last_watched_at"], json!(null));
}

#[tokio::test]
async fn a_page_that_cannot_be_is_400_and_names_the_parameter() {
    let api = Api::new();
    #[rustfmt::skip]
    let table = [
        ("limit=0",                  "limit"),
        ("limit=101",                "limit"),
        ("limit=",                   "limit"),
        ("limit=-1",                 "limit"),
        ("limit=%2B5",               "limit"),
        ("limit=5.0",                "limit"),
        ("limit=99999999999999",     "limit"),
        ("limit=5&limit=5",          "limit"),
        ("cursor=",                  "cursor"),
        ("cursor=x",                 "cursor"),
        ("cursor=1-",                "cursor"),
        ("cursor=-a",                "cursor"),
        ("cursor=%2B1-a",            "cursor"),
        ("cursor=1-a%2Fb",           "cursor"),
        ("cursor=99999999999999999999-a", "cursor"),
        ("cursor=1-a&cursor=1-a",    "cursor"),
    ];
    for (query, field) in table {
        let said = api.get("anna", &format!("/continue-watching?{query}")).await;
        assert_eq!(said.status, 400, "{query}");
        assert!(said.detail().starts_with(field), "{query}: {}", said.detail());
        assert_eq!(said.json()["field"], field, "{query}");
    }
}
