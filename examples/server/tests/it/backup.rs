//! Backup and restore, from either database into either.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
};

use flaskflix_storage::testing::PrivatePostgres;
use tempfile::TempDir;

use crate::{
    engine,
    process::{Server, command, finish, text},
};

const ELSEWHERE: &str = "https://films.example/x.mp4";
const PROGRESS: &str = r#"{"current_time": 20.5, "total_duration": 60}"#;

/// A place for data folders, and perhaps a PostgreSQL for their databases.
struct Machine {
    folder: TempDir,
    postgres: Option<PrivatePostgres>,
}

/// A server's data folder and its database.
struct Site {
    data: PathBuf,
    url: Option<String>,
}

impl Machine {
    fn new() -> Self {
        let postgres = PrivatePostgres::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { folder, postgres }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn site(&self, name: &str, on_postgres: bool) -> Site {
        let postgres = self.postgres.as_ref().filter(|_| on_postgres);
        Site {
            data: self.path(name),
            url: postgres.map(engine::fresh),
        }
    }

    /// The kinds of databases that are here.
    fn kinds(&self) -> &'static [bool] {
        if self.postgres.is_some() {
            &[false, true]
        } else {
            &[false]
        }
    }
}

impl Site {
    fn serve(&self) -> Server {
        match &self.url {
            Some(url) => Server::start_on(&self.data, url, &["--demo"]),
            None => Server::start(&self.data, &["--demo"]),
        }
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = command(&[args, &["--data", self.data.to_str().unwrap()]].concat());
        // As the server: with other rules of resuming, a command would derive the places of viewers anew.
        command.env("FLASKFLIX_DEMO", "true");
        if let Some(url) = &self.url {
            command.env("FLASKFLIX_DATABASE_URL", url);
        }
        finish(command)
    }

    fn succeeds(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        text(&output.stdout)
    }

    fn fails(&self, args: &[&str], why: &str) {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(why), "{args:?}: {complaint}");
    }
}

fn copy_media(from: &Site, to: &Site) {
    let demo = to.data.join("media/demo");
    fs::create_dir_all(&demo).unwrap();
    for file in fs::read_dir(from.data.join("media/demo")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), demo.join(file.file_name())).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_saved_from_either_database_is_restored_into_either() {
    let machine = Machine::new();
    for &from in machine.kinds() {
        let old = machine.site(&format!("old_{from}"), from);
        let server = old.serve();
        let stream = watch(&server);
        // The number 2 of a movie is given and taken back.
        old.succeeds(&["movie", "add", "--title", "x", "--video", ELSEWHERE]);
        old.succeeds(&["movie", "remove", "2"]);
        // While it serves.
        let backup = save(&machine, &old, &format!("backup_{from}"));
        for &into in machine.kinds() {
            let new = machine.site(&format!("new_{from}_{into}"), into);
            copy_media(&old, &new);
            let said = new.succeeds(&["restore", backup.to_str().unwrap()]);
            assert!(
                said.contains("3 files compared") && said.contains(", 0 differ"),
                "{said}"
            );
            expect_the_same_site(&new, &stream);
            // The same rows, whatever database they went through.
            let again = machine.path(&format!("again_{from}_{into}"));
            new.succeeds(&["backup", again.to_str().unwrap(), "--media", "none"]);
            assert_eq!(rows(&again), rows(&backup));
        }
    }
}

/// Leaves progress behind; the path of the film with its token.
fn watch(server: &Server) -> String {
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let saved = server.send("POST", "/stream/1/progress", &cookie, PROGRESS);
    assert!(saved.starts_with("HTTP/1.1 200"), "{saved}");
    let token = server.send("GET", "/stream/1/token", &cookie, "");
    let (_, rest) = token.split_once("\"stream_url\":\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn save(machine: &Machine, site: &Site, name: &str) -> PathBuf {
    let backup = machine.path(name);
    let said = site.succeeds(&["backup", backup.to_str().unwrap()]);
    assert!(said.contains("noted 3 media files"), "{said}");
    site.fails(&["backup", backup.to_str().unwrap()], "is there already");
    assert_eq!(mode(&backup), 0o700);
    for file in ["manifest.json", "database.jsonl", "keys/signing.key"] {
        assert_eq!(mode(&backup.join(file)), 0o600, "{file}");
    }
    let text = fs::read_to_string(backup.join("database.jsonl")).unwrap();
    assert!(
        !text.contains("\"table\":\"sessions\""),
        "a backup logs nobody in"
    );
    backup
}

fn expect_the_same_site(site: &Site, stream: &str) {
    let server = site.serve();
    assert_eq!(server.password(), None, "the administrator is known");
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let progress = server.send("GET", "/stream/1/progress", &cookie, "");
    assert!(progress.contains(r#""current_time":20.5"#), "{progress}");
    assert!(
        server.get(stream).starts_with("HTTP/1.1 200"),
        "the keys are the same"
    );
    let added = site.succeeds(&["movie", "add", "--title", "x", "--video", ELSEWHERE]);
    assert_eq!(
        added, "added 3\tx\n",
        "the number of a removed movie is not given again"
    );
    site.succeeds(&["movie", "remove", "3"]);
}

/// The rows of a backup, with truth values as SQLite has them.
fn rows(backup: &Path) -> Vec<String> {
    let text = fs::read_to_string(backup.join("database.jsonl")).unwrap();
    let text = text.replace("true", "1").replace("false", "0");
    let rows = text.lines().filter(|line| !line.starts_with('{'));
    rows.map(str::to_owned).collect()
}

#[test]
fn what_is_not_whole_or_not_empty_is_refused() {
    let machine = Machine::new();
    for (turn, &on_postgres) in machine.kinds().iter().enumerate() {
        let site = machine.site(&format!("site{turn}"), on_postgres);
        drop(site.serve());
        let backup = machine.path(&format!("backup{turn}"));
        let backup_arg = backup.to_str().unwrap();
        site.succeeds(&["backup", backup_arg]);
        site.fails(&["restore", backup_arg], "is not empty");
        let before = fs::read(site.data.join("signing.key")).unwrap();
        assert_eq!(
            site.succeeds(&["user", "list"]).lines().count(),
            2,
            "nothing was changed"
        );
        assert_eq!(fs::read(site.data.join("signing.key")).unwrap(), before);

        // A byte of the rows that is another one.
        let path = backup.join("database.jsonl");
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let empty = machine.site(&format!("empty{turn}"), on_postgres);
        empty.fails(
            &["restore", backup_arg],
            "database.jsonl of the backup was changed",
        );
        fs::write(&path, &whole).unwrap();

        // Films that are missing, or other ones.
        let film = site.data.join("media/demo/360p.mp4");
        let mut bytes = fs::read(&film).unwrap();
        bytes[1000] ^= 1;
        fs::write(&film, &bytes).unwrap();
        fs::remove_file(site.data.join("media/demo/720p.mp4")).unwrap();
        let output = site.run(&["restore", backup_arg, "--check"]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("media: demo/360p.mp4 has other content"), "{said}");
        assert!(said.contains("media: demo/720p.mp4 is missing"), "{said}");
        assert!(
            said.contains("3 files compared") && said.contains("2 differ"),
            "{said}"
        );

        fs::remove_file(backup.join("manifest.json")).unwrap();
        empty.fails(&["restore", backup_arg], "is no whole backup");
        assert!(!empty.data.join("signing.key").exists(), "nothing was made");
    }
}
