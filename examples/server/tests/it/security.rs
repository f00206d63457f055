//! What an attacker tried, and what came of it. The list of it all is docs/SECURITY.md.

use std::time::Duration;

use flaskflix_server::{App, Settings};
use flaskflix_storage::sql::MovieData;
use http::{Method, StatusCode};

use crate::scene::{Browser, PASSWORD, Scene};

const HOSTILE: &str = r#""><img src=x onerror=alert(1)></script></textarea>'&"#;

async fn guess(browser: &Browser, name: &str) -> StatusCode {
    browser.clone().log_in(name, "wrong wrong").await.status
}

/// The signing key and the database are files as any other to whoever serves files.
#[tokio::test]
async fn the_data_folder_is_never_below_the_media_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (media, data) = (folder.path().join("media"), folder.path().join("media/in/data"));
    std::fs::create_dir_all(&media).unwrap();
    std::os::unix::fs::symlink(&media, folder.path().join("link")).unwrap();
    for films in ["media", "media/in", "media/in/data", "link", "media/../link/in"] {
        let mut settings = Settings::default();
        settings.set("data", data.to_str().unwrap()).unwrap();
        settings
            .set("media", folder.path().join(films).to_str().unwrap())
            .unwrap();
        std::fs::create_dir_all(folder.path().join("media/in")).unwrap();
        let clock = std::sync::Arc::new(flaskflix_core::time::SystemClock);
        let error = App::open(settings, clock).await.expect_err(films);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("could be served as films"), "{films}: {cause}");
        assert!(
            !data.join("signing.key").exists(),
            "{films}: nothing secret was made"
        );
    }
}

/// Whoever knows a name can use up its tries, for ever: one every 90 seconds is enough. Its owner comes from where they
/// have logged in before.
#[tokio::test]
async fn a_stranger_cannot_lock_the_owner_out() {
    let scene = Scene::new().await;
    scene.user("anna").await;
    let mut home = scene.browser().at("198.51.100.1");
    assert_eq!(home.log_in("anna", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let stranger = scene.browser().at("203.0.113.7");
    for _ in 0..3 {
        while guess(&stranger, "anna").await != StatusCode::TOO_MANY_REQUESTS {}
        assert_eq!(home.log_in("Anna", PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert_eq!(
            guess(&stranger, "anna").await,
            StatusCode::TOO_MANY_REQUESTS,
            "the owner's log-in does not give the stranger new tries"
        );
        scene.advance(Duration::from_secs(90));
    }
    // Guessing from there is limited as from everywhere.
    for _ in 0..10 {
        assert_eq!(guess(&home, "anna").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(guess(&home, "anna").await, StatusCode::TOO_MANY_REQUESTS);
}

/// A stream token outlives the account. What it reports would stay for ever: nobody could delete it any more.
#[tokio::test]
async fn the_token_of_a_removed_user_stores_nothing() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    let token = anna.get("/stream/1/token").await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let report = format!(r#"{{"current_time": 100, "total_duration": 1000, "token": "{token}"}}"#);
    let mut player = scene.browser();
    let saved = player
        .send(Method::POST, "/stream/1/progress", &[], report.clone())
        .await;
    assert_eq!(
        saved.status,
        StatusCode::OK,
        "a player without cookies may report"
    );

    let user = scene.app.accounts().named("anna").await.unwrap().unwrap();
    scene.app.accounts().remove(user.id).await.unwrap();
    let mark = report.replacen(
        "\"current_time\": 100, \"total_duration\": 1000",
        "\"watched\": true",
        1,
    );
    for (method, body) in [(Method::POST, report), (Method::PUT, mark)] {
        let answer = player.send(method.clone(), "/stream/1/progress", &[], body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{method}: {}",
            answer.body
        );
    }
    assert_eq!(scene.count("SELECT count(*) FROM watch_progress").await, 0);
}

/// What only members may see, no cache on the way may keep for others.
#[tokio::test]
async fn posters_of_a_private_site_stay_in_the_browser() {
    for (private, kept) in [("on", "private, "), ("off", "public, ")] {
        let scene = Scene::with(&[("private", private)]).await;
        let mut anna = scene.signed_in("anna").await;
        for target in ["/posters/generated/1.svg", "/posters/backdrop/1.svg"] {
            let answer = anna.get(target).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(
                answer.header("cache-control").starts_with(kept),
                "{private} {target}"
            );
        }
    }
}

#[tokio::test]
async fn a_private_site_tells_strangers_nothing_about_its_movies() {
    let scene = Scene::with(&[("private", "on")]).await;
    for target in [
        "/",
        "/?q=Big",
        "/movie/1",
        "/movie/1/watch",
        "/posters/generated/1.svg",
        "/posters/backdrop/1.svg",
        "//posters/generated/1.svg",
        "/posters/generated/../generated/1.svg",
        "/static/../movie/1",
        "/healthz/../movie/1",
        "/stream/1/token",
        "/stream/1/progress",
        "/stream/1/video",
        "/stream/1/master.m3u8",
        "/continue-watching",
        "/api",
        "/api/openapi.json",
        "/admin",
        "/admin/browse",
        "/admin/probe?path=film.bin",
    ] {
        for accept in ["text/html", "application/json"] {
            let lines = [("accept", accept)];
            let answer = scene
                .browser()
                .send(Method::GET, target, &lines, String::new())
                .await;
            assert!(!answer.status.is_success(), "{target}: {}", answer.status);
            assert!(!answer.body.contains("Big Film"), "{target}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn hostile_texts_are_texts_on_every_page_and_in_every_picture() {
    let scene = Scene::new().await;
    let movie = MovieData {
        title: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        genre: HOSTILE.to_owned(),
        video_url: Some("film.bin".to_owned()),
        progressive: true,
        ..MovieData::default()
    };
    let now = scene.app.clock().now_millis();
    let id = scene.app.movies().insert(&movie, now).await.unwrap();
    let mut root = scene.admin().await;
    let body = r#"{"current_time": 400, "total_duration": 1000}"#;
    root.send(
        Method::POST,
        &format!("/stream/{id}/progress"),
        &[],
        body.to_owned(),
    )
    .await;
    let hostile =
        percent_encoding::utf8_percent_encode(HOSTILE, percent_encoding::NON_ALPHANUMERIC).to_string();
    for target in [
        "/".to_owned(),
        format!("/?q={hostile}"),
        format!("/movie/{id}"),
        format!("/movie/{id}/watch"),
        "/admin".to_owned(),
        format!("/admin?q={hostile}"),
        format!("/admin/movies/{id}"),
        "/admin/users".to_owned(),
        format!("/posters/generated/{id}.svg"),
        format!("/posters/backdrop/{id}.svg"),
        format!("/{hostile}"),
        format!("/login?next=/{hostile}"),
        format!("/api/{hostile}"),
    ] {
        let answer = root.get(&target).await;
        assert!(!answer.body.contains("<img src=x"), "{target}: {}", answer.body);
        assert!(!answer.body.contains("</textarea>'"), "{target}");
    }
    // JSON is JSON, and no browser may think otherwise.
    let json = root.get("/continue-watching").await;
    assert_eq!(json.json()[0]["movie"]["title"], HOSTILE);
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.header("x-content-type-options"), "nosniff");
    // And the admin's form keeps what it was sent.
    let lines = [
        ("content-type", "multipart/form-data; boundary=b"),
        ("sec-fetch-site", "same-origin"),
    ];
    let form = format!("--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n{HOSTILE}\r\n--b--\r\n");
    let again = root.send(Method::POST, "/admin/movies/new", &lines, form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!again.body.contains("<img src=x"), "{}", again.body);
}

#[tokio::test]
async fn numbers_that_overflow_and_queries_that_are_none_fail_nothing() {
    let scene = Scene::new().await;
    let mut root = scene.admin().await;
    let long = format!("/?q={}", "x".repeat(60_000));
    let deep = format!("/admin/browse?dir={}x", "a/".repeat(10_000));
    for target in [
        "/?page=999999999999",
        "/?page=-1",
        "/?page=4294967295",
        "/?q=a&q=b",
        "/?q=%ff%00",
        &long,
        &deep,
        "/movie/99999999999999999999",
        "/movie/-9223372036854775808",
        "/movie/%00",
        "/movie/%ff",
        "/movie/1/watch?t=1e999",
        "/admin/movies/9223372036854775808",
        "/admin/probe?path=%00",
        "/posters/generated/99999999999999999999.svg",
        "/posters/uploaded/%2e%2e%2fflaskflix.db",
        "/static/%2e%2e/Cargo.toml",
        "/static/watch/x/%2e%2e%2f",
        "/continue-watching?limit=99999999999999999999",
        "/continue-watching?cursor=%ff%00",
        "/stream/99999999999999999999/token",
    ] {
        let answer = root.get(target).await;
        let shown = &target[..target.len().min(60)];
        assert!(!answer.status.is_server_error(), "{shown}: {}", answer.status);
    }
    for target in [
        "/admin/users/99999999999999999999/remove",
        "/admin/users/1/else",
        "/admin/users/-1/remove",
    ] {
        let answer = root.form(target, &[]).await;
        assert!(answer.status.is_client_error(), "{target}: {}", answer.status);
    }
}

#[tokio::test]
async fn no_form_however_odd_is_our_fault() {
    let scene = Scene::new().await;
    let mut root = scene.admin().await;
    let fields = "a=1&".repeat(100_000);
    let parts = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n".repeat(5_000) + "--b--\r\n";
    let nested = format!(
        "--b\r\nContent-Disposition: form-data; name=\"title\"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{}\r\n--b--\r\n",
        "--c\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n".repeat(1_000)
    );
    let header = format!(
        "--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n1\r\n--b--\r\n",
        "a".repeat(1 << 20)
    );
    let long = format!(
        "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n{}\r\n--b--\r\n",
        "a".repeat(1 << 20)
    );
    for (target, kind, body) in [
        ("/login", "application/x-www-form-urlencoded", fields.as_str()),
        (
            "/login",
            "application/x-www-form-urlencoded",
            "name=a&name=b&password=c",
        ),
        (
            "/login",
            "application/x-www-form-urlencoded",
            "name=anna&password=%ff",
        ),
        ("/login", "multipart/form-data; boundary=b", &parts),
        ("/admin/movies/new", "multipart/form-data; boundary=b", &parts),
        ("/admin/movies/new", "multipart/form-data; boundary=b", &nested),
        ("/admin/movies/new", "multipart/form-data; boundary=b", &header),
        ("/admin/movies/new", "multipart/form-data; boundary=b", &long),
        ("/admin/movies/new", "multipart/form-data; boundary=b", "--b\r\n"),
        ("/admin/movies/new", "multipart/form-data", "x"),
        (
            "/admin/movies/new",
            "application/x-www-form-urlencoded",
            "title=x",
        ),
    ] {
        let lines = [("content-type", kind), ("sec-fetch-site", "same-origin")];
        let answer = root.send(Method::POST, target, &lines, body.to_owned()).await;
        let shown = &body[..body.len().min(60)];
        assert!(
            answer.status.is_client_error(),
            "{target} {shown:?}: {}",
            answer.status
        );
        assert!(
            answer.body.len() < 100 << 10,
            "{target} {shown:?}: {} bytes",
            answer.body.len()
        );
    }
    assert_eq!(scene.count("SELECT count(*) FROM movies").await, 1);
}

#[tokio::test]
async fn a_movie_cannot_lead_out_of_the_media_folder() {
    let scene = Scene::new().await;
    let mut root = scene.admin().await;
    for (field, value) in [
        ("video_url", "../flaskflix.db"),
        ("video_url", "../signing.key"),
        ("video_url", "/etc/passwd"),
        ("video_url", "file:///etc/passwd"),
        ("video_url", "//evil.example/x.mp4"),
        (
            "video_url",
            "https://evil.example;script-src 'unsafe-inline'/x.mp4",
        ),
        ("video_url", "https://user:word@evil.example/x.mp4"),
        ("hls_url", "../x.m3u8"),
        ("hls_url", "javascript:alert(1)//x.m3u8"),
        ("quality_variants", "360p:../x.m3u8"),
        (
            "quality_variants",
            "360p:https://a.example/x.m3u8\n#EXT-X-KEY,720p:b.m3u8",
        ),
    ] {
        let part = |name, value| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = part("title", "x") + &part("progressive", "on") + &part(field, value) + "--b--\r\n";
        let lines = [("content-type", "multipart/form-data; boundary=b")];
        let answer = root.send(Method::POST, "/admin/movies/new", &lines, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}");
    }
    assert_eq!(scene.count("SELECT count(*) FROM movies").await, 1);
}

/// A proxy that names no client makes everybody look local; one that says anything of itself is found out.
#[tokio::test]
async fn metrics_are_not_shown_through_a_proxy_that_is_not_trusted() {
    let scene = Scene::new().await;
    let local = scene.browser().at("127.0.0.1");
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "x-forwarded-proto",
        "x-forwarded-host",
        "via",
        "cf-connecting-ip",
    ] {
        let answer = local
            .clone()
            .send(Method::GET, "/metrics", &[(name, "127.0.0.1")], String::new())
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
    }
}

/// What is said twice is not believed once.
#[tokio::test]
async fn a_second_origin_does_not_hide_behind_the_first() {
    let scene = Scene::new().await;
    let mut anna = scene.signed_in("anna").await;
    for lines in [
        [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
        ],
        [
            ("origin", "http://films.example"),
            ("origin", "http://evil.example"),
        ],
        [("origin", "null://films.example"), ("x", "y")],
    ] {
        let answer = anna.send(Method::POST, "/logout", &lines, String::new()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{lines:?}");
    }
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn an_administrator_cannot_change_the_own_account_and_a_demoted_one_is_out_at_once() {
    let scene = Scene::new().await;
    let mut root = scene.admin().await;
    for action in ["remove", "viewer", "admin", "password"] {
        let answer = root.form(&format!("/admin/users/1/{action}"), &[]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{action}");
    }
    let mut other = scene.signed_in("other").await;
    assert_eq!(
        root.form("/admin/users/2/admin", &[]).await.status,
        StatusCode::OK
    );
    assert_eq!(other.get("/admin").await.status, StatusCode::OK);
    assert_eq!(
        root.form("/admin/users/2/viewer", &[]).await.status,
        StatusCode::OK
    );
    assert_eq!(other.get("/admin").await.status, StatusCode::FORBIDDEN);
}
