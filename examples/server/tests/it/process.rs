//! Starts the program and talks to it over sockets, in blocking code without a runtime of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::engine;

/// The program with a clean environment: settings of the person who runs the tests stay out.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flaskflix-server"));
    let ours = std::env::vars()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("FLASKFLIX_"));
    ours.for_each(|name| {
        command.env_remove(name);
    });
    if let Some(url) = data_of(args).and_then(engine::url_for) {
        command.env("FLASKFLIX_DATABASE_URL", url);
    }
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The data folder of a command line.
fn data_of<'a>(args: &[&'a str]) -> Option<&'a str> {
    let name = args.iter().position(|arg| *arg == "--data")?;
    args.get(name + 1).copied()
}

/// Runs the program to its end, which must come soon: one that serves instead fails the test.
pub(crate) fn run(args: &[&str]) -> Output {
    finish(command(args))
}

/// Runs it with this on standard input.
pub(crate) fn run_with_input(args: &[&str], input: &str) -> Output {
    let mut command = command(args);
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(input.as_bytes()).unwrap();
    drop(writer);
    command.stdin(reader);
    finish(command)
}

pub(crate) fn finish(mut command: Command) -> Output {
    let process = command.spawn().unwrap();
    let pid = Pid::from_child(&process);
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(process.wait_with_output()));
    end.recv_timeout(PATIENCE).map_or_else(
        |_| {
            kill_process(pid, Signal::KILL).unwrap();
            panic!("it runs on: {command:?}");
        },
        Result::unwrap,
    )
}

/// The same command, with a listener as its first descriptor after the usual three.
pub(crate) fn handed_over(listener: &TcpListener, command: &Command) -> Command {
    let script = r#"exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@""#;
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(OwnedFd::from(listener.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The program, serving.
pub(crate) struct Server {
    process: Child,
    _stdout: BufReader<ChildStdout>,
    log: PathBuf,
    /// What the address begins with: `http` or `https`.
    pub(crate) scheme: String,
    /// What it printed before the address.
    pub(crate) greeting: String,
    pub(crate) address: String,
}

impl Server {
    /// Starts it on a free port of loopback, with this data folder.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        let args = ["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        Self::spawn(data, command(&[&args, more].concat()))
    }

    /// Starts it on a free port of loopback, with this data folder and this PostgreSQL.
    pub(crate) fn start_on(data: &Path, database_url: &str, more: &[&str]) -> Self {
        Self::start_with(data, &[("FLASKFLIX_DATABASE_URL", database_url.to_owned())], more)
    }

    /// Starts it on a free port of loopback, with this data folder and these variables.
    pub(crate) fn start_with(data: &Path, variables: &[(&str, String)], more: &[&str]) -> Self {
        let args = ["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        let mut command = command(&[&args, more].concat());
        command.envs(variables.iter().cloned());
        Self::spawn(data, command)
    }

    /// Starts it with this data folder on a socket that is open already, as systemd does.
    pub(crate) fn start_on_socket(data: &Path, listener: &TcpListener, more: &[&str]) -> Self {
        let args = ["--data", data.to_str().unwrap()];
        Self::spawn(data, handed_over(listener, &command(&[&args, more].concat())))
    }

    fn spawn(data: &Path, mut command: Command) -> Self {
        let log = data.with_extension("log");
        let mut process = command
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        let (scheme, address) = loop {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            assert!(
                !line.is_empty(),
                "it ended: {}",
                std::fs::read_to_string(&log).unwrap()
            );
            match line
                .strip_prefix("listening on ")
                .and_then(|rest| rest.strip_suffix("/\n")?.split_once("://"))
            {
                Some((scheme, address)) => break (scheme.to_owned(), address.to_owned()),
                None => greeting.push_str(&line),
            }
        };
        assert!(!address.ends_with(":0"), "the real port is printed");
        Self {
            process,
            _stdout: stdout,
            log,
            scheme,
            greeting,
            address,
        }
    }

    /// The administrator's password, if it was printed.
    pub(crate) fn password(&self) -> Option<String> {
        password_in(&self.greeting)
    }

    /// Sends a request on a connection of its own; the head and the body as text.
    pub(crate) fn send(&self, method: &str, target: &str, lines: &str, body: &str) -> String {
        let bytes = self.send_for_bytes(method, target, lines, body);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The same, as the bytes that came.
    pub(crate) fn send_for_bytes(&self, method: &str, target: &str, lines: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{lines}content-length: {length}\r\n\r\n{body}",
            self.address
        );
        let mut socket = self.connect();
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        bytes
    }

    pub(crate) fn get(&self, target: &str) -> String {
        self.send("GET", target, "", "")
    }

    /// Logs in and returns the line of the cookie; `None` when that is refused.
    pub(crate) fn log_in(&self, name: &str, password: &str) -> Option<String> {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let answer = self.send(
            "POST",
            "/login",
            form,
            &format!("name={name}&password={password}"),
        );
        let (_, rest) = answer.split_once("set-cookie: ")?;
        Some(format!("cookie: {}\r\n", rest.split(';').next().unwrap()))
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    pub(crate) fn refuses_connections(&self) -> bool {
        TcpStream::connect(&self.address).is_err()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits for the end of the program.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }

    /// Stops it as an operator does; it must end well.
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        assert_eq!(self.exit_code(), Some(0), "{}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn password_in(output: &str) -> Option<String> {
    let line = output
        .lines()
        .find_map(|line| line.trim().strip_prefix("password  "))?;
    Some(line.trim().to_owned())
}

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
