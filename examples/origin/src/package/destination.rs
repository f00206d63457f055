//! The folder to make: all of it or nothing, ever.

use std::{
    error::Error,
    fmt, fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process,
};

use rustix::{
    fs::{CWD, Mode, OFlags, RenameFlags, fsync, open, renameat_with, statvfs, syncfs},
    io::Errno,
};

use super::crawl::FIRST;
use crate::wording::size;

/// Where the files go.
#[derive(Debug)]
pub(super) struct Destination {
    out: PathBuf,
    /// The folder in which it is made.
    above: PathBuf,
    replaces: bool,
}

/// A folder beside the destination that is being filled. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
}

/// Why the folder cannot be made. Names it.
#[derive(Debug)]
pub(super) enum DestinationError {
    /// Something is there.
    Exists(PathBuf),
    /// Something is there that is not ours to replace.
    NotOurs(PathBuf),
    /// The disk has no room for it.
    Short { out: PathBuf, needed: u64, free: u64 },
    /// The disk ran full on the way.
    Full(PathBuf),
    /// The system said no.
    Io { out: PathBuf, cause: io::Error },
}

impl Destination {
    /// Decides where to write, before any work is done.
    pub(super) fn choose(out: &Path, force: bool) -> Result<Self, DestinationError> {
        let out = std::path::absolute(out).map_err(|cause| DestinationError::io(out, cause))?;
        let (Some(above), Some(_)) = (out.parent(), out.file_name()) else {
            return Err(DestinationError::NotOurs(out));
        };
        let destination = Self {
            above: above.to_owned(),
            replaces: force,
            out,
        };
        destination.refuse_what_is_there()?;
        Ok(destination)
    }

    pub(super) fn path(&self) -> &Path {
        &self.out
    }

    /// Refuses to begin what cannot end well.
    pub(super) fn refuse_when_short_of(&self, needed: u64) -> Result<(), DestinationError> {
        let disk = statvfs(&self.above).map_err(|errno| DestinationError::io(&self.out, errno.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < needed {
            let out = self.out.clone();
            return Err(DestinationError::Short { out, needed, free });
        }
        Ok(())
    }

    /// Makes the folder to fill, on the same disk.
    pub(super) fn begin(&self) -> Result<Unfinished, DestinationError> {
        let name = self.out.file_name().unwrap_or_default().to_string_lossy();
        let mut tries = (0..NAME_TRIES).map(|count| {
            // With a dot: no server that lists the folder above shows it.
            let path = self.above.join(format!(".{name}.{}-{count}.part", process::id()));
            fs::create_dir(&path).map(|()| Unfinished { path })
        });
        let made = tries.find(|made| !matches!(made, Err(error) if error.kind() == ErrorKind::AlreadyExists));
        made.unwrap_or(Err(ErrorKind::AlreadyExists.into()))
            .map_err(|cause| DestinationError::io(&self.out, cause))
    }

    /// Puts the filled folder into its place, in one step; what was there before goes away.
    pub(super) fn finish(&self, unfinished: Unfinished) -> Result<(), DestinationError> {
        let fault = |errno: Errno| DestinationError::io(&self.out, errno.into());
        self.refuse_what_is_there()?;
        let folder = open(
            &unfinished.path,
            OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(fault)?;
        // One flush for thousands of files: a power cut afterwards leaves no file empty.
        syncfs(&folder).map_err(fault)?;
        let step = |flags| renameat_with(CWD, &unfinished.path, CWD, &self.out, flags);
        if self.replaces && self.out.is_dir() {
            // What is at the other path afterwards is the old folder: `unfinished` removes it.
            step(RenameFlags::EXCHANGE).map_err(fault)?;
        } else {
            match step(RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) => return Err(DestinationError::Exists(self.out.clone())),
                moved => moved.map_err(fault)?,
            }
        }
        let above = open(&self.above, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(fault)?;
        fsync(&above).map_err(fault)
    }

    /// An error of writing in the words of somebody who knows where it was.
    pub(super) fn explain(&self, error: Box<dyn Error>) -> Box<dyn Error> {
        match error.downcast::<io::Error>() {
            Ok(cause) if matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
                DestinationError::Full(self.out.clone()).into()
            }
            Ok(cause) => DestinationError::io(&self.out, *cause).into(),
            Err(error) => error,
        }
    }

    fn refuse_what_is_there(&self) -> Result<(), DestinationError> {
        let found = match fs::symlink_metadata(&self.out) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(DestinationError::io(&self.out, cause)),
        };
        if !self.replaces {
            return Err(DestinationError::Exists(self.out.clone()));
        }
        let is_empty = || fs::read_dir(&self.out).is_ok_and(|mut entries| entries.next().is_none());
        // Nobody's home folder is removed by a slip of the tab key.
        if found.is_dir() && (self.out.join(FIRST).is_file() || is_empty()) {
            return Ok(());
        }
        Err(DestinationError::NotOurs(self.out.clone()))
    }
}

impl Unfinished {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is nothing left here; what cannot be removed is named `.part`.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl DestinationError {
    fn io(out: &Path, cause: io::Error) -> Self {
        Self::Io {
            out: out.to_owned(),
            cause,
        }
    }
}

impl fmt::Display for DestinationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(out) => write!(f, "{} is there already: --force replaces it", out.display()),
            Self::NotOurs(out) => write!(
                f,
                "{} is not replaced: it is neither empty nor a folder with a {FIRST}",
                out.display()
            ),
            Self::Short { out, needed, free } => write!(
                f,
                "{} needs {} and its disk has {} free",
                out.display(),
                size(*needed),
                size(*free)
            ),
            Self::Full(out) => write!(f, "the disk of {} is full, nothing was written", out.display()),
            Self::Io { out, .. } => write!(f, "cannot write {}", out.display()),
        }
    }
}

impl Error for DestinationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

const NAME_TRIES: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn destination() -> (tempfile::TempDir, Destination) {
        let dir = tempfile::tempdir().unwrap();
        let destination = Destination::choose(&dir.path().join("out"), false).unwrap();
        (dir, destination)
    }

    #[test]
    fn full_disk_is_told_as_such_and_other_errors_keep_their_cause() {
        let (_dir, destination) = destination();
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let told = destination.explain(io::Error::from(kind).into()).to_string();
            assert!(
                told.contains("disk of") && told.ends_with("is full, nothing was written"),
                "{told}"
            );
        }
        let told = destination.explain(io::Error::other("a cable is loose").into());
        assert!(
            told.source()
                .is_some_and(|cause| cause.to_string() == "a cable is loose")
        );
        assert_eq!(destination.explain("no film".into()).to_string(), "no film");
    }

    #[test]
    fn more_than_the_disk_has_is_refused_before_it_is_begun() {
        let (_dir, destination) = destination();
        assert!(destination.refuse_when_short_of(1).is_ok());
        let told = destination
            .refuse_when_short_of(u64::MAX)
            .unwrap_err()
            .to_string();
        assert!(told.contains("needs 18446744.1 TB and its disk has "), "{told}");
    }

    #[test]
    fn unfinished_work_is_hidden_and_goes_away() {
        let (dir, destination) = destination();
        let unfinished = destination.begin().unwrap();
        let other = destination.begin().unwrap();
        assert_ne!(unfinished.path, other.path, "two at once do not meet");
        let name = unfinished.path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(".out.") && name.ends_with(".part"), "{name}");
        fs::write(unfinished.path.join("half"), b"half").unwrap();
        drop((unfinished, other));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn place_that_was_taken_meanwhile_is_left_alone() {
        let (dir, destination) = destination();
        let unfinished = destination.begin().unwrap();
        fs::create_dir(dir.path().join("out")).unwrap();
        let told = destination.finish(unfinished).unwrap_err();
        assert!(matches!(told, DestinationError::Exists(_)), "{told}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
