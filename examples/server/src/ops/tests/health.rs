use std::fs;

use serde_json::json;

use super::scene::Scene;

#[tokio::test]
async fn a_healthy_server_says_so_part_by_part() {
    let scene = Scene::open().await;
    let health = scene.get("/healthz").await;
    assert_eq!(
        (health.status.as_u16(), health.json()),
        (200, json!({"status": "ok"}))
    );
    let ready = scene.get("/readyz").await;
    assert_eq!(ready.status, 200);
    let checks = json!({"database": "ok", "media": "ok", "progress": "ok"});
    assert_eq!(ready.json(), json!({"status": "ok", "checks": checks}));
    assert_eq!(ready.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_media_folder_that_is_gone_is_named() {
    let scene = Scene::open().await;
    let media = scene.app.settings().media();
    fs::rename(&media, scene.folder.path().join("elsewhere")).unwrap();
    let ready = scene.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["media"], "failed");
    assert_eq!(ready.json()["checks"]["database"], "ok");
    assert_eq!(scene.get("/healthz").await.status, 200, "the process still lives");
}

#[tokio::test]
async fn a_database_that_is_closed_is_named_and_its_reason_is_not() {
    let scene = Scene::open().await;
    scene.app.database().close().await;
    let ready = scene.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["database"], "failed");
    let folder = scene.folder.path().to_str().unwrap();
    assert!(!ready.text.contains(folder), "{}", ready.text);
}
