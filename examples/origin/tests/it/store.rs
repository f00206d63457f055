//! Films in a bucket are served as films in a folder are, byte for byte.

use std::time::Instant;

use flaskflix_storage::testing::PrivateS3;

use crate::{
    demo_film::with_demo,
    program::{Folder, Origin, run},
};

/// An S3 server with the files of a folder.
struct Bucket(PrivateS3);

impl Bucket {
    /// Starts one; `None`, with a line that says so, when it is not installed.
    fn of(folder: &Folder) -> Option<Self> {
        let server = PrivateS3::start().unwrap()?;
        server
            .put_folder("films", "of this year/", &folder.root())
            .unwrap();
        Some(Self(server))
    }

    fn origin(&self, more: &[&str]) -> Origin {
        let address = format!("s3://films/of%20this%20year?endpoint={}", self.0.endpoint());
        let credentials = [
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "a-hushed-secret"),
        ];
        Origin::start_with(&[&["--source", &address, "--open"], more].concat(), &credentials)
    }
}

/// What a playlist names.
fn children(playlist: &str) -> Vec<String> {
    let lines = playlist
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let tagged = playlist
        .split("URI=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    lines.chain(tagged).map(str::to_owned).collect()
}

#[test]
fn bucket_is_served_as_the_folder_is() {
    let folder = with_demo();
    let Some(bucket) = Bucket::of(&folder) else { return };
    let (near, far) = (folder.open(&[]), bucket.origin(&[]));
    assert_eq!(near.get("/").body, far.get("/").body, "the list of titles");

    let mut pages = vec!["/stream/demo/master.m3u8".to_owned()];
    let (mut seen, mut media_bytes) = (0, 0);
    while let Some(page) = pages.pop() {
        let (a, b) = (near.get(&page), far.get(&page));
        assert_eq!((a.status, b.status), (200, 200), "{page}");
        assert!(a.body == b.body, "{page}");
        seen += 1;
        if page.ends_with(".m3u8") {
            let folder = page.rsplit_once('/').unwrap().0;
            let text = a.text();
            pages.extend(children(&text).iter().map(|child| format!("{folder}/{child}")));
        } else {
            media_bytes += a.body.len();
        }
    }
    assert!(
        seen > 50 && media_bytes > 4_000_000,
        "{seen} resources, {media_bytes} bytes of media"
    );
}

#[test]
fn what_is_missing_in_the_bucket_is_missing() {
    let folder = Folder::new().with("a b.mp4", b"no film");
    let Some(bucket) = Bucket::of(&folder) else { return };
    let far = bucket.origin(&[]);
    assert_eq!(far.get("/stream/a%20b.mp4/video").body, b"no film");
    assert_eq!(far.get("/stream/b.mp4/video").status, 404);
    assert_eq!(far.get("/stream/..%2f..%2fetc/video").status, 404);
}

#[test]
fn addresses_with_credentials_are_refused() {
    let output = run(&["--source", "s3://id:hush@films", "--open"]);
    assert_eq!(output.status.code(), Some(2));
    let output = run(&["--source", "s3://films?secret_access_key=hush", "--open"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("secret_access_key") && text.contains("no setting"),
        "{text}"
    );
}

/// Not a check but a measurement, for docs/BENCHMARKS.md:
/// `cargo test -p flaskflix-origin -- --ignored --nocapture cold_start`.
#[test]
#[ignore = "prints numbers"]
fn cold_start() {
    let folder = with_demo();
    let Some(bucket) = Bucket::of(&folder) else { return };
    let blocks = folder.root().with_file_name("blocks");
    let indexes = folder.root().with_file_name("indexes");
    let tiers = [
        "--cache-memory",
        "64MiB",
        "--cache-disk",
        blocks.to_str().unwrap(),
        "--cache-disk-size",
        "64MiB",
        "--index-dir",
        indexes.to_str().unwrap(),
    ];
    println!("| start | master | playlist | first segment | requests | the whole film | requests |");
    println!("|---|---|---|---|---|---|---|");
    for (name, flags) in [
        ("no tiers", &[][..]),
        ("tiers, empty", &tiers),
        ("tiers, warm restart", &tiers),
    ] {
        let far = bucket.origin(flags);
        let (begun, before) = (Instant::now(), bucket.0.requests().unwrap());
        let asked = || bucket.0.requests().unwrap() - before;
        let mut row = format!("| {name} |");
        let get = |page: &str| {
            let answer = far.get(&format!("/stream/demo/{page}"));
            assert_eq!(answer.status, 200, "{page}");
            begun.elapsed().as_millis()
        };
        row += &format!(" {} ms | {} ms |", get("master.m3u8"), get("v1/index.m3u8"));
        get("v1/init.mp4");
        row += &format!(" {} ms | {} |", get("v1/1.m4s"), asked());
        let playlist = far.get("/stream/demo/v1/index.m3u8").text();
        for segment in playlist.lines().filter(|line| line.ends_with(".m4s")) {
            get(&format!("v1/{segment}"));
        }
        println!("{row} {} ms | {} |", begun.elapsed().as_millis(), asked());
        // Blocks go to the disk behind their readers.
        let mut far = far;
        far.signal(rustix::process::Signal::TERM);
        assert_eq!(far.exit_code(), Some(0));
    }
}
