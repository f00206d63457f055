//! The pages for people, without a browser. With one: `examples/browser-tests/origin`.

use crate::program::Folder;

#[test]
fn the_list_shows_titles_as_text() {
    let name = "<img src=x onerror=alert(1)> & \"co\".mp4";
    let folder = Folder::new().with(name, b"not a film");
    let page = folder.open(&[]).get("/");
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(!text.contains("<img src=x"), "{text}");
    assert!(
        text.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;.mp4"),
        "{text}"
    );
    let link = "/play/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%20%26%20%22co%22.mp4";
    assert!(text.contains(&format!("href=\"{link}\"")), "{text}");
}

#[test]
fn the_player_page_shows_its_title_as_text() {
    let folder = Folder::new().with("<b>.mp4", b"not a film");
    let origin = folder.open(&[]);
    let page = origin.get("/play/%3Cb%3E.mp4");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("<b>"), "{}", page.text());
    assert!(
        page.text().contains("data-base=\"/stream/%3Cb%3E.mp4/\""),
        "{}",
        page.text()
    );
    for missing in [
        "/play/none.mp4",
        "/play/%2e%2e",
        "/play/a%2fb",
        "/nothing",
        "/assets/../Cargo.toml",
        "/assets/x",
    ] {
        assert_eq!(origin.get(missing).status, 404, "{missing}");
    }
}

#[test]
fn pages_allow_nothing_inline_and_no_other_host() {
    let folder = Folder::new().with("a.mp4", b"not a film");
    let origin = folder.open(&[]);
    for target in ["/", "/play/a.mp4", "/assets/play.js", "/nothing"] {
        let page = origin.get(target);
        let policy = page
            .head
            .lines()
            .find(|line| line.starts_with("content-security-policy:"))
            .unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert!(
            page.head.contains("referrer-policy: no-referrer"),
            "{}",
            page.head
        );
        let text = page.text();
        assert!(
            !text.contains(" style=") && !text.contains("<style") && !text.contains("<script>"),
            "{text}"
        );
        assert!(
            !text.contains("src=\"http") && !text.contains("href=\"http"),
            "{text}"
        );
    }
}

#[test]
fn without_player_assets_the_page_says_what_is_missing() {
    let folder = Folder::new().with("a.mp4", b"not a film");
    let empty = folder.root().join("<empty>");
    let origin = folder.open(&["--player-assets", empty.to_str().unwrap()]);
    let text = origin.get("/play/a.mp4").text();
    assert!(text.contains("npm ci --ignore-scripts"), "{text}");
    assert!(
        text.contains("&lt;empty&gt;") && !text.contains("<empty>"),
        "{text}"
    );
    assert!(!text.contains("video.min.js"), "{text}");
    assert_eq!(origin.get("/assets/video.min.js").status, 404);
}

#[test]
fn the_list_tells_how_to_mint_only_when_tokens_are_needed() {
    let folder = Folder::new();
    assert!(
        folder
            .with_tokens(&[])
            .get("/")
            .text()
            .contains("flaskflix-origin token --key-file")
    );
    assert!(
        !folder
            .open(&[])
            .get("/")
            .text()
            .contains("flaskflix-origin token")
    );
}
