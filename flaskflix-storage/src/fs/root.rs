//! The open folder beneath which every name is resolved. The one place that joins paths.

use std::{io, os::fd::OwnedFd, path::Path, sync::Arc};

use flaskflix_core::source::SourceError;
use rustix::{
    fs::{self, Mode, OFlags, ResolveFlags},
    io::Errno,
};

use super::{
    blocking::blocking,
    identity::{Identity, Status},
};

/// A folder, open for as long as it is served: renaming it or mounting over its path changes nothing.
#[derive(Debug)]
pub(super) struct Root {
    folder: OwnedFd,
    /// Whether its file system is one of this machine: what the kernel knows of it, it tells without asking anybody.
    is_local: bool,
}

impl Root {
    /// Opens the folder and asks the kernel whether it can resolve names beneath it.
    ///
    /// There is no way back to plain `open` where `openat2` is missing: a check of the path before the open
    /// could be outrun by whoever may write to the folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let folder = fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let is_local = fs::fstatfs(&folder).is_ok_and(|system| {
            u32::try_from(system.f_type).is_ok_and(|kind| LOCAL_FILE_SYSTEMS.contains(&kind))
        });
        let root = Self { folder, is_local };
        match root.resolve(".", OFlags::PATH, ResolveFlags::empty()) {
            Ok(_) => Ok(root),
            // Old container sandboxes answer EPERM to system calls that they do not know.
            Err(Errno::NOSYS | Errno::PERM) => Err(io::Error::new(io::ErrorKind::Unsupported, NO_OPENAT2)),
            Err(errno) => Err(errno.into()),
        }
    }

    /// What the folder is now: its times change with every name in it.
    pub(super) fn identity(&self) -> io::Result<Identity> {
        Ok(Status::of(&self.folder)?.identity)
    }

    /// Opens `path` beneath the folder when the kernel knows it, and will go on knowing it for as long as the file is open: on a file
    /// system of this machine, with no symbolic link and no mount on the way. [`leads_to`](Self::leads_to) does not wait for it then.
    pub(super) fn lookup_plain(&self, path: &str, flags: OFlags) -> Option<OwnedFd> {
        let plain = ResolveFlags::CACHED | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        self.is_local
            .then(|| self.resolve(path, flags, plain).ok())
            .flatten()
    }

    /// Whether `path` leads to this version of this file now. It may lead anywhere else meanwhile; nothing is opened.
    pub(super) fn leads_to(&self, path: &str, version: &Identity) -> bool {
        Status::of_path(&self.folder, path).is_ok_and(|status| status.identity == *version)
    }

    /// Opens `path` beneath the folder, from the kernel's name cache if it is there (microseconds), else on
    /// the blocking pool.
    pub(super) async fn lookup(self: &Arc<Self>, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        match self.resolve(path, flags, ResolveFlags::CACHED) {
            // AGAIN: not cached. INVAL: a kernel before 5.12, which does not know the question.
            Err(Errno::AGAIN | Errno::INVAL) => {
                let (root, path) = (Arc::clone(self), path.to_owned());
                blocking(move || root.lookup_waiting(&path, flags)).await?
            }
            resolved => Ok(resolved?),
        }
    }

    /// Opens `path` beneath the folder. May wait for the disk.
    pub(super) fn lookup_waiting(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        // AGAIN: a rename elsewhere made it impossible to prove that a `..` inside a symbolic link stayed
        // beneath the root. The kernel wants the caller to try again.
        let mut tries = (0..RENAME_RACES).map(|_| self.resolve(path, flags, ResolveFlags::empty()));
        let resolved = tries.find(|resolved| !matches!(resolved, Err(Errno::AGAIN)));
        Ok(resolved.unwrap_or(Err(Errno::AGAIN))?)
    }

    fn resolve(&self, path: &str, flags: OFlags, how: ResolveFlags) -> rustix::io::Result<OwnedFd> {
        // NONBLOCK: opening a FIFO must not wait for its writer. NOCTTY: a terminal must not become ours.
        // Beside PATH the kernel allows neither.
        let flags = if flags.contains(OFlags::PATH) {
            flags | OFlags::CLOEXEC
        } else {
            flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY
        };
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        fs::openat2(&self.folder, path, flags, Mode::empty(), beneath | how)
    }
}

/// What a failed lookup means to whoever asked for the name.
///
/// Everything that would tell an outsider what lies where is [`SourceError::NotFound`].
pub(super) fn lookup_error(path: &str, error: io::Error) -> SourceError {
    match Errno::from_io_error(&error) {
        // XDEV: the name leads out of the root. LOOP: too many or magic links. NXIO, NODEV: sockets, devices.
        Some(
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::NAMETOOLONG
            | Errno::XDEV
            | Errno::LOOP
            | Errno::NXIO
            | Errno::NODEV,
        ) => SourceError::NotFound,
        Some(Errno::ACCESS | Errno::PERM) => {
            tracing::warn!(path, "a file in the media folder may not be read by this process");
            SourceError::NotFound
        }
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN) => SourceError::Busy,
        _ => SourceError::Io(error),
    }
}

/// How often a lookup that raced with a rename is tried again before the answer is "busy".
const RENAME_RACES: usize = 16;

/// What `statfs(2)` calls ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, EROFS and squashfs.
const LOCAL_FILE_SYSTEMS: [u32; 9] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0x0102_1994,
    0x794c_7630,
    0xf2f5_2010,
    0x2fc1_2fc1,
    0xe0f5_e1e2,
    0x7371_7368,
];

const NO_OPENAT2: &str =
    "openat2 is not available (Linux 5.6 or a newer container sandbox is needed to serve files safely)";
