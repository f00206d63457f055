//! Files with their digests.

use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Component, Path},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A file: where it is below its folder, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    /// With `/` between the parts.
    pub(super) path: String,
    pub(super) bytes: u64,
    /// In hexadecimal. Absent where only sizes were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
}

impl FileRecord {
    /// Whether the path stays below its folder: a manifest may come from anywhere.
    pub(super) fn is_inside(&self) -> bool {
        let mut parts = Path::new(&self.path).components();
        !self.path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
    }
}

/// Hashes what goes through it.
pub(super) struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// What was written, and what it was written to.
    pub(super) fn finish(self, path: &str) -> (FileRecord, W) {
        let record = FileRecord {
            path: path.to_owned(),
            bytes: self.bytes,
            sha256: Some(hex(&self.hash.finalize())),
        };
        (record, self.inner)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads a file through. `read` is told how many bytes more are done.
pub(super) fn record(folder: &Path, path: &str, read: &mut dyn FnMut(u64)) -> io::Result<FileRecord> {
    let mut hashing = Hashing::new(io::sink());
    pump(&mut File::open(folder.join(path))?, &mut hashing, read)?;
    Ok(hashing.finish(path).0)
}

/// Copies a file, for its owner alone. One that is there is not replaced.
pub(super) fn copy(from: &Path, to_folder: &Path, path: &str) -> io::Result<FileRecord> {
    let mut hashing = Hashing::new(create(&to_folder.join(path))?);
    pump(&mut File::open(from)?, &mut hashing, &mut |_| {})?;
    let (record, file) = hashing.finish(path);
    file.sync_all()?;
    Ok(record)
}

/// Makes a file for its owner alone. One that is there is not replaced.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a folder for its owner alone.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

fn pump(from: &mut impl Read, to: &mut impl Write, read: &mut dyn FnMut(u64)) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return to.flush(),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(buffer.get(..count).unwrap_or(&buffer))?;
        read(u64::try_from(count).unwrap_or(0));
    }
}

/// Every file below a folder with its size, in the order of their paths. Links are followed to files, not to folders.
pub(super) fn below(folder: &Path) -> io::Result<Vec<FileRecord>> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<FileRecord>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            // No title can name it, either.
            tracing::warn!(name = %name.to_string_lossy(), "a file whose name is not UTF-8 is left out");
            continue;
        };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else if let Ok(metadata) = fs::metadata(entry.path())
            && metadata.is_file()
        {
            found.push(FileRecord {
                path,
                bytes: metadata.len(),
                sha256: None,
            });
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

const CHUNK_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_its_folder_is_found() {
        for (path, inside) in [
            ("a.mp4", true),
            ("a/b.mp4", true),
            ("", false),
            ("/etc/passwd", false),
            ("../a", false),
            ("a/../../b", false),
        ] {
            let record = FileRecord {
                path: path.to_owned(),
                bytes: 0,
                sha256: None,
            };
            assert_eq!(record.is_inside(), inside, "{path:?}");
        }
    }

    #[test]
    fn what_is_copied_is_what_was_recorded() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("film"), b"abc").unwrap();
        let copied = copy(&folder.path().join("film"), folder.path(), "copy").unwrap();
        // https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values, SHA-256 of "abc".
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(copied.sha256.as_deref(), Some(digest));
        assert_eq!(copied.bytes, 3);
        let read = record(folder.path(), "film", &mut |_| {}).unwrap();
        assert_eq!(read.sha256, copied.sha256);
        assert!(
            copy(&folder.path().join("film"), folder.path(), "copy").is_err(),
            "not replaced"
        );
    }
}
