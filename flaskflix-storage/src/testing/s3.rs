//! An S3 server of one's own.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use super::programs::{left_out, signal};

/// The S3 server of the Python package `moto`, on a free port of the loopback interface. It keeps objects in memory, looks at `If-Match`,
/// and believes any credentials.
///
/// It ends when the value is dropped, and also when the process ends or is killed: its input ends then.
#[derive(Debug)]
pub struct PrivateS3 {
    server: Child,
    talk: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    endpoint: String,
}

impl PrivateS3 {
    /// Starts a server, some seconds' work. `None` when it is not installed: then it has printed a line that begins with `LEFT OUT:`.
    ///
    /// The interpreter is the one that `.ci/setup` prepares, or what `FLASKFLIX_PYTHON` names.
    ///
    /// # Errors
    /// When it cannot be started.
    ///
    /// # Panics
    /// When it is not installed and the environment says `CI=true`.
    pub fn start() -> io::Result<Option<Self>> {
        let python = python();
        let installed = Command::new(&python)
            .args(["-c", "import boto3, moto.server"])
            .stderr(Stdio::null())
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            left_out(&format!(
                "{} has no moto[server] (.ci/setup installs it)",
                python.display()
            ));
            return Ok(None);
        }
        let mut server = Command::new(python)
            .args(["-c", include_str!("s3.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let ends = server.stdin.take().zip(server.stdout.take());
        let (input, output) = ends.ok_or_else(|| io::Error::other("no pipes"))?;
        let mut output = BufReader::new(output);
        let mut port = String::new();
        output.read_line(&mut port)?;
        Ok(Some(Self {
            server,
            talk: Mutex::new((input, output)),
            endpoint: format!("http://127.0.0.1:{}", port.trim()),
        }))
    }

    /// The URL of the server.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stores a file as an object. The bucket is made when it is not there.
    ///
    /// # Errors
    /// What the server says, and when it is gone.
    pub fn put(&self, bucket: &str, key: &str, file: &Path) -> io::Result<()> {
        self.tell(&format!("{bucket}\t{key}\t{}", file.display()))
    }

    /// Stores every file below a folder, by its path there behind `prefix`, which ends with a slash or is empty.
    ///
    /// # Errors
    /// As [`put`](Self::put), and when the folder cannot be read.
    pub fn put_folder(&self, bucket: &str, prefix: &str, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.put_folder(bucket, &format!("{key}/"), &entry.path())?;
            } else {
                self.put(bucket, &key, &entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes an object.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        self.tell(&format!("{bucket}\t{key}\t"))
    }

    /// Stops the server with SIGSTOP: connections are taken, and nothing is answered.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn freeze(&self) -> io::Result<()> {
        signal("STOP", &[self.server.id()])
    }

    /// Lets a frozen server go on.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn thaw(&self) -> io::Result<()> {
        signal("CONT", &[self.server.id()])
    }

    /// How many requests there were so far, those of [`put`](Self::put) and [`remove`](Self::remove) too: two for each.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn requests(&self) -> io::Result<u64> {
        self.say("")?.parse().map_err(io::Error::other)
    }

    fn tell(&self, line: &str) -> io::Result<()> {
        match self.say(line)? {
            done if done == "done" => Ok(()),
            error => Err(io::Error::other(error)),
        }
    }

    fn say(&self, line: &str) -> io::Result<String> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let (input, output) = &mut *talk;
        writeln!(input, "{line}")?;
        let mut answer = String::new();
        output.read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }
}

impl Drop for PrivateS3 {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A relative path is one below the root of the source tree, wherever a test runs.
fn python() -> PathBuf {
    let named = env::var_os("FLASKFLIX_PYTHON").unwrap_or_else(|| "target/python/bin/python".into());
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(named)
}
