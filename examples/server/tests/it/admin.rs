//! The pages for administrators: movies, the chooser, the probe.

use flaskflix_core::testing::mp4::{TestCodec, TestMovie, TestTrack};
use http::{Method, StatusCode};

use crate::scene::{Answer, Browser, PASSWORD, Scene};

/// An image of 400 x 600 as far as its header tells.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x90\0\0\x02\x58 and so on";

/// A film of 10 seconds with a picture and English sound.
fn film() -> Vec<u8> {
    let picture = (0..250).map(|n| (1000, 512, 0, n % 25 == 0)).collect();
    let sound = (0..469).map(|_| (200, 1024, 0, true)).collect();
    let mut sound = TestTrack::new(TestCodec::Aac, 48_000, sound);
    sound.language = *b"eng";
    TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, picture), sound])
        .build()
        .to_vec()
}

fn put(scene: &Scene, name: &str, bytes: &[u8]) {
    let path = scene.app.settings().media().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Sends the movie form as a browser does, with an image when there is one.
async fn post(
    browser: &mut Browser,
    target: &str,
    fields: &[(&str, &str)],
    image: Option<(&str, &[u8])>,
) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, bytes)) = image {
        let head = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"poster\"; filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    let lines = [
        ("content-type", "multipart/form-data; boundary=edge"),
        ("sec-fetch-site", "same-origin"),
    ];
    browser.send(Method::POST, target, &lines, body).await
}

#[tokio::test]
async fn everything_here_needs_an_administrator() {
    let scene = Scene::new().await;
    let anna = scene.user("anna").await;
    let mut viewer = scene.browser();
    viewer.log_in("anna", PASSWORD).await;
    for target in ["/admin", "/admin/movies/new", "/admin/movies/1", "/admin/users"] {
        assert_eq!(viewer.get(target).await.status, StatusCode::FORBIDDEN, "{target}");
        let guest = scene.browser().get(target).await;
        assert!(guest.header("location").starts_with("/login?next="), "{target}");
    }
    for target in ["/admin/probe?path=film.bin", "/admin/browse?dir="] {
        assert_eq!(viewer.get(target).await.status, StatusCode::FORBIDDEN, "{target}");
        assert_eq!(
            scene.browser().get(target).await.status,
            StatusCode::UNAUTHORIZED,
            "{target}"
        );
    }
    for target in [
        "/admin/movies/1/delete".to_owned(),
        format!("/admin/users/{}/admin", anna.id),
        format!("/admin/users/{}/remove", anna.id),
    ] {
        assert_eq!(
            viewer.form(&target, &[]).await.status,
            StatusCode::FORBIDDEN,
            "{target}"
        );
    }
    for target in ["/admin/movies/new", "/admin/movies/1"] {
        let answer = post(
            &mut viewer,
            target,
            &[("title", "x"), ("video_url", "film.bin")],
            None,
        )
        .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
    }
    assert_eq!(
        scene
            .count("SELECT count(*) FROM movies WHERE title = 'Big Film'")
            .await,
        1
    );
    assert_eq!(scene.count("SELECT count(*) FROM movies").await, 1);
}

#[tokio::test]
async fn a_movie_that_was_added_comes_back_as_it_was_typed() {
    let scene = Scene::new().await;
    put(&scene, "films/salt.mp4", &film());
    let mut admin = scene.admin().await;
    let fields = [
        ("title", " Salt & <Iron> "),
        ("description", "One.\r\n\r\nTwo."),
        ("release_year", "1949"),
        ("genre", "Drama"),
        ("video_url", "films/salt.mp4"),
    ];
    let added = post(&mut admin, "/admin/movies/new", &fields, Some(("p.png", PNG))).await;
    assert_eq!(
        (added.status, added.header("location")),
        (StatusCode::SEE_OTHER, "/admin/movies/2?done=added")
    );
    let movie = scene.app.movies().movie(2).await.unwrap().unwrap();
    assert_eq!(
        (movie.title.as_str(), movie.release_year),
        ("Salt & <Iron>", Some(1949))
    );
    assert_eq!(movie.duration_seconds, Some(10), "filled from the film");
    let poster = movie.poster.unwrap();
    let served = admin.get(&poster).await;
    assert_eq!(
        (served.status, served.header("content-type")),
        (StatusCode::OK, "image/png")
    );

    let form = admin.get("/admin/movies/2").await.body;
    for text in [
        "value=\"Salt &#38; &#60;Iron&#62;\"",
        "value=\"1949\"",
        "value=\"films/salt.mp4\"",
        &poster,
    ] {
        assert!(form.contains(text), "{text}");
    }
    for text in [
        "Plays",
        "Picture 640 × 360",
        "avc1.64001f",
        "Sound, English, stereo",
        "segments",
        "kbit/s",
    ] {
        assert!(form.contains(text), "{text}");
    }

    let page = admin.get("/movie/2").await.body;
    assert!(
        page.contains("1949 · Drama · 10 s") && page.contains("360p") && page.contains("English"),
        "{page}"
    );
}

#[tokio::test]
async fn an_edit_replaces_what_was_there_and_the_poster_can_be_taken_away() {
    let scene = Scene::new().await;
    put(&scene, "films/salt.mp4", &film());
    let mut admin = scene.admin().await;
    let fields = [
        ("title", "Iron"),
        ("video_url", "film.bin"),
        ("release_year", "1949"),
    ];
    post(&mut admin, "/admin/movies/new", &fields, Some(("p.png", PNG))).await;
    let poster = scene
        .app
        .movies()
        .movie(2)
        .await
        .unwrap()
        .unwrap()
        .poster
        .unwrap();
    let fields = [
        ("title", "Salt"),
        ("video_url", "films/salt.mp4"),
        ("remove_poster", "yes"),
    ];
    let saved = post(&mut admin, "/admin/movies/2", &fields, None).await;
    assert_eq!(saved.header("location"), "/admin/movies/2?done=saved");
    let movie = scene.app.movies().movie(2).await.unwrap().unwrap();
    assert_eq!(
        (movie.title.as_str(), movie.release_year, movie.poster),
        ("Salt", None, None)
    );
    assert_eq!(
        admin.get(&poster).await.status,
        StatusCode::NOT_FOUND,
        "nobody uses it any more"
    );
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let scene = Scene::new().await;
    put(&scene, "note.mp4", b"not a film at all");
    let mut admin = scene.admin().await;
    for (changed, error, text) in [
        (&[("title", "")][..], "title-error", "Every movie has a title"),
        (&[("video_url", "../etc/passwd")], "video_url-error", ".."),
        (
            &[("video_url", "gone.mp4")],
            "video_url-error",
            "There is no file gone.mp4",
        ),
        (&[("video_url", "note.mp4")], "video_url-error", "not an MP4 film"),
        (&[("video_url", "")], "video_url-error", "Choose a file"),
        (
            &[("hls_url", "gone.m3u8")],
            "hls_url-error",
            "There is no file gone.m3u8",
        ),
        (
            &[("quality_variants", "big:a.mp4")],
            "quality_variants-error",
            "height",
        ),
        (&[("release_year", "soon")], "year-error", "A year"),
    ] {
        // Of a field that comes twice the last one counts.
        let fields = [
            &[("title", "x"), ("video_url", "film.bin"), ("genre", "Kept")],
            changed,
        ]
        .concat();
        let answer = post(&mut admin, "/admin/movies/new", &fields, None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        let place = answer
            .body
            .find(&format!("id=\"{error}\""))
            .unwrap_or_else(|| panic!("{error} for {fields:?}"));
        let shown = answer.body[place..].split("</p>").next().unwrap();
        assert!(shown.contains(text), "{fields:?}: {shown}");
        assert!(answer.body.contains("value=\"Kept\""));
    }
    assert_eq!(scene.count("SELECT count(*) FROM movies").await, 1);
}

#[tokio::test]
async fn addresses_on_other_hosts_are_taken_and_never_fetched() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    let fields = [("title", "Far"), ("video_url", "https://cdn.example/a.mp4")];
    assert_eq!(
        post(&mut admin, "/admin/movies/new", &fields, None).await.status,
        StatusCode::SEE_OTHER
    );
    let list = admin.get("/admin").await.body;
    assert!(list.contains("Another host") && list.contains("not checked"));
}

#[tokio::test]
async fn a_movie_whose_file_has_gone_can_still_be_renamed() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    std::fs::remove_file(scene.app.settings().media().join("film.bin")).unwrap();
    assert!(
        admin
            .get("/admin")
            .await
            .body
            .contains("There is no file film.bin")
    );
    let page = admin.get("/movie/1").await.body;
    assert!(page.contains("cannot be played just now") && page.contains("There is no file"));
    let viewer = scene.signed_in("anna").await.get("/movie/1").await.body;
    assert!(
        viewer.contains("cannot be played") && !viewer.contains("film.bin"),
        "viewers learn no names of files"
    );
    let fields = [("title", "Renamed"), ("video_url", "film.bin")];
    assert_eq!(
        post(&mut admin, "/admin/movies/1", &fields, None).await.status,
        StatusCode::SEE_OTHER
    );
    let other = [("title", "Renamed"), ("video_url", "other.bin")];
    assert_eq!(
        post(&mut admin, "/admin/movies/1", &other, None).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn only_images_become_posters() {
    let scene = Scene::with(&[("max_upload", "64KiB")]).await;
    let mut admin = scene.admin().await;
    let large = [PNG, &[0; 70_000]].concat();
    let fields = [("title", "x"), ("video_url", "film.bin")];
    for (name, bytes, why) in [
        (
            "p.png",
            &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..],
            "not a PNG, JPEG or WebP",
        ),
        (
            "p.png",
            b"<!doctype html><script>alert(1)</script>",
            "not a PNG, JPEG or WebP",
        ),
        ("p.gif", b"GIF89a", "not a PNG, JPEG or WebP"),
        ("p.png", &PNG[..12], "damaged"),
        ("p.png", &large, "larger than 64 KiB"),
    ] {
        let answer = post(&mut admin, "/admin/movies/new", &fields, Some((name, bytes))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        let place = answer.body.find("id=\"poster-error\"").expect(why);
        assert!(
            answer.body[place..].split("</p>").next().unwrap().contains(why),
            "{why}"
        );
    }
    assert_eq!(std::fs::read_dir(scene.app.posters_folder()).unwrap().count(), 0);
    // The name that a browser tells is not used.
    let answer = post(
        &mut admin,
        "/admin/movies/new",
        &fields,
        Some(("../../evil.html", PNG)),
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let names: Vec<_> = std::fs::read_dir(scene.app.posters_folder()).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn a_poster_that_two_movies_share_stays_for_the_other() {
    let scene = Scene::new().await;
    let mut admin = scene.admin().await;
    let fields = [("title", "x"), ("video_url", "film.bin")];
    for _ in 0..2 {
        post(&mut admin, "/admin/movies/new", &fields, Some(("p.png", PNG))).await;
    }
    let poster = scene
        .app
        .movies()
        .movie(2)
        .await
        .unwrap()
        .unwrap()
        .poster
        .unwrap();
    assert_eq!(
        admin.form("/admin/movies/2/delete", &[]).await.header("location"),
        "/admin?done=deleted"
    );
    assert_eq!(admin.get(&poster).await.status, StatusCode::OK);
    admin.form("/admin/movies/3/delete", &[]).await;
    assert_eq!(admin.get(&poster).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        admin.form("/admin/movies/3/delete", &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_chooser_and_the_probe_stay_below_the_media_folder() {
    let scene = Scene::new().await;
    put(&scene, "films/a.mp4", &film());
    put(&scene, "films/.hidden", b"x");
    std::os::unix::fs::symlink("/etc", scene.app.settings().media().join("etc")).unwrap();
    let mut admin = scene.admin().await;
    let top = admin.get("/admin/browse?dir=").await.json();
    let names: Vec<_> = top["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["name"])
        .collect();
    assert_eq!(names, ["films", "film.bin"]);
    let films = admin.get("/admin/browse?dir=films").await.json();
    assert_eq!(films["entries"][0]["path"], "films/a.mp4");
    assert_eq!(
        (films["entries"].as_array().unwrap().len(), &films["parent"]),
        (1, &serde_json::json!(""))
    );
    for dir in [
        "..",
        "films/..",
        "/etc",
        "etc",
        "films/a.mp4",
        "..%2f..",
        "%00",
        "gone",
    ] {
        let answer = admin.get(&format!("/admin/browse?dir={dir}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{dir}");
    }
    for path in [
        "../flaskflix.db",
        "/etc/passwd",
        "etc/passwd",
        "file:///etc/passwd",
        "films/%2e%2e/x",
    ] {
        let probed = admin.get(&format!("/admin/probe?path={path}")).await.json();
        assert_eq!(probed["state"], "refused", "{path}");
        assert!(probed["tracks"].as_array().unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_probe_tells_tracks_and_plan_or_the_reason() {
    let scene = Scene::new().await;
    put(&scene, "films/a.mp4", &film());
    let mut admin = scene.admin().await;
    let found = admin.get("/admin/probe?path=films/a.mp4").await.json();
    assert_eq!(
        (&found["state"], &found["reason"]),
        (&serde_json::json!("plays"), &serde_json::Value::Null)
    );
    assert_eq!(found["tracks"].as_array().unwrap().len(), 2);
    assert!(found["duration_seconds"].as_f64().unwrap() >= 10.0);
    assert_eq!(
        (&found["qualities"][0], &found["languages"][0]),
        (&serde_json::json!("360p"), &serde_json::json!("English"))
    );
    put(
        &scene,
        "films/a.en.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    );
    let found = admin.get("/admin/probe?path=films/a.mp4").await.json();
    let subtitles = found["tracks"].to_string();
    assert!(
        subtitles.contains("Subtitles, English") && subtitles.contains("films/a.en.srt"),
        "{subtitles}"
    );
    let nothing = admin.get("/admin/probe?path=gone.mp4").await.json();
    assert!(
        nothing["reason"]
            .as_str()
            .unwrap()
            .starts_with("There is no file gone.mp4")
    );
    let html = [("accept", "text/html")];
    let fragment = admin
        .send(
            Method::GET,
            "/admin/probe?video_url=%3Cb%3E.mp4",
            &html,
            String::new(),
        )
        .await;
    assert_eq!(fragment.status, StatusCode::OK);
    assert!(
        fragment.body.contains("&#60;b&#62;.mp4") && !fragment.body.contains("<b>"),
        "{}",
        fragment.body
    );
}

#[tokio::test]
async fn a_finished_stream_is_followed_to_its_first_segments() {
    let scene = Scene::new().await;
    put(
        &scene,
        "hls/master.m3u8",
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360\n360/index.m3u8\n",
    );
    put(
        &scene,
        "hls/360/index.m3u8",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n0.ts\n#EXTINF:5.5,\n1.ts\n#EXT-X-ENDLIST\n",
    );
    let mut admin = scene.admin().await;
    let missing = admin.get("/admin/probe?hls_url=hls/master.m3u8").await.json();
    assert!(
        missing["reason"].as_str().unwrap().contains("hls/360/0.ts"),
        "{missing}"
    );
    put(&scene, "hls/360/0.ts", b"G");
    let found = admin.get("/admin/probe?hls_url=hls/master.m3u8").await.json();
    assert_eq!(
        (&found["state"], &found["qualities"][0]),
        (&serde_json::json!("plays"), &serde_json::json!("360p"))
    );
    assert_eq!(found["duration_seconds"], 15.5);
}
