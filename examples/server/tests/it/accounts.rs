//! Accounts: who gets one, who gets in, what changes.

use std::time::{Duration, Instant};

use flaskflix_server::AccountError;
use http::{Method, StatusCode};

use crate::scene::{PASSWORD, Scene};

#[tokio::test]
async fn registering_logs_in_and_leads_on() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    let fields = [("name", "Anna"), ("password", PASSWORD), ("next", "/movie/1")];
    let answer = browser.form("/register", &fields).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/movie/1")
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn of_two_simultaneous_registrations_one_gets_the_name() {
    let scene = Scene::new().await;
    for round in 0..3 {
        let name = format!("anna{round}");
        let fields = [("name", name.as_str()), ("password", PASSWORD)];
        let mut browsers = [(); 4].map(|()| scene.browser());
        let [a, b, c, d] = &mut browsers;
        let register = |browser| async { crate::scene::Browser::form(browser, "/register", &fields).await };
        let (a, b, c, d) = tokio::join!(register(a), register(b), register(c), register(d));
        let answers = [a, b, c, d];
        let won = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(won, 1);
        for lost in answers
            .iter()
            .filter(|answer| answer.status != StatusCode::SEE_OTHER)
        {
            assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(lost.body.contains("This name is taken."), "{}", lost.body);
        }
    }
}

#[tokio::test]
async fn names_are_one_in_whatever_capitals() {
    let scene = Scene::new().await;
    scene.user("Zoë").await;
    let again = scene
        .browser()
        .form("/register", &[("name", "ZOË"), ("password", PASSWORD)])
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        scene.browser().log_in("zoË", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_and_keeps_the_name_not_the_password() {
    let scene = Scene::new().await;
    for (name, password, why) in [
        ("a", PASSWORD, "2 to 40"),
        ("<script>alert(1)</script>", PASSWORD, "2 to 40"),
        ("anna", "short77", "8 to 200"),
    ] {
        let answer = scene
            .browser()
            .form("/register", &[("name", name), ("password", password)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(why), "{}", answer.body);
        assert!(
            !answer.body.contains(password) && !answer.body.contains("<script>"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    let wrong = scene.browser().log_in("anna", "not the password").await;
    let unknown = scene.browser().log_in("nobody", "not the password").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(
        wrong.body.replace("anna", "X"),
        unknown.body.replace("nobody", "X")
    );
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    let accounts = scene.app.accounts();
    let fastest = async |name: &str| {
        let mut times = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            assert!(matches!(
                accounts.verify(name, "wrong wrong").await,
                Err(AccountError::WrongCredentials)
            ));
            times.push(begun.elapsed());
        }
        times.into_iter().min().unwrap()
    };
    let known = fastest("anna").await;
    for name in ["nobody", "a", "not/a/name"] {
        let unknown = fastest(name).await;
        // Without a hash to check it would be less than a hundredth; a busy machine makes a factor of three by itself.
        assert!(unknown * 10 > known, "{name}: {unknown:?}, {known:?}");
    }
}

#[tokio::test]
async fn registration_can_be_closed() {
    let scene = Scene::with(&[("registration", "off")]).await;
    assert_eq!(
        scene.browser().get("/register").await.status,
        StatusCode::FORBIDDEN
    );
    let fields = [("name", "anna"), ("password", PASSWORD)];
    assert_eq!(
        scene.browser().form("/register", &fields).await.status,
        StatusCode::FORBIDDEN
    );
    assert!(!scene.browser().get("/login").await.body.contains("/register"));
    assert_eq!(scene.count("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn a_private_site_shows_strangers_the_door_only() {
    let scene = Scene::with(&[("private", "on")]).await;
    for target in ["/", "/movie/1", "/posters/generated/1.svg", "/nothing"] {
        let answer = scene.browser().get(target).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{target}");
        assert!(answer.header("location").starts_with("/login?next="), "{target}");
    }
    assert_eq!(scene.browser().get("/login").await.status, StatusCode::OK);
    let json = scene
        .browser()
        .send(Method::GET, "/", &[("accept", "application/json")], String::new())
        .await;
    assert_eq!(json.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let scene = Scene::new().await;
    let mut here = scene.signed_in("anna").await;
    let mut elsewhere = scene.browser();
    elsewhere.log_in("anna", PASSWORD).await;
    let mut bert = scene.signed_in("bert").await;

    let wrong = here
        .form(
            "/account",
            &[("current", "not this one"), ("password", "battery staple")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(elsewhere.is_signed_in().await);

    let before = here.session();
    let changed = here
        .form(
            "/account",
            &[("current", PASSWORD), ("password", "battery staple")],
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(here.session(), before);
    assert!(here.is_signed_in().await && bert.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(
        elsewhere.log_in("anna", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        elsewhere.log_in("anna", "battery staple").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_removed_user_is_out_and_leaves_nothing() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let body = r#"{"current_time": 100, "total_duration": 1000}"#;
    anna.send(Method::POST, "/stream/1/progress", &[], body.to_owned())
        .await;
    let user = scene.app.accounts().named("anna").await.unwrap().unwrap();
    scene.app.accounts().remove(user.id).await.unwrap();
    assert!(!anna.is_signed_in().await);
    assert_eq!(
        scene
            .count("SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM watch_progress)")
            .await,
        0
    );
    // The next user of that name starts anew.
    assert_ne!(scene.user("anna").await.id, user.id);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let scene = Scene::new().await;
    let accounts = scene.app.accounts();
    let root = accounts.register_admin("root", PASSWORD).await.unwrap();
    assert!(matches!(
        accounts.remove(root.id).await,
        Err(AccountError::LastAdmin)
    ));
    assert!(matches!(
        accounts.set_admin(root.id, false).await,
        Err(AccountError::LastAdmin)
    ));
    let other = scene.user("other").await;
    accounts.set_admin(other.id, true).await.unwrap();
    assert_eq!(accounts.count_admins().await.unwrap(), 2);
    // Of two who are demoted at once, one stays.
    let (a, b) = tokio::join!(
        accounts.set_admin(root.id, false),
        accounts.set_admin(other.id, false)
    );
    assert_eq!([a.is_ok(), b.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
    assert_eq!(accounts.count_admins().await.unwrap(), 1);
    assert!(matches!(accounts.remove(4711).await, Err(AccountError::Unknown)));
}

#[tokio::test]
async fn a_page_that_needs_a_log_in_comes_after_it() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    let answer = browser.get("/account").await;
    assert_eq!(answer.header("location"), "/login?next=%2Faccount");
    let form = browser.get(answer.header("location")).await;
    assert!(
        form.body.contains(r#"name="next" value="/account""#),
        "{}",
        form.body
    );
    let fields = [("name", "anna"), ("password", PASSWORD), ("next", "/account")];
    scene.user("anna").await;
    assert_eq!(
        browser.form("/login", &fields).await.header("location"),
        "/account"
    );
    assert_eq!(
        browser.get("/login?next=/account").await.header("location"),
        "/account",
        "logged in already"
    );
}

#[tokio::test]
async fn a_link_cannot_lead_off_the_site() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\t//evil.example",
    ] {
        let fields = [("name", "anna"), ("password", PASSWORD), ("next", next)];
        assert_eq!(
            scene.browser().form("/login", &fields).await.header("location"),
            "/",
            "{next:?}"
        );
    }
}

#[tokio::test]
async fn accounts_are_dated_by_the_clock() {
    let scene = Scene::new().await;
    scene.advance(Duration::from_secs(60));
    assert_eq!(scene.user("anna").await.created_at.as_millis(), 1_800_000_060_000);
}
