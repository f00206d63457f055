//! Starts the program and talks to it over sockets, in blocking code without a runtime of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A folder with films to serve and a place for a key file.
pub(crate) struct Folder {
    dir: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(folder.root()).unwrap();
        folder
    }

    pub(crate) fn with(self, name: &str, bytes: &[u8]) -> Self {
        std::fs::write(self.root().join(name), bytes).unwrap();
        self
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("films")
    }

    /// The path of the key file, made at the first call.
    pub(crate) fn key_file(&self) -> PathBuf {
        let path = self.dir.path().join("origin.key");
        if !path.exists() {
            assert!(run(&["keygen", path.to_str().unwrap()]).status.success());
        }
        path
    }

    pub(crate) fn token(&self, movie: &str, more: &[&str]) -> String {
        let key_file = self.key_file();
        let args = [
            "token",
            "--key-file",
            key_file.to_str().unwrap(),
            "--movie",
            movie,
            "--viewer",
            "anna",
        ];
        let output = run(&[&args, more].concat());
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let token = text.strip_suffix('\n').unwrap();
        assert!(!token.contains(char::is_whitespace), "the token stands alone");
        token.to_owned()
    }

    pub(crate) fn open(&self, more: &[&str]) -> Origin {
        Origin::start(&self.root(), &[&["--open"], more].concat())
    }

    pub(crate) fn with_tokens(&self, more: &[&str]) -> Origin {
        let key_file = self.key_file();
        Origin::start(
            &self.root(),
            &[&["--key-file", key_file.to_str().unwrap()], more].concat(),
        )
    }
}

/// A line of the shell, in which `"$0" "$@"` is the program with its arguments.
pub(crate) fn by_shell(shell: &str, stdin: Stdio, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", shell, PROGRAM]).args(args).stdin(stdin);
    command
}

/// Runs the program to its end, which must come soon: one that serves instead fails the test.
pub(crate) fn run(args: &[&str]) -> Output {
    finish(Command::new(PROGRAM).args(args))
}

/// Runs a command to its end, which must come soon.
pub(crate) fn finish(command: &mut Command) -> Output {
    let process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
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

/// The program, serving.
pub(crate) struct Origin {
    process: Child,
    stdout: BufReader<ChildStdout>,
    /// What the address begins with: `http` or `https`.
    pub(crate) scheme: String,
    pub(crate) address: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Origin {
    pub(crate) fn start(root: &Path, args: &[&str]) -> Self {
        Self::start_with(&[&["--root", root.to_str().unwrap()], args].concat(), &[])
    }

    /// Starts it with variables in its environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .envs(variables.iter().copied());
        Self::spawn(&mut command)
    }

    /// Starts it by a line of the shell, in which `"$0" "$@"` is the program with its arguments.
    pub(crate) fn start_by(shell: &str, stdin: Stdio, args: &[&str]) -> Self {
        Self::spawn(&mut by_shell(shell, stdin, args))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let (scheme, address) = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.strip_suffix("/\n")?.split_once("://"))
            .map(|(scheme, address)| (scheme.to_owned(), address.to_owned()))
            .unwrap_or_else(|| panic!("first line: {line:?}"));
        assert!(!address.ends_with(":0"), "the real port is printed");
        Self {
            process,
            stdout,
            scheme,
            address,
        }
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        ))
    }

    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut socket = self.connect();
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }

    /// The URL of a target, for other programs.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    pub(crate) fn refuses_connections(&self) -> bool {
        TcpStream::connect(&self.address).is_err()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The next line of standard output, such as one of the access log.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits for the end of the program.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("a response head");
        let head = String::from_utf8(bytes[..end].to_vec())
            .unwrap()
            .to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        // A page without a length comes in chunks; what the tests look for never straddles two.
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flaskflix-origin");
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
