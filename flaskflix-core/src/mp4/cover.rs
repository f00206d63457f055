//! The picture that stands for a film: `moov/udta/meta/ilst/covr`, as iTunes, ffmpeg and most taggers write it.

use bytes::Bytes;

use super::{
    BoxFault, FourCc, Limits, Mp4Error,
    walk::{Header, Walk},
};
use crate::range::ByteRange;

/// A cover: an image file, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// What the first bytes say it is. The type that the box claims is not looked at: taggers get it wrong.
    pub format: CoverFormat,
    /// The image file. Only its first bytes were looked at.
    pub bytes: Bytes,
}

/// The image formats that a cover may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CoverFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// What the [`CoverFinder`] wants next.
#[derive(Debug)]
pub enum CoverStep {
    /// Read this range of the file, hand its bytes over with [`CoverFinder::supply`], and take the next step.
    Read(ByteRange),
    /// The search is over; `None`: the film has no cover that can be shown.
    Done(Option<Cover>),
}

/// Finds the cover of a film. Like [`Indexer`](super::Indexer) it does no I/O: it says what to read.
///
/// Only the headers of boxes are read, in windows of 4 KiB, and then the picture: a `moov` box of any size is jumped
/// over. It has nothing to do with indexing, and costs nothing unless it is asked for.
///
/// # Cost
/// Three to five reads for a usual film. Memory: the picture, at most [`Limits::max_cover_bytes`].
///
/// # Examples
/// ```
/// use flaskflix_core::{Bytes, mp4::{CoverFinder, CoverStep, Limits}};
/// let file = Bytes::from_static(b"\0\0\0\x08free");
/// let mut finder = CoverFinder::new(file.len() as u64, &Limits::default());
/// let cover = loop {
///     match finder.step()? {
///         CoverStep::Read(range) => finder.supply(file.slice(range.start() as usize..range.end() as usize)),
///         CoverStep::Done(cover) => break cover,
///     }
/// };
/// assert_eq!(cover, None);
/// # Ok::<(), flaskflix_core::mp4::Mp4Error>(())
/// ```
#[derive(Debug)]
pub struct CoverFinder {
    walk: Walk,
    max_probes: u32,
    max_cover_bytes: u64,
    probes: u32,
    /// How many boxes of [`PATH`] were entered.
    depth: usize,
    /// Where the next box starts.
    offset: u64,
    /// Where the box that was entered last ends.
    end: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Has these bytes of the file, which start at this offset.
    Looking {
        at: u64,
        window: Bytes,
    },
    /// Asked for these bytes.
    Asked {
        range: ByteRange,
        supplied: Option<Bytes>,
        goal: Goal,
    },
    Over(Option<Cover>),
}

#[derive(Debug, Clone, Copy)]
enum Goal {
    Window,
    Picture,
}

impl CoverFinder {
    /// Starts on a file of `object_len` bytes.
    #[must_use]
    pub const fn new(object_len: u64, limits: &Limits) -> Self {
        Self {
            walk: Walk::new(limits),
            max_probes: limits.max_probes,
            max_cover_bytes: limits.max_cover_bytes,
            probes: 0,
            depth: 0,
            offset: 0,
            end: object_len,
            state: State::Looking {
                at: 0,
                window: Bytes::new(),
            },
        }
    }

    /// Takes the next step: asks for bytes, or is done.
    ///
    /// Called again without [`supply`](Self::supply) it repeats what it asked for.
    ///
    /// # Errors
    /// * [`Mp4Error::Box`]: a box on the way is broken, or a cap of [`Limits`] was hit.
    /// * [`Mp4Error::WrongSupply`]: the caller supplied another number of bytes than was asked for.
    pub fn step(&mut self) -> Result<CoverStep, Mp4Error> {
        loop {
            match &mut self.state {
                State::Over(cover) => return Ok(CoverStep::Done(cover.clone())),
                State::Asked {
                    range,
                    supplied,
                    goal,
                } => {
                    let Some(bytes) = supplied.take() else {
                        return Ok(CoverStep::Read(*range));
                    };
                    let (range, goal) = (*range, *goal);
                    self.accept(range, goal, bytes)?;
                }
                State::Looking { at, window } => {
                    let (at, window) = (*at, window.clone());
                    self.state = self.look(at, &window)?;
                }
            }
        }
    }

    /// Hands over the bytes asked for by the last [`CoverStep::Read`]. Does nothing when none were asked for.
    pub fn supply(&mut self, bytes: Bytes) {
        if let State::Asked { supplied, .. } = &mut self.state {
            *supplied = Some(bytes);
        }
    }

    fn accept(&mut self, range: ByteRange, goal: Goal, bytes: Bytes) -> Result<(), Mp4Error> {
        if bytes.len() as u64 != range.len() {
            return Err(Mp4Error::WrongSupply {
                wanted: range.len(),
                supplied: bytes.len() as u64,
            });
        }
        self.state = match goal {
            Goal::Window => State::Looking {
                at: range.start(),
                window: bytes,
            },
            Goal::Picture => State::Over(format(&bytes).map(|format| Cover { format, bytes })),
        };
        Ok(())
    }

    /// Walks the boxes whose headers lie in the window, into those of [`PATH`] and over all others.
    fn look(&mut self, at: u64, window: &Bytes) -> Result<State, Mp4Error> {
        while let Some(&wanted) = PATH.get(self.depth) {
            let Some(rest) = self.in_window(at, window) else {
                return self.ask_for_window();
            };
            if self.is_at_version_of_meta(rest) {
                self.offset = self.offset.saturating_add(FULL_BOX_BYTES);
                continue;
            }
            let available = self.end.saturating_sub(self.offset);
            let Some(header) = Header::read(rest, self.offset, available)? else {
                return Ok(State::Over(None));
            };
            let depth = u32::try_from(self.depth).unwrap_or(u32::MAX);
            self.walk.count(header.fourcc, depth.saturating_add(1))?;
            if header.fourcc == wanted {
                self.end = self.offset.saturating_add(header.size);
                self.offset = self.offset.saturating_add(header.header_bytes);
                self.depth = self.depth.saturating_add(1);
            } else {
                self.offset = self.offset.saturating_add(header.size);
            }
        }
        self.ask_for_picture()
    }

    /// The bytes from the next box on, if enough of them are in the window for its header.
    fn in_window<'w>(&self, at: u64, window: &'w Bytes) -> Option<&'w [u8]> {
        let skip = usize::try_from(self.offset.checked_sub(at)?).ok()?;
        let rest = window.get(skip..)?;
        let needed = self.end.saturating_sub(self.offset).min(Header::MAX_BYTES);
        (rest.len() as u64 >= needed).then_some(rest)
    }

    /// Whether this is the version and flags of a `meta` box: ISO's has them (ISO 14496-12 section 8.11.1), that of
    /// `QuickTime` has not and starts with its first box, a `hdlr`.
    fn is_at_version_of_meta(&self, rest: &[u8]) -> bool {
        let entered_meta = self.depth.checked_sub(1).and_then(|last| PATH.get(last)) == Some(&META);
        entered_meta && rest.starts_with(&[0; 4]) && rest.get(8..12) == Some(b"hdlr".as_slice())
    }

    fn ask_for_window(&mut self) -> Result<State, Mp4Error> {
        let end = self.offset.saturating_add(WINDOW_BYTES).min(self.end);
        let Some(range) = ByteRange::new(self.offset, end) else {
            return Ok(State::Over(None));
        };
        self.probes = self.probes.saturating_add(1);
        if self.probes > self.max_probes {
            return Err(over_limit(
                "max_probes",
                u64::from(self.max_probes),
                u64::from(self.probes),
            ));
        }
        Ok(State::Asked {
            range,
            supplied: None,
            goal: Goal::Window,
        })
    }

    /// Asks for what follows type and locale of the `data` box.
    fn ask_for_picture(&self) -> Result<State, Mp4Error> {
        let start = self.offset.saturating_add(DATA_FIELDS_BYTES);
        let Some(range) = ByteRange::new(start, self.end) else {
            return Ok(State::Over(None));
        };
        if range.len() > self.max_cover_bytes {
            return Err(over_limit("max_cover_bytes", self.max_cover_bytes, range.len()));
        }
        Ok(State::Asked {
            range,
            supplied: None,
            goal: Goal::Picture,
        })
    }
}

fn format(bytes: &[u8]) -> Option<CoverFormat> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        Some(CoverFormat::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(CoverFormat::Png)
    } else {
        None
    }
}

const fn over_limit(limit_name: &'static str, limit: u64, found: u64) -> Mp4Error {
    Mp4Error::in_box(
        FourCc(*b"covr"),
        BoxFault::OverLimit {
            limit_name,
            limit,
            found,
        },
    )
}

const META: FourCc = FourCc(*b"meta");

/// The way to the picture. The first box of each type is entered, no other.
const PATH: [FourCc; 6] = [
    FourCc(*b"moov"),
    FourCc(*b"udta"),
    META,
    FourCc(*b"ilst"),
    FourCc(*b"covr"),
    FourCc(*b"data"),
];

/// Version and flags.
const FULL_BOX_BYTES: u64 = 4;

/// Type and locale.
const DATA_FIELDS_BYTES: u64 = 8;

const WINDOW_BYTES: u64 = 4 << 10;
