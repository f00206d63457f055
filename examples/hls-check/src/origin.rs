//! Starts `flaskflix-origin` on a folder and walks its titles.

use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{error::CheckError, subtitles::is_subtitle_file};

/// How long an origin may take until it listens.
pub const START_PATIENCE: Duration = Duration::from_secs(20);

/// A running `flaskflix-origin`, killed when dropped.
#[derive(Debug)]
pub struct Origin {
    child: Child,
    base: String,
}

/// One title of a folder, as the origin names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// File or folder name.
    pub name: String,
    /// Its MP4 files, then the files of subtitles beside them.
    pub files: Vec<PathBuf>,
}

impl Origin {
    /// Starts `flaskflix-origin --root ROOT --open --listen 127.0.0.1:0` and waits for its address. With `encrypt_with`, a file of
    /// one secret, it encrypts all titles.
    ///
    /// # Errors
    /// [`CheckError::Origin`] when it cannot be run, ends, or says no address within [`START_PATIENCE`].
    pub fn start(binary: &Path, root: &Path, encrypt_with: Option<&Path>) -> Result<Self, CheckError> {
        let encryption = encrypt_with.map(|file| [OsStr::new("--encrypt-with"), file.as_os_str()]);
        let mut child = Command::new(binary)
            .arg("--root")
            .arg(root)
            .args(["--open", "--listen", "127.0.0.1:0"])
            .args(encryption.into_iter().flatten())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| CheckError::Origin(format!("{}: {error}", binary.display())))?;
        let lines = child.stdout.take().map(BufReader::new);
        let mut origin = Self {
            child,
            base: String::new(),
        };
        let (send, receive) = mpsc::channel();
        // Reads on after the address, so that the origin never waits for a full pipe.
        thread::spawn(move || {
            for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                if let Some(at) = line.find("http://") {
                    let address = line.get(at..).unwrap_or_default();
                    let _ = send.send(address.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        });
        let base = receive
            .recv_timeout(START_PATIENCE)
            .map_err(|_| CheckError::Origin("it ended or stayed silent before it listened".to_owned()))?;
        base.trim_end_matches('/').clone_into(&mut origin.base);
        Ok(origin)
    }

    /// The master playlist of a title.
    #[must_use]
    pub fn master_url(&self, title: &str) -> String {
        format!("{}/stream/{}/master.m3u8", self.base, percent_encode(title))
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the files of films end with, in any case.
const EXTENSIONS: [&str; 4] = ["mp4", "m4v", "mov", "m4a"];

/// The titles of a folder, by name: every MP4 file, and every sub-folder that holds some.
///
/// # Errors
/// When a folder cannot be read.
pub fn titles(root: &Path) -> io::Result<Vec<Title>> {
    let mut titles = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut files = if path.is_dir() {
            below(&path, is_movie)?
        } else if is_movie(&path) {
            vec![path.clone()]
        } else {
            Vec::new()
        };
        if !files.is_empty() {
            files.extend(if path.is_dir() {
                below(&path, is_subtitle_file)?
            } else {
                // `film.en.srt` belongs to `film.mp4`.
                let stem = path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let belongs = |text: &Path| {
                    let name = text.file_name().unwrap_or_default().to_string_lossy();
                    is_subtitle_file(text)
                        && name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with('.'))
                };
                below(root, belongs)?
            });
            titles.push(Title { name, files });
        }
    }
    titles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(titles)
}

fn below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_movie(path: &Path) -> bool {
    let known = |extension: &OsStr| {
        EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.is_file() && path.extension().is_some_and(known)
}

fn percent_encode(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_percent_encoded() {
        assert_eq!(percent_encode("a film/ü.mp4"), "a%20film%2F%C3%BC.mp4");
    }

    #[test]
    fn an_origin_that_ends_at_once_is_an_error() {
        assert!(Origin::start(Path::new("/bin/false"), Path::new("."), None).is_err());
        assert!(Origin::start(Path::new("/no/such/binary"), Path::new("."), None).is_err());
    }
}
