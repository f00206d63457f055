//! Which version of a file this is, and whether it still is.

use std::{io, os::fd::AsFd, time::Duration};

use flaskflix_core::{time::UnixTime, validator::EntityTag};
use rustix::{
    fs::{self, AtFlags, FileType, StatxFlags, StatxTimestamp},
    time::{ClockId, clock_gettime},
};
use sha2::{Digest, Sha256};

/// What an open file is, and its identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    pub(super) file_type: FileType,
    pub(super) identity: Identity,
}

impl Status {
    /// Of an open file.
    pub(super) fn of(file: impl AsFd) -> io::Result<Self> {
        Self::ask(file, "", AtFlags::EMPTY_PATH)
    }

    /// Of what a name leads to, beneath a folder as the caller must know.
    pub(super) fn of_path(folder: impl AsFd, path: &str) -> io::Result<Self> {
        Self::ask(folder, path, AtFlags::NO_AUTOMOUNT)
    }

    fn ask(file: impl AsFd, path: &str, flags: AtFlags) -> io::Result<Self> {
        let wanted = StatxFlags::TYPE
            | StatxFlags::INO
            | StatxFlags::SIZE
            | StatxFlags::MTIME
            | StatxFlags::CTIME
            | StatxFlags::NLINK;
        let status = fs::statx(file, path, flags, wanted)?;
        Ok(Self {
            file_type: FileType::from_raw_mode(status.stx_mode.into()),
            identity: Identity {
                inode: Inode {
                    device: (status.stx_dev_major, status.stx_dev_minor),
                    number: status.stx_ino,
                },
                len: status.stx_size,
                modified: status.stx_mtime.into(),
                changed: status.stx_ctime.into(),
                links: status.stx_nlink,
            },
        })
    }
}

/// Tells the versions of a file apart: device, inode, length, mtime and ctime with their nanoseconds.
///
/// **Why ctime.** Programs set mtime as they like: tag editors and `rsync --inplace --times` change the bytes
/// and put the old mtime back. Nobody can set ctime. The price: `chmod`, `rename` and a new hard link also
/// change the tag, and a cached copy is fetched once more.
///
/// **While reading.** The length and mtime must stay. ctime must stay too, unless the number of links changed
/// with it: that is how a file looks that was deleted, replaced by a rename, or hard-linked by a backup, and
/// the bytes of the open inode are still those of the version that was opened.
///
/// **What is not seen.** Stores into a shared memory mapping that was made writable before the file was
/// opened; direct (`O_DIRECT`) writes under way while it is opened; on network file systems, changes by other
/// machines for as long as attributes are cached. Everything else that is under way at the open is waited
/// for, see [`SettledFiles`](super::settle::SettledFiles).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    inode: Inode,
    len: u64,
    modified: Moment,
    changed: Moment,
    links: u32,
}

/// Names a file for as long as it exists, through renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Inode {
    device: (u32, u32),
    number: u64,
}

impl Identity {
    /// Which file it is a version of.
    pub(super) const fn inode(&self) -> Inode {
        self.inode
    }

    /// Length of the file in bytes.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// A strong entity tag. The numbers are hashed: an inode number is nobody's business.
    pub(super) fn etag(&self) -> EntityTag {
        let mut hash = Sha256::new_with_prefix(b"flaskflix file 1");
        hash.update(self.inode.device.0.to_le_bytes());
        hash.update(self.inode.device.1.to_le_bytes());
        hash.update(self.inode.number.to_le_bytes());
        hash.update(self.len.to_le_bytes());
        for moment in [self.modified, self.changed] {
            hash.update(moment.secs.to_le_bytes());
            hash.update(moment.nanos.to_le_bytes());
        }
        let digest = hash.finalize();
        // 128 bits tell more versions apart than will ever exist, and keep the header short.
        EntityTag::from_identity(digest.get(..16).unwrap_or(&digest))
    }

    /// When the bytes last changed. Before 1970 counts as 1970.
    pub(super) fn last_modified(&self) -> UnixTime {
        UnixTime::from_secs(u64::try_from(self.modified.secs).unwrap_or(0))
    }

    /// Whether `now` is still the version `self`; if so, `self` becomes `now` for the next time it is asked.
    pub(super) fn confirm(&mut self, now: Self) -> bool {
        let bytes_kept = self.len == now.len && self.modified == now.modified;
        let relinked = self.links != now.links;
        let same = bytes_kept && (self.changed == now.changed || relinked);
        if same {
            *self = now;
        }
        same
    }

    /// Whether every change from now on will show in the times: the clock's tick of the last one is over.
    pub(super) fn is_settled(&self) -> bool {
        self.changed_before(Moment::now())
    }

    /// Whether the last change began so long ago that it is certainly complete.
    pub(super) fn is_old(&self) -> bool {
        self.changed_before(Moment::now().minus_secs(OLD_SECS))
    }

    /// Whether the last change is at least so long ago, in whole seconds.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        let secs = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.changed_before(Moment::now().minus_secs(secs))
    }

    /// ctime alone is asked: every write sets it, and no program can.
    fn changed_before(&self, then: Moment) -> bool {
        // A time well ahead of the clock: the clock was set back, and the next change will differ.
        self.changed < then || self.changed > Moment::now().minus_secs(-1)
    }
}

/// A point of a file's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    secs: i64,
    nanos: u32,
}

impl Moment {
    /// The very clock that the kernel stamps files with.
    fn now() -> Self {
        let now = clock_gettime(ClockId::RealtimeCoarse);
        Self {
            secs: now.tv_sec,
            nanos: u32::try_from(now.tv_nsec).unwrap_or(0),
        }
    }

    const fn minus_secs(self, secs: i64) -> Self {
        Self {
            secs: self.secs.saturating_sub(secs),
            nanos: self.nanos,
        }
    }
}

impl From<StatxTimestamp> for Moment {
    fn from(time: StatxTimestamp) -> Self {
        Self {
            secs: time.tv_sec,
            nanos: time.tv_nsec,
        }
    }
}

/// One `write` copies at most 2 GiB: minutes even where the disk holds it up.
const OLD_SECS: i64 = 600;

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        let moment = Moment {
            secs: 1_700_000_000,
            nanos: 5,
        };
        Identity {
            inode: Inode {
                device: (8, 1),
                number: 42,
            },
            len: 1_000,
            modified: moment,
            changed: moment,
            links: 1,
        }
    }

    #[test]
    fn every_part_of_the_identity_but_the_links_changes_the_tag() {
        let base = identity();
        let later = Moment {
            secs: 1_700_000_000,
            nanos: 6,
        };
        for other in [
            Identity {
                inode: Inode {
                    device: (8, 2),
                    ..base.inode
                },
                ..base
            },
            Identity {
                inode: Inode {
                    number: 43,
                    ..base.inode
                },
                ..base
            },
            Identity { len: 1_001, ..base },
            Identity {
                modified: later,
                ..base
            },
            Identity {
                changed: later,
                ..base
            },
        ] {
            assert_ne!(base.etag(), other.etag(), "{other:?}");
        }
        assert_eq!(base.etag(), Identity { links: 2, ..base }.etag());
        assert_eq!(base.etag().opaque().len(), 32);
    }

    #[test]
    fn unlinked_file_is_the_same_version_and_one_with_a_forged_mtime_is_not() {
        let base = identity();
        let later = Moment {
            secs: 1_700_000_001,
            nanos: 0,
        };
        #[rustfmt::skip]
        let cases = [
            ("untouched",       base,                                              true),
            ("unlinked",        Identity { changed: later, links: 0, ..base },     true),
            ("hard-linked",     Identity { changed: later, links: 2, ..base },     true),
            ("mtime put back",  Identity { changed: later, ..base },               false),
            ("written",         Identity { modified: later, changed: later, ..base }, false),
            ("written, linked", Identity { modified: later, links: 2, ..base },    false),
            ("truncated",       Identity { len: 10, ..base },                      false),
        ];
        for (name, now, same) in cases {
            assert_eq!(base.clone().confirm(now), same, "{name}");
        }
    }

    #[test]
    fn new_link_count_excuses_only_one_change() {
        let mut version = identity();
        let second = |secs: i64| Moment {
            secs: 1_700_000_000 + secs,
            nanos: 0,
        };
        assert!(version.confirm(Identity {
            changed: second(1),
            links: 0,
            ..identity()
        }));
        assert!(version.confirm(Identity {
            changed: second(1),
            links: 0,
            ..identity()
        }));
        assert!(!version.confirm(Identity {
            changed: second(2),
            links: 0,
            ..identity()
        }));
    }

    #[test]
    fn file_settles_with_the_tick_and_grows_old_after_minutes() {
        let changed = |secs_ago: i64| Identity {
            changed: Moment::now().minus_secs(secs_ago),
            ..identity()
        };
        let this_tick = Identity {
            changed: Moment {
                nanos: 999_999_999,
                ..Moment::now()
            },
            ..identity()
        };
        assert!(!this_tick.is_settled() && !this_tick.is_old());
        assert!(changed(1).is_settled() && !changed(1).is_old());
        assert!(changed(OLD_SECS + 1).is_old());
        // The clock was set back by an hour.
        assert!(changed(-3_600).is_settled() && changed(-3_600).is_old());
    }

    #[test]
    fn file_from_before_the_epoch_is_from_the_epoch() {
        let old = Identity {
            modified: Moment { secs: -5, nanos: 0 },
            ..identity()
        };
        assert_eq!(old.last_modified(), UnixTime::from_secs(0));
    }
}
