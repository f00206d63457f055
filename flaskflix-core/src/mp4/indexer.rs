//! Finds the `moov` box of a file and indexes it, without doing any I/O itself.

use bytes::Bytes;

use super::{
    BoxFault, FourCc, Index, Limits, Mp4Error, movie,
    walk::{BoxView, Header, Walk},
};
use crate::range::ByteRange;

/// What the [`Indexer`] wants next.
#[derive(Debug)]
pub enum Step {
    /// Read this range of the file, hand its bytes over with [`Indexer::supply`], and take the next step.
    Read(ByteRange),
    /// The film is indexed.
    Done(Index),
}

/// Finds the `moov` box of a file and indexes it. It does no I/O: it says what to read, and is given the bytes.
///
/// The top-level boxes are walked from the start of the file with reads of at most 64 KiB, jumping over media
/// data by its size; then exactly the `moov` box is asked for, unless it was already read. A film that starts
/// with a small `moov` takes one read, any other two or three.
///
/// # Cost
/// One pass over the tables of the `moov` box: about 10 ms for three hours of film. See [`Index`] for memory.
///
/// # Examples
/// ```
/// use flaskflix_core::{Bytes, mp4::{Indexer, Limits, Mp4Error, Step}};
/// let file = b"\0\0\0\x08free";
/// let mut indexer = Indexer::new(file.len() as u64, Limits::default());
/// let error = loop {
///     match indexer.step() {
///         Ok(Step::Read(range)) => {
///             indexer.supply(Bytes::copy_from_slice(&file[range.start() as usize..range.end() as usize]));
///         }
///         Ok(Step::Done(_)) => unreachable!("the file has no moov box"),
///         Err(error) => break error,
///     }
/// };
/// assert_eq!(error, Mp4Error::NoMovie { object_len: 8 });
/// ```
#[derive(Debug)]
pub struct Indexer {
    object_len: u64,
    limits: Limits,
    walk: Walk,
    /// Where the next top-level box starts.
    offset: u64,
    probes: u32,
    brands: Vec<FourCc>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Needs bytes at `offset`.
    Seeking,
    /// Asked for these bytes.
    Asked {
        range: ByteRange,
        supplied: Option<Bytes>,
        goal: Goal,
    },
    /// Has these bytes of the file, which start at this offset.
    Scanning { at: u64, window: Bytes },
    /// Has the `moov` box.
    Found(BoxView),
}

#[derive(Debug, Clone, Copy)]
enum Goal {
    Probe,
    Movie(Header),
}

/// Bytes asked for when looking for the next top-level box.
const PROBE_BYTES: u64 = 64 << 10;

const MOOV: FourCc = FourCc(*b"moov");

impl Indexer {
    /// Starts on a file of `object_len` bytes.
    #[must_use]
    pub fn new(object_len: u64, limits: Limits) -> Self {
        Self {
            object_len,
            walk: Walk::new(&limits),
            limits,
            offset: 0,
            probes: 0,
            brands: Vec::new(),
            state: State::Seeking,
        }
    }

    /// Takes the next step: asks for bytes, or is done.
    ///
    /// Called again without [`supply`](Self::supply) it repeats what it asked for.
    ///
    /// # Errors
    /// * [`Mp4Error::NoMovie`], [`Mp4Error::Fragmented`], [`Mp4Error::CompressedMovie`]: not a film of the kind
    ///   that can be indexed.
    /// * [`Mp4Error::Box`] and the others about tracks: the file is broken, or a cap of [`Limits`] was hit.
    /// * [`Mp4Error::WrongSupply`]: the caller supplied another number of bytes than was asked for.
    pub fn step(&mut self) -> Result<Step, Mp4Error> {
        loop {
            match &mut self.state {
                State::Seeking => self.probe()?,
                State::Asked {
                    range,
                    supplied,
                    goal,
                } => {
                    let Some(bytes) = supplied.take() else {
                        return Ok(Step::Read(*range));
                    };
                    let (range, goal) = (*range, *goal);
                    self.accept(range, goal, bytes)?;
                }
                State::Scanning { at, window } => {
                    let (at, window) = (*at, window.clone());
                    self.scan(at, &window)?;
                }
                State::Found(moov) => {
                    return movie::index(moov, &self.walk, &self.limits, self.object_len, &self.brands)
                        .map(Step::Done);
                }
            }
        }
    }

    /// Hands over the bytes asked for by the last [`Step::Read`]. Does nothing when none were asked for.
    ///
    /// The index keeps slices of the bytes of the `moov` box: hand over a buffer of its own for it, not a slice
    /// of something larger.
    pub fn supply(&mut self, bytes: Bytes) {
        if let State::Asked { supplied, .. } = &mut self.state {
            *supplied = Some(bytes);
        }
    }

    /// Asks for bytes at the next top-level box.
    fn probe(&mut self) -> Result<(), Mp4Error> {
        let end = self.offset.saturating_add(PROBE_BYTES).min(self.object_len);
        let Some(range) = ByteRange::new(self.offset, end) else {
            return Err(self.no_movie());
        };
        self.probes = self.probes.saturating_add(1);
        if self.probes > self.limits.max_probes {
            return Err(over_limit(
                "max_probes",
                u64::from(self.limits.max_probes),
                u64::from(self.probes),
            ));
        }
        self.state = State::Asked {
            range,
            supplied: None,
            goal: Goal::Probe,
        };
        Ok(())
    }

    /// Takes bytes that were asked for.
    fn accept(&mut self, range: ByteRange, goal: Goal, bytes: Bytes) -> Result<(), Mp4Error> {
        if bytes.len() as u64 != range.len() {
            return Err(Mp4Error::WrongSupply {
                wanted: range.len(),
                supplied: bytes.len() as u64,
            });
        }
        self.state = match goal {
            Goal::Probe => State::Scanning {
                at: range.start(),
                window: bytes,
            },
            Goal::Movie(header) => State::Found(view(header, range.start(), &bytes)),
        };
        Ok(())
    }

    /// Walks the top-level boxes that start inside the window.
    fn scan(&mut self, at: u64, window: &Bytes) -> Result<(), Mp4Error> {
        loop {
            let skip = usize::try_from(self.offset.saturating_sub(at)).unwrap_or(usize::MAX);
            let rest = window.get(skip..).unwrap_or_default();
            let available = self.object_len.saturating_sub(self.offset);
            if (rest.len() as u64) < available.min(Header::MAX_BYTES) {
                self.state = State::Seeking;
                return Ok(());
            }
            let Some(header) = Header::read(rest, self.offset, available)? else {
                return Err(self.no_movie());
            };
            self.walk.count(header.fourcc, 1)?;
            match &header.fourcc.0 {
                b"moov" => return self.found(header, rest),
                b"moof" => return Err(Mp4Error::Fragmented { hybrid: false }),
                b"ftyp" => self.brands = brands(header, rest),
                _ => {}
            }
            self.offset = self.offset.saturating_add(header.size);
        }
    }

    /// Takes the `moov` box out of the window that it starts in, or asks for it.
    fn found(&mut self, header: Header, rest: &[u8]) -> Result<(), Mp4Error> {
        if header.size > self.limits.max_moov_bytes {
            return Err(over_limit(
                "max_moov_bytes",
                self.limits.max_moov_bytes,
                header.size,
            ));
        }
        let whole = usize::try_from(header.size)
            .ok()
            .and_then(|size| rest.get(..size));
        self.state = match (whole, ByteRange::from_len(self.offset, header.size)) {
            // A copy, so that the index does not keep the whole window.
            (Some(moov), _) => State::Found(view(header, self.offset, &Bytes::copy_from_slice(moov))),
            (None, Some(range)) => State::Asked {
                range,
                supplied: None,
                goal: Goal::Movie(header),
            },
            (None, None) => return Err(self.no_movie()),
        };
        Ok(())
    }

    const fn no_movie(&self) -> Mp4Error {
        Mp4Error::NoMovie {
            object_len: self.object_len,
        }
    }
}

/// Indexes a whole file in memory: an [`Indexer`] that is fed from `file`.
///
/// The index holds a copy of the `moov` box, not the file.
///
/// # Errors
/// As [`Indexer::step`].
pub fn index_bytes(file: &[u8], limits: &Limits) -> Result<Index, Mp4Error> {
    let mut indexer = Indexer::new(file.len() as u64, limits.clone());
    loop {
        match indexer.step()? {
            Step::Done(index) => return Ok(index),
            Step::Read(range) => {
                let start = usize::try_from(range.start()).unwrap_or(usize::MAX);
                let end = usize::try_from(range.end()).unwrap_or(usize::MAX);
                indexer.supply(Bytes::copy_from_slice(file.get(start..end).unwrap_or_default()));
            }
        }
    }
}

/// The top-level box at `offset` whose bytes, header included, these are.
fn view(header: Header, offset: u64, bytes: &Bytes) -> BoxView {
    let skip = usize::try_from(header.header_bytes).unwrap_or(usize::MAX);
    BoxView {
        fourcc: header.fourcc,
        payload: bytes.slice(skip.min(bytes.len())..),
        offset: offset.saturating_add(header.header_bytes),
        depth: 1,
    }
}

/// The brands of an `ftyp` box: the major brand, then the compatible ones (ISO 14496-12 section 4.3).
fn brands(header: Header, bytes: &[u8]) -> Vec<FourCc> {
    let end = usize::try_from(header.size)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let (codes, _) = bytes.get(8..end).unwrap_or_default().as_chunks::<4>();
    // The second code is the minor version.
    codes
        .iter()
        .take(1)
        .chain(codes.iter().skip(2))
        .take(MAX_BRANDS)
        .map(|code| FourCc(*code))
        .collect()
}

const MAX_BRANDS: usize = 64;

const fn over_limit(limit_name: &'static str, limit: u64, found: u64) -> Mp4Error {
    Mp4Error::in_box(
        MOOV,
        BoxFault::OverLimit {
            limit_name,
            limit,
            found,
        },
    )
}
