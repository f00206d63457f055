//! Which database the scenes play on: SQLite, or, in a run of its own, PostgreSQL.

use std::{
    collections::BTreeMap,
    env,
    process::Command,
    sync::{LazyLock, Mutex},
};

use flaskflix_storage::testing::PrivatePostgres;

/// The second run: this same program, and what does not speak of files of SQLite.
#[test]
fn the_same_holds_on_postgresql() {
    // What is left out says so itself.
    if is_postgres() || PrivatePostgres::start().unwrap().is_none() {
        return;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(SCENES)
        .args(["--skip", "engine::"])
        .env(ENGINE, "postgres");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let passed: u32 = text
        .lines()
        .find_map(|line| {
            line.strip_prefix("test result: ok. ")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap();
    assert!(passed > 40, "only {passed} scenes were played:\n{text}");
}

/// The URL of an empty database, when the scenes play on PostgreSQL.
pub(crate) fn fresh_url() -> Option<String> {
    is_postgres().then(|| fresh(&SHARED))
}

/// The URL of an empty database.
pub(crate) fn fresh(postgres: &PrivatePostgres) -> String {
    postgres.url(&postgres.create_database().unwrap())
}

/// The URL of the database of a data folder, when the scenes play on PostgreSQL: the same at every call.
pub(crate) fn url_for(data: &str) -> Option<String> {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    if !known.contains_key(data) {
        known.insert(data.to_owned(), fresh_url()?);
    }
    known.get(data).cloned()
}

fn is_postgres() -> bool {
    env::var(ENGINE).as_deref() == Ok("postgres")
}

/// One for all scenes of a run. It ends with the process.
static SHARED: LazyLock<PrivatePostgres> = LazyLock::new(|| PrivatePostgres::start().unwrap().unwrap());

const ENGINE: &str = "SERVER_TESTS_ON";

/// What is played on both: log-in, sessions, progress, continue watching, editing, commands, problems.
const SCENES: [&str; 9] = [
    "accounts::",
    "admin::",
    "admin_users::",
    "guessing::",
    "json::",
    "problems::",
    "sessions::",
    "session_places::",
    "commands::commands_work_while_the_server_runs",
];
