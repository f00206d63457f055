//! Stream tokens of the server: revoked, opaque, counted by screens; in memory, as on one machine.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    id::TitleId,
    time::SystemClock,
    token::{self, Claims, MAX_TTL},
};
use flaskflix_server::{App, Settings};
use http::{Method, StatusCode};

use crate::scene::{Browser, PASSWORD, Scene};

/// The address of the film with a token of its own.
async fn video(browser: &mut Browser) -> String {
    let minted = browser.get("/stream/1/token").await;
    assert_eq!(minted.status, StatusCode::OK, "{}", minted.body);
    let url = minted.json().get("stream_url").cloned().unwrap();
    url.as_str().unwrap().to_owned()
}

/// The address of the film with a token that lives as long as one may, as `flaskflix-server token --ttl` makes it.
async fn long_token(scene: &Scene, name: &str) -> String {
    let user = scene.app.accounts().named(name).await.unwrap().unwrap();
    let title = TitleId::parse("1").unwrap();
    let claims = Claims::new(title, user.viewer().unwrap(), scene.app.clock().now(), MAX_TTL);
    let token = token::mint(&**scene.app.keys(), &claims, [7; 16]).unwrap();
    format!("/stream/1/t/{token}/video")
}

#[tokio::test]
async fn a_changed_password_ends_the_streams_that_the_old_one_opened() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let (old, of_bert) = (
        video(&mut anna).await,
        video(&mut scene.signed_in("bert").await).await,
    );
    let mut anybody = scene.browser();
    assert_eq!(anybody.get(&old).await.status, StatusCode::OK);
    anna.form(
        "/account",
        &[("current", PASSWORD), ("password", "battery staple")],
    )
    .await;
    assert_eq!(anybody.get(&old).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anybody.get(&of_bert).await.status, StatusCode::OK);
    scene.advance(Duration::from_secs(1));
    let new = video(&mut anna).await;
    assert_eq!(anybody.get(&new).await.status, StatusCode::OK);
}

/// Tokens may live longer than `token_ttl`: `flaskflix-server token --ttl` makes such, and a setting of yesterday did.
#[tokio::test]
async fn a_changed_password_ends_the_longest_token_there_is_for_as_long_as_it_lives() {
    let scene = Scene::with(&[("token_ttl", "1m")]).await;
    let mut anna = scene.signed_in("anna").await;
    let long = long_token(&scene, "anna").await;
    let mut anybody = scene.browser();
    assert_eq!(anybody.get(&long).await.status, StatusCode::OK);
    anna.form(
        "/account",
        &[("current", PASSWORD), ("password", "battery staple")],
    )
    .await;
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    let mut passed = Duration::ZERO;
    for until in [
        Duration::ZERO,
        days(1),
        days(180),
        MAX_TTL - Duration::from_secs(1),
    ] {
        scene.advance(until - passed);
        passed = until;
        assert_eq!(
            anybody.get(&long).await.status,
            StatusCode::UNAUTHORIZED,
            "after {until:?}"
        );
    }
}

#[tokio::test]
async fn logging_out_ends_the_streams_of_that_log_in_and_of_no_other() {
    for settings in [&[][..], &[("max_screens", "9"), ("opaque_tokens", "on")]] {
        let scene = Scene::with(settings).await;
        let mut here = scene.signed_in("anna").await;
        let mut elsewhere = scene.browser();
        elsewhere.log_in("anna", PASSWORD).await;
        let [first, second] = [video(&mut here).await, video(&mut here).await];
        let on_television = video(&mut elsewhere).await;
        here.form("/logout", &[]).await;
        let mut anybody = scene.browser();
        for url in [&first, &second] {
            assert_eq!(anybody.get(url).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(anybody.get(&on_television).await.status, StatusCode::OK);
        // At once: no second has to pass, as after another password.
        here.log_in("anna", PASSWORD).await;
        let again = video(&mut here).await;
        assert_eq!(anybody.get(&again).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn whoever_is_removed_watches_nothing_any_more() {
    let scene = Scene::new().await;
    let (mut anna, mut admin) = (scene.signed_in("anna").await, scene.admin().await);
    let url = video(&mut anna).await;
    let id = scene.app.accounts().named("anna").await.unwrap().unwrap().id;
    admin.form(&format!("/admin/users/{id}/remove"), &[]).await;
    assert_eq!(anna.get(&url).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn screens_are_counted_when_the_setting_says_so() {
    let scene = Scene::with(&[("max_screens", "1")]).await;
    let mut anna = scene.signed_in("anna").await;
    let url = video(&mut anna).await;
    assert_eq!(anna.get(&url).await.status, StatusCode::OK);
    assert_eq!(anna.get("/stream/1/token").await.status, StatusCode::CONFLICT);
    let screens = anna.get("/screens").await.json();
    let path = format!("/screens/{}", screens[0]["id"].as_str().unwrap());
    let same_site = [("sec-fetch-site", "same-origin")];
    let ended = anna.send(Method::DELETE, &path, &same_site, "").await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(anna.get(&url).await.status, StatusCode::GONE);
    video(&mut anna).await;
}

#[tokio::test]
async fn tokens_are_opaque_when_the_setting_says_so() {
    let scene = Scene::with(&[("opaque_tokens", "on")]).await;
    let mut anna = scene.signed_in("anna").await;
    let minted = anna.get("/stream/1/token").await.json();
    assert_eq!(minted["token"].as_str().unwrap().len(), 43);
    assert_eq!(
        anna.get(minted["stream_url"].as_str().unwrap()).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_redis_url_that_is_none_is_told_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.set("data", folder.path().to_str().unwrap()).unwrap();
    settings.set("redis_url", "http://:open-sesame@host").unwrap();
    assert!(!format!("{settings:?}").contains("sesame"));
    let error = App::open(settings, Arc::new(SystemClock)).await.unwrap_err();
    let told = flaskflix_core::ErrorChain(&error).to_string();
    assert!(told.contains("redis_url") && !told.contains("sesame"), "{told}");
}
