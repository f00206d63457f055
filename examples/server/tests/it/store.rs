//! Films in a bucket of a real S3 server: served, listed, cached and noted as those of a folder are.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use flaskflix_storage::testing::PrivateS3;
use tempfile::TempDir;

use crate::process::{PATIENCE, Server, command, finish, text};

/// The title of the demo film, which stands in its master playlist.
const TITLE: &str = "The FlaskFlix Demo";
/// The qualities of the demo film, as `movie add` takes them.
const VARIANTS: &str = "360p:demo/360p.mp4,720p:demo/720p.mp4,1080p:demo/1080p.mp4";
const SUBTITLES: &str = "1\n00:00:01,000 --> 00:00:04,000\nOnce upon a time.\n";

/// A bucket with the demo film and subtitles beside it; and the same in a folder.
struct Bucket {
    store: PrivateS3,
    folder: TempDir,
}

impl Bucket {
    /// `None`, with a line that says so, when there is no S3 server here.
    fn new() -> Option<Self> {
        let store = PrivateS3::start().unwrap()?;
        let folder = tempfile::tempdir().unwrap();
        let bucket = Self { store, folder };
        let demo = bucket.media().join("demo");
        fs::create_dir_all(&demo).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo");
        for quality in ["360p.mp4", "720p.mp4", "1080p.mp4"] {
            fs::copy(source.join(quality), demo.join(quality)).unwrap();
        }
        fs::write(demo.join("360p.en.srt"), SUBTITLES).unwrap();
        bucket
            .store
            .put_folder("films", "of this year/", &bucket.media())
            .unwrap();
        Some(bucket)
    }

    fn media(&self) -> PathBuf {
        self.folder.path().join("media")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Of all that lies there.
    fn bytes(&self) -> u64 {
        let files = fs::read_dir(self.media().join("demo")).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    }

    /// What leads a server to the bucket.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let url = format!("s3://films/of%20this%20year?endpoint={}", self.store.endpoint());
        vec![
            ("FLASKFLIX_MEDIA_URL", url),
            ("AWS_ACCESS_KEY_ID", "id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "a-hushed-secret".to_owned()),
        ]
    }

    fn serve(&self, data: &Path, more: &[&str]) -> Server {
        Server::start_with(data, &self.variables(), &[&["--demo"], more].concat())
    }

    /// Runs a command of the server that reads films from the bucket; its code, and what it said.
    fn run(&self, data: &Path, args: &[&str]) -> (Option<i32>, String) {
        let mut command = command(&[args, &["--data", data.to_str().unwrap()]].concat());
        command.envs(self.variables()).env("FLASKFLIX_DEMO", "true");
        let output = finish(command);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    fn add_film(&self, data: &Path) {
        assert_eq!(self.run(data, &["migrate"]).0, Some(0));
        let added = self.run(data, &["movie", "add", "--title", TITLE, "--variants", VARIANTS]);
        assert_eq!(added, (Some(0), format!("added 1\t{TITLE}\n")));
    }
}

/// The cookie of the demo viewer, and the path of the film with its token.
fn watch(server: &Server, film: u32) -> (String, String) {
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let token = server.send("GET", &format!("/stream/{film}/token"), &cookie, "");
    let (_, rest) = token.split_once("\"stream_url\":\"").unwrap();
    (cookie, rest.split_once('"').unwrap().0.to_owned())
}

/// The body of an answer that must be a success.
fn body(server: &Server, target: &str) -> Vec<u8> {
    let mut answer = server.send_for_bytes("GET", target, "", "");
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{target}: {}",
        String::from_utf8_lossy(&answer)
    );
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    answer.split_off(end + 4)
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

/// Everything that a film is served as, by the path behind its token.
fn everything(server: &Server, master: &str) -> Vec<(String, Vec<u8>)> {
    let (base, master) = master.rsplit_once('/').unwrap();
    let mut left = vec![master.to_owned()];
    let mut found = Vec::new();
    while let Some(page) = left.pop() {
        let bytes = body(server, &format!("{base}/{page}"));
        if page.ends_with(".m3u8") {
            let folder = page
                .rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let named = children(&String::from_utf8(bytes.clone()).unwrap());
            left.extend(named.into_iter().map(|child| format!("{folder}{child}")));
        }
        found.push((page, bytes));
    }
    found.sort();
    found.dedup();
    found
}

/// The value of a line of `/metrics`.
fn metric(server: &Server, line: &str) -> f64 {
    let page = server.get("/metrics");
    let value = page
        .lines()
        .find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
    value
        .unwrap_or_else(|| panic!("{line} is not in {page}"))
        .parse()
        .unwrap()
}

#[test]
fn a_film_of_the_bucket_is_served_as_that_of_the_folder_is() {
    let Some(bucket) = Bucket::new() else { return };
    let (near, far) = (bucket.path("near"), bucket.path("far"));
    bucket.add_film(&far);
    let (code, said) = bucket.run(&far, &["movie", "add", "--title", "x", "--video", "missing.mp4"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("missing.mp4 cannot be opened below s3://films/of this year"),
        "{said}"
    );

    let far = bucket.serve(&far, &[]);
    let media = bucket.media();
    let near = Server::start(&near, &["--demo", "--media", media.to_str().unwrap()]);
    let (far_cookie, far_film) = watch(&far, 1);
    let (_, near_film) = watch(&near, 1);
    let (there, here) = (everything(&far, &far_film), everything(&near, &near_film));
    let names = |of: &[(String, Vec<u8>)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&there), names(&here));
    for ((name, there), (_, here)) in there.iter().zip(&here) {
        assert!(there == here, "{name}");
    }
    let bytes: usize = there.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(
        there.len() > 50 && bytes > 4_000_000,
        "{} resources, {bytes} bytes",
        there.len()
    );
    let vtt = there.iter().find(|(name, _)| name.ends_with(".vtt"));
    let vtt = String::from_utf8_lossy(&vtt.unwrap().1).into_owned();
    assert!(
        vtt.contains("Once upon a time."),
        "subtitles beside the film: {vtt}"
    );

    let refused = far.send("GET", "/admin/browse", &far_cookie, "");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[test]
fn an_administrator_chooses_from_what_is_in_the_bucket() {
    let Some(bucket) = Bucket::new() else { return };
    let data = bucket.path("data");
    let server = bucket.serve(&data, &[]);
    let cookie = server.log_in("admin", &server.password().unwrap()).unwrap();
    let root = server.send("GET", "/admin/browse", &cookie, "");
    assert!(
        root.contains(r#""path":"demo""#) && root.contains(r#""kind":"folder""#),
        "{root}"
    );
    let demo = server.send("GET", "/admin/browse?dir=demo", &cookie, "");
    for file in ["demo/360p.mp4", "demo/1080p.mp4", "demo/360p.en.srt"] {
        assert!(demo.contains(&format!(r#""path":"{file}""#)), "{file}: {demo}");
    }
}

#[test]
fn the_server_is_not_ready_while_the_store_is_away() {
    let Some(bucket) = Bucket::new() else { return };
    let server = bucket.serve(&bucket.path("data"), &[]);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    bucket.store.freeze().unwrap();
    // A list is kept for ten seconds.
    let away = answers(&server, "HTTP/1.1 503");
    assert!(
        away.contains(r#""media":"slow""#) && away.contains(r#""database":"ok""#),
        "{away}"
    );
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    bucket.store.thaw().unwrap();
    answers(&server, "HTTP/1.1 200");
}

/// Asks for readiness until the answer begins so.
fn answers(server: &Server, wanted: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = server.get("/readyz");
        if answer.starts_with(wanted) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{answer}");
        std::thread::yield_now();
    }
}

#[test]
fn a_warm_restart_asks_the_store_for_no_block() {
    let Some(bucket) = Bucket::new() else { return };
    let (data, blocks) = (bucket.path("data"), bucket.path("blocks"));
    bucket.add_film(&data);
    let tiers = [
        "--cache-memory",
        "64MiB",
        "--cache-disk",
        blocks.to_str().unwrap(),
    ];
    let fetched = "flaskflix_tier_fetched_bytes_total";
    let of = |tier: &str| format!("flaskflix_tier_bytes_total{{tier=\"{tier}\"}}");

    let server = bucket.serve(&data, &tiers);
    let (_, film) = watch(&server, 1);
    let first = everything(&server, &film);
    // Most of it was fetched ahead: who asked found it in memory.
    assert!(metric(&server, &of("cold")) > 0.0);
    let hot = metric(&server, &of("hot"));
    assert!(everything(&server, &film) == first);
    assert!(metric(&server, &of("hot")) - hot > 4_000_000.0, "the second time");
    let blocks = |tier: &str| {
        metric(
            &server,
            &format!("flaskflix_tier_blocks_total{{tier=\"{tier}\"}}"),
        )
    };
    assert!(
        blocks("hot") > 10.0 * blocks("cold"),
        "the hit ratio: {} of {}",
        blocks("hot"),
        blocks("hot") + blocks("cold")
    );
    // Blocks are handed out before they are on the disk.
    let held = "flaskflix_tier_held_bytes{tier=\"warm\"}";
    let deadline = Instant::now() + PATIENCE;
    while metric(&server, held) < metric(&server, fetched) {
        assert!(Instant::now() < deadline, "{}", server.get("/metrics"));
        std::thread::yield_now();
    }
    let fetched_bytes = format!("{fetched} {}", bucket.bytes());
    let page = server.get("/metrics");
    assert!(
        page.contains(&fetched_bytes),
        "each byte once: {fetched_bytes} in {page}"
    );
    server.stop();

    let server = bucket.serve(&data, &tiers);
    let (_, film) = watch(&server, 1);
    assert!(everything(&server, &film) == first);
    assert!(
        !server.get("/metrics").contains(&format!("\n{fetched} ")),
        "{}",
        server.get("/metrics")
    );
    // What one read brought to memory is hot to the next.
    assert!(metric(&server, &of("warm")) > 0.0);
}

#[test]
fn a_backup_knows_the_films_of_the_bucket() {
    let Some(bucket) = Bucket::new() else { return };
    let data = bucket.path("data");
    bucket.add_film(&data);
    let (hashes, sizes) = (bucket.path("hashes"), bucket.path("sizes"));
    let (code, said) = bucket.run(&data, &["backup", hashes.to_str().unwrap()]);
    assert!(code == Some(0) && said.contains("noted 4 media files"), "{said}");
    let (code, said) = bucket.run(&data, &["backup", sizes.to_str().unwrap(), "--media", "sizes"]);
    assert!(code == Some(0) && said.contains("noted 4 media files"), "{said}");
    // As of a folder with the same films.
    let folder = bucket.path("folder");
    let mut command = command(&[
        "backup",
        folder.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ]);
    command.env("FLASKFLIX_MEDIA", bucket.media());
    assert!(finish(command).status.success());
    assert_eq!(noted(&hashes), noted(&folder));
    assert_eq!(noted(&hashes).as_array().unwrap().len(), 4);

    let check = |backup: &Path| bucket.run(&data, &["restore", backup.to_str().unwrap(), "--check"]);
    for backup in [&hashes, &sizes] {
        let (code, said) = check(backup);
        assert!(
            code == Some(0) && said.contains("4 files compared with s3://films/of this year, 0 differ"),
            "{said}"
        );
    }
    // A store that is away is one error, at once for all films.
    bucket.store.freeze().unwrap();
    let (code, said) = check(&hashes);
    bucket.store.thaw().unwrap();
    assert!(
        code == Some(1) && said.contains("cannot list s3://films/of this year"),
        "{said}"
    );
    // Another film of the same length, and one that is gone.
    let film = bucket.media().join("demo/360p.mp4");
    let mut bytes = fs::read(&film).unwrap();
    bytes[1000] ^= 1;
    fs::write(&film, &bytes).unwrap();
    bucket
        .store
        .put("films", "of this year/demo/360p.mp4", &film)
        .unwrap();
    bucket
        .store
        .remove("films", "of this year/demo/720p.mp4")
        .unwrap();
    let (code, said) = check(&hashes);
    assert_eq!(code, Some(1), "{said}");
    for line in [
        "media: demo/360p.mp4 has other content",
        "media: demo/720p.mp4 is missing",
        "2 differ",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let (_, said) = check(&sizes);
    assert!(said.contains("1 differ"), "sizes are the same: {said}");
}

/// What a backup noted of the films.
fn noted(backup: &Path) -> serde_json::Value {
    let manifest = fs::read(backup.join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    manifest.as_object_mut().unwrap().remove("media").unwrap()
}
