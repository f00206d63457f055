//! flaskflix-server as its operator runs it: settings in a file, accounts and movies by its sub-commands.

use std::{env, fs, io, path::Path, process::Stdio};

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use crate::{
    badges::PASSWORD,
    story::{self, Row},
};

/// Makes a data folder with the accounts of the writers and of nobody, and movies 1 to `titles`. Without a URL its database is SQLite.
pub(crate) async fn prepare(
    program: &Path,
    data: &Path,
    database_url: Option<&str>,
    writers: u16,
    titles: u16,
) -> io::Result<()> {
    let database = database_url.map(|url| format!("database_url = {url:?}\n"));
    let settings = format!("{SETTINGS}{}", database.unwrap_or_default());
    fs::write(data.join("config.toml"), settings)?;
    run(program, data, &["migrate"], "").await?;
    for viewer in story::viewer_names(writers) {
        run(program, data, &["user", "add", &viewer], PASSWORD).await?;
    }
    for title in 0..titles {
        let number = Row { viewer: 0, title }.title_name();
        // Nobody ever opens it: progress is about titles, not about files.
        let url = format!("https://films.example/{number}.mp4");
        let add = ["movie", "add", "--title", &number, "--video", &url];
        let said = run(program, data, &add, "").await?;
        if said.split_whitespace().nth(1) != Some(&number) {
            return Err(io::Error::other(format!(
                "movie {number} is to be added, not {said:?}"
            )));
        }
    }
    Ok(())
}

/// The command that serves this folder on a free port.
pub(crate) fn serve(program: &Path, data: &Path) -> Command {
    let mut command = command(program, data);
    command.args(["--listen", "127.0.0.1:0"]);
    command
}

/// Runs a sub-command with this on standard input; what it says.
async fn run(program: &Path, data: &Path, args: &[&str], input: &str) -> io::Result<String> {
    let mut command = command(program, data);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child: Child = command.kill_on_drop(true).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not ask for it may have ended already: its status tells.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{}: {}", args.join(" "), reason.trim())))
}

/// The program on this folder. Settings of the person who runs the ledger stay out.
fn command(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("FLASKFLIX_") {
            command.env_remove(name);
        }
    }
    command.arg("--data").arg(data);
    command
}

/// The writers report hundreds of times as often as players do, and all come from one address.
const SETTINGS: &str = r#"# Written by flaskflix-progress-ledger.
progress_per_viewer = "1000000/1s"
login_attempts = "1000000/1s"
login_attempts_per_address = "1000000/1s"
log = "warn"
"#;
