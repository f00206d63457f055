//! The pages for administrators: users.

use http::StatusCode;

use crate::scene::{PASSWORD, Scene};

#[tokio::test]
async fn users_are_changed_and_a_new_password_is_shown_once() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    let anna = scene.user("anna").await;
    let mut annas = scene.browser();
    annas.log_in("anna", PASSWORD).await;
    let answer = admin
        .form(&format!("/admin/users/{}/password", anna.id), &[])
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let shown = answer.body.split("class=\"sample mono\"").nth(1).unwrap();
    let password = shown.split('>').nth(1).unwrap().split('<').next().unwrap();
    assert!(!annas.is_signed_in().await, "whoever knew the old one is out");
    assert_eq!(
        annas.log_in("anna", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(annas.log_in("anna", password).await.status, StatusCode::SEE_OTHER);
    assert!(!admin.get("/admin/users").await.body.contains(password));

    admin.form(&format!("/admin/users/{}/admin", anna.id), &[]).await;
    assert_eq!(annas.get("/admin").await.status, StatusCode::OK);
    admin.form(&format!("/admin/users/{}/viewer", anna.id), &[]).await;
    assert_eq!(annas.get("/admin").await.status, StatusCode::FORBIDDEN);
    let removed = admin.form(&format!("/admin/users/{}/remove", anna.id), &[]).await;
    assert!(removed.body.contains("anna was removed"));
    assert!(!annas.is_signed_in().await);
    let unknown = admin.form(&format!("/admin/users/{}/remove", anna.id), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_locks_the_house_from_inside() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    let me = scene.app.accounts().named("root").await.unwrap().unwrap();
    for action in ["viewer", "remove", "password"] {
        let answer = admin.form(&format!("/admin/users/{}/{action}", me.id), &[]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{action}");
    }
    assert_eq!(scene.app.accounts().count_admins().await.unwrap(), 1);
    assert_eq!(admin.get("/admin").await.status, StatusCode::OK);
}
