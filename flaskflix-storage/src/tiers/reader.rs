//! One read: a walk over blocks, wherever they are.

use std::{future::poll_fn, sync::Arc};

use bytes::Bytes;
use flaskflix_core::{
    range::ByteRange,
    source::{ByteStream, SourceError},
};

use super::{block::Span, cursor::Cursor, flight::Flight, object::TieredObject, stack::Found, stats::Tier};

/// The state of one read.
pub(super) struct Reader {
    object: Arc<TieredObject>,
    cursor: Cursor,
    /// Where the current block comes from.
    place: Place,
    /// From the lowest byte of the read to the highest, until the read has come to its end.
    stretch: Option<ByteRange>,
}

enum Place {
    /// Not looked for yet.
    Unknown,
    /// The whole block is here.
    Here { number: u64, tier: Tier, block: Bytes },
    /// On the disk.
    OnDisk { number: u64 },
    /// On its way.
    Coming {
        number: u64,
        flight: Arc<Flight>,
        own: bool,
        begun: bool,
    },
    /// This and what follows comes straight from the cold source, so many bytes of it.
    PassedBy { stream: ByteStream, left: u64 },
}

impl Reader {
    pub(super) fn new(object: Arc<TieredObject>, ranges: Vec<ByteRange>) -> Self {
        let start = ranges.iter().map(|range| range.start()).min();
        let end = ranges.iter().map(|range| range.end()).max();
        Self {
            object,
            stretch: start.zip(end).and_then(|(start, end)| ByteRange::new(start, end)),
            cursor: Cursor::new(ranges),
            place: Place::Unknown,
        }
    }

    /// The next chunk. Small ranges of blocks that are here become one chunk; large ones are handed out without a copy.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, SourceError>> {
        let mut gathered = Vec::new();
        while let Some(span) = self.cursor.span(&self.object.blocks) {
            let Some((tier, part)) = self.at_hand(span) else {
                if gathered.is_empty() {
                    return Some(self.wait_for(span).await);
                }
                break;
            };
            let small = part.len() < COPIED_BYTES;
            if !gathered.is_empty() && (!small || gathered.len().saturating_add(part.len()) > GATHERED_BYTES)
            {
                break;
            }
            self.hand_out(tier, part.len());
            if !small {
                return Some(Ok(part));
            }
            gathered.extend_from_slice(&part);
        }
        (!gathered.is_empty()).then(|| Ok(gathered.into()))
    }

    /// The bytes of a span when nothing has to be waited for.
    fn at_hand(&mut self, span: Span) -> Option<(Tier, Bytes)> {
        if !self.place.is_of(span.number) {
            self.place = self.look(span.number);
        }
        if let Place::Coming {
            number,
            flight,
            begun,
            ..
        } = &self.place
            && let Some((tier, block)) = flight.landed()
        {
            if !begun {
                self.object.stack.counters.block(tier);
            }
            self.place = Place::Here {
                number: *number,
                tier,
                block,
            };
        }
        match &self.place {
            Place::Here { tier, block, .. } if span.start < span.end && span.end <= block.len() => {
                Some((*tier, block.slice(span.start..span.end)))
            }
            _ => None,
        }
    }

    /// Looks for a block. Sends for those that come after it as well when it is not here: one wait instead of many.
    fn look(&self, number: u64) -> Place {
        let stack = &self.object.stack;
        let Some(wanted) = self.object.wanted(number) else {
            return Place::Unknown;
        };
        match stack.find(wanted) {
            Found::Held(block) => {
                stack.counters.block(Tier::Hot);
                Place::Here {
                    number,
                    tier: Tier::Hot,
                    block,
                }
            }
            Found::OnDisk => {
                stack.counters.block(Tier::Warm);
                Place::OnDisk { number }
            }
            Found::Coming { flight, own } => {
                for next in self.cursor.upcoming(&self.object.blocks, AHEAD_BLOCKS) {
                    if let Some(wanted) = self.object.wanted(next) {
                        stack.fetch_ahead(wanted, None);
                    }
                }
                Place::Coming {
                    number,
                    flight,
                    own,
                    begun: false,
                }
            }
            Found::NoRoom => self.pass_by(),
        }
    }

    /// Some bytes of a span that is not at hand, as soon as there are any.
    async fn wait_for(&mut self, span: Span) -> Result<Bytes, SourceError> {
        loop {
            let (tier, bytes) = match &mut self.place {
                Place::Coming {
                    flight, own, begun, ..
                } => match flight.bytes(span.start, span.end).await {
                    Ok((tier, bytes)) => {
                        if !*begun {
                            *begun = true;
                            self.object.stack.counters.block(tier);
                        }
                        (tier, bytes)
                    }
                    // What went wrong for another need not go wrong with our own open object.
                    Err(fault) if *own => return Err(fault.into()),
                    Err(_) => {
                        self.place = self.pass_by();
                        continue;
                    }
                },
                Place::PassedBy { stream, left } => {
                    let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await else {
                        return Err(SourceError::Changed);
                    };
                    let chunk = chunk?;
                    *left = left.checked_sub(chunk.len() as u64).ok_or(SourceError::Changed)?;
                    if *left == 0 {
                        self.place = Place::Unknown;
                    }
                    (Tier::Cold, chunk)
                }
                Place::OnDisk { .. } => match self.object.read_disk(span).await {
                    Some(bytes) => (Tier::Warm, bytes),
                    None => {
                        // Gone meanwhile, or damaged and gone now: the next look finds another place.
                        self.place = self.look(span.number);
                        continue;
                    }
                },
                // Not while a block that is in bounds is waited for.
                Place::Here { .. } | Place::Unknown => return Err(SourceError::Busy),
            };
            self.hand_out(tier, bytes.len());
            return Ok(bytes);
        }
    }

    /// Reads what comes next straight from the cold source, up to some bound, and leaves nothing in the tiers.
    fn pass_by(&self) -> Place {
        self.object.stack.counters.passed_by();
        self.object.stack.counters.block(Tier::Cold);
        let ranges = self.cursor.rest(PASSED_BY_BYTES);
        Place::PassedBy {
            left: ranges
                .iter()
                .fold(0, |sum, range| range.len().saturating_add(sum)),
            stream: Arc::clone(&self.object.cold).read(ranges),
        }
    }

    fn hand_out(&mut self, tier: Tier, bytes: usize) {
        self.object.stack.counters.bytes(tier, bytes);
        self.cursor.advance(bytes);
        if self.cursor.is_at_end()
            && let Some(stretch) = self.stretch.take()
        {
            let object = &self.object;
            object
                .ahead
                .read(&object.stack, &object.cold, object.blocks, stretch);
        }
    }
}

impl Place {
    const fn is_of(&self, block: u64) -> bool {
        match self {
            Self::Unknown => false,
            Self::Here { number, .. } | Self::OnDisk { number } | Self::Coming { number, .. } => {
                *number == block
            }
            Self::PassedBy { .. } => true,
        }
    }
}

/// Spans shorter than this are copied together: a response of many small writes costs more than a copy.
const COPIED_BYTES: usize = 32 << 10;
/// How much is copied together.
const GATHERED_BYTES: usize = 256 << 10;
/// Blocks of the same read that are sent for beside the one that is waited for.
const AHEAD_BLOCKS: usize = 3;
/// How much a read that found no room takes from the cold source before it looks again.
const PASSED_BY_BYTES: u64 = 8 << 20;
