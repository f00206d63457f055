//! Finding programs, free ports, signals, and the end of all of it.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A program by its name, on the `PATH` or in one of these folders.
pub(super) fn find(name: &str, elsewhere: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(elsewhere.iter().cloned())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A port of the loopback interface that nobody listens on. Somebody may be faster; who starts a server tries again then.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A command that runs as the user `postgres` when we are root, as whom the servers refuse to run, and outside our process
/// group: a Ctrl-C is for us to handle.
pub(super) fn as_server_user(program: impl AsRef<OsStr>) -> io::Result<Command> {
    let mut command = if is_root()? {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0);
    Ok(command)
}

/// Where folders of servers can be: the temporary folder, unless it lies below one that only its owner may enter.
pub(super) fn server_place() -> PathBuf {
    let own = env::temp_dir();
    let may_enter = |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.mode() & 0o001 != 0);
    if own.ancestors().all(may_enter) {
        own
    } else {
        PathBuf::from("/tmp")
    }
}

/// Gives a folder or file to the user that servers run as.
pub(super) fn give_to_server_user(path: &Path) -> io::Result<()> {
    if is_root()? {
        let number = |option: &str| -> io::Result<u32> {
            let output = Command::new("id").args([option, "postgres"]).output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            text.trim().parse().map_err(io::Error::other)
        };
        chown(path, Some(number("-u")?), Some(number("-g")?))?;
    }
    Ok(())
}

fn is_root() -> io::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// Sends a signal by its name, `STOP` for example, to processes. Those that are gone do not matter.
pub(super) fn signal(name: &str, processes: &[u32]) -> io::Result<()> {
    let mut kill = Command::new("sh");
    kill.args([
        "-c",
        r#"name=$1; shift; kill -s "$name" "$@" 2>/dev/null"#,
        "sh",
        name,
    ]);
    for process in processes {
        kill.arg(process.to_string());
    }
    kill.status().map(|_| ())
}

/// A process and its children.
pub(super) fn family(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    std::iter::once(process)
        .chain(children.split_whitespace().filter_map(|child| child.parse().ok()))
        .collect()
}

/// Whether a process runs no more. One that nobody has waited for yet has ended, too.
pub(super) fn has_ended(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).map_or(true, |stat| stat.contains(") Z"))
}

/// Asks again until the answer is there; an error after 30 seconds.
pub(super) fn poll<T>(what: &str, mut answer: impl FnMut() -> io::Result<Option<T>>) -> io::Result<T> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = answer()? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, what.to_owned()));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Ends a server when this process ends, however it ends: it waits for the end of a pipe that nobody else holds. `pid_file`
/// names the process on its first line, `working_folder` is where that process works: a number can be another process's by
/// then. Nothing happens when the file is gone.
pub(super) fn watch(pid_file: &Path, working_folder: &Path, remove: &Path) -> io::Result<Child> {
    Command::new("sh")
        .args([
            "-c",
            r#"read -r _
            pid=$(head -n 1 "$1" 2>/dev/null) && [ "$(readlink "/proc/$pid/cwd")" = "$2" ] && kill -s KILL "$pid"
            rm -rf "$3""#,
            "sh",
        ])
        .args([pid_file, working_folder, remove])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
}

/// Says that tests are left out, and why; with `CI=true` that is a failure.
#[expect(clippy::print_stdout, reason = "tests tell what they leave out")]
pub(super) fn left_out(why: &str) {
    println!("LEFT OUT: {why}");
    assert!(env::var("CI").as_deref() != Ok("true"), "{why}");
}
