//! Finds the `moov` box of a file and indexes it, without doing any I/O itself.

use bytes::Bytes;

use super::{
    BoxFault, FourCc, Index, Limits, Mp4Error,
    fragment::FragmentedFilm,
    movie,
    pace::Pace,
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
/// When the `moov` box announces fragments, the walk goes on to the end of the file: one read of some KiB for each
/// `moof` box, or one of 256 KiB for several fragments that are small. Where the file ends inside a fragment, the samples
/// that are whole are indexed: see [`Index::fragments`].
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
    pace: Pace,
    brands: Vec<FourCc>,
    /// The film so far, when it is in fragments.
    film: Option<FragmentedFilm>,
    window: Window,
    state: State,
}

/// Bytes of the file that start at this offset.
#[derive(Debug, Default)]
struct Window {
    at: u64,
    bytes: Bytes,
}

impl Window {
    fn from(&self, offset: u64) -> Bytes {
        let skip = offset
            .checked_sub(self.at)
            .and_then(|skip| usize::try_from(skip).ok())
            .unwrap_or(usize::MAX);
        self.bytes.slice(skip.min(self.bytes.len())..)
    }
}

#[derive(Debug)]
enum State {
    /// Walks the top-level boxes.
    Scanning,
    /// Asked for these bytes.
    Asked {
        range: ByteRange,
        supplied: Option<Bytes>,
        goal: Goal,
    },
    /// Has the `moov` box, or has made one.
    Found(BoxView),
}

#[derive(Debug, Clone, Copy)]
enum Goal {
    Window,
    Movie(Header),
}

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
            pace: Pace::default(),
            brands: Vec::new(),
            film: None,
            window: Window::default(),
            state: State::Scanning,
        }
    }

    /// Takes the next step: asks for bytes, or is done.
    ///
    /// Called again without [`supply`](Self::supply) it repeats what it asked for.
    ///
    /// # Errors
    /// * [`Mp4Error::NoMovie`], [`Mp4Error::FragmentFirst`], [`Mp4Error::CompressedMovie`]: not a film of the kind
    ///   that can be indexed.
    /// * [`Mp4Error::Fragment`]: a fragment is broken, or was put in the wrong place.
    /// * [`Mp4Error::Box`] and the others about tracks: the file is broken, or a cap of [`Limits`] was hit.
    /// * [`Mp4Error::WrongSupply`]: the caller supplied another number of bytes than was asked for.
    pub fn step(&mut self) -> Result<Step, Mp4Error> {
        loop {
            match &mut self.state {
                State::Scanning => self.scan()?,
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

    /// Walks the top-level boxes that start inside the window.
    fn scan(&mut self) -> Result<(), Mp4Error> {
        loop {
            let rest = self.window.from(self.offset);
            let available = self.object_len.saturating_sub(self.offset);
            if (rest.len() as u64) < available.min(Header::MAX_BYTES) {
                return self.probe();
            }
            let header = match Header::read(&rest, self.offset, available) {
                Ok(Some(header)) => header,
                Ok(None) => return self.end(false),
                // A recording that was interrupted: what is whole is a film.
                Err(error) if self.film.is_some() && is_overrun(&error) => return self.end(true),
                Err(error) => return Err(error),
            };
            match &header.fourcc.0 {
                b"moov" if self.film.is_none() => return self.movie(header, &rest),
                b"moof" => match usize::try_from(header.size)
                    .ok()
                    .filter(|size| *size <= rest.len())
                {
                    Some(size) => self.fragment(header, &rest.slice(..size))?,
                    None => return self.ask_for_fragment(header),
                },
                b"ftyp" => self.brands = brands(header, &rest),
                _ => {}
            }
            self.walk.count(header.fourcc, 1)?;
            self.offset = self.offset.saturating_add(header.size);
        }
    }

    /// Asks for bytes at the next top-level box.
    fn probe(&mut self) -> Result<(), Mp4Error> {
        self.probes = self.probes.saturating_add(1);
        if self.probes > self.limits.max_probes {
            return Err(over_limit(
                MOOV,
                "max_probes",
                u64::from(self.limits.max_probes),
                u64::from(self.probes),
            ));
        }
        let end = self.offset.saturating_add(self.pace.read_bytes());
        self.ask(end, Goal::Window)
    }

    /// Asks for the bytes from the next top-level box up to `end`.
    fn ask(&mut self, end: u64, goal: Goal) -> Result<(), Mp4Error> {
        let range = ByteRange::new(self.offset, end.min(self.object_len)).ok_or(self.no_movie())?;
        self.state = State::Asked {
            range,
            supplied: None,
            goal,
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
        self.state = State::Scanning;
        match goal {
            Goal::Window => {
                self.window = Window {
                    at: range.start(),
                    bytes,
                };
                Ok(())
            }
            Goal::Movie(header) => self.take_movie(header, &bytes),
        }
    }

    /// Takes the `moov` box out of the window that it starts in, or asks for it.
    fn movie(&mut self, header: Header, rest: &Bytes) -> Result<(), Mp4Error> {
        self.check_size(header)?;
        let whole = usize::try_from(header.size)
            .ok()
            .and_then(|size| rest.get(..size));
        match whole {
            // A copy, so that the index does not keep the whole window.
            Some(moov) => self.take_movie(header, &Bytes::copy_from_slice(moov)),
            None => self.ask(self.offset.saturating_add(header.size), Goal::Movie(header)),
        }
    }

    /// Goes on behind the `moov` box when it announces fragments.
    fn take_movie(&mut self, header: Header, bytes: &Bytes) -> Result<(), Mp4Error> {
        let moov = view(header, self.offset, bytes);
        self.walk.count(header.fourcc, 1)?;
        self.film = FragmentedFilm::start(&moov, &self.walk, &self.limits, self.object_len)?;
        if self.film.is_some() {
            self.walk = Walk::new(&self.limits);
            self.offset = self.offset.saturating_add(header.size);
        } else {
            self.state = State::Found(moov);
        }
        Ok(())
    }

    /// Asks for a `moof` box, and the header of the box behind it.
    fn ask_for_fragment(&mut self, header: Header) -> Result<(), Mp4Error> {
        self.check_size(header)?;
        let end = self.offset.saturating_add(header.size);
        self.ask(end.saturating_add(Header::MAX_BYTES), Goal::Window)
    }

    /// Takes a `moof` box.
    fn fragment(&mut self, header: Header, bytes: &Bytes) -> Result<(), Mp4Error> {
        let film = self
            .film
            .as_mut()
            .ok_or(Mp4Error::FragmentFirst { offset: self.offset })?;
        film.add(&view(header, self.offset, bytes), self.offset)?;
        self.pace.found(self.window.at, self.offset, header.size);
        self.probes = 0;
        self.walk = Walk::new(&self.limits);
        Ok(())
    }

    /// There is no further box. `cut_off`: the last one is not whole.
    fn end(&mut self, cut_off: bool) -> Result<(), Mp4Error> {
        let film = self.film.take().ok_or(self.no_movie())?;
        self.walk = Walk::new(&self.limits);
        self.state = State::Found(film.finish(cut_off)?);
        Ok(())
    }

    const fn check_size(&self, header: Header) -> Result<(), Mp4Error> {
        let limit = self.limits.max_moov_bytes;
        if header.size > limit {
            return Err(over_limit(header.fourcc, "max_moov_bytes", limit, header.size));
        }
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

const fn is_overrun(error: &Mp4Error) -> bool {
    matches!(
        error,
        Mp4Error::Box {
            fault: BoxFault::Overrun { .. },
            ..
        }
    )
}

const fn over_limit(fourcc: FourCc, limit_name: &'static str, limit: u64, found: u64) -> Mp4Error {
    Mp4Error::in_box(
        fourcc,
        BoxFault::OverLimit {
            limit_name,
            limit,
            found,
        },
    )
}
