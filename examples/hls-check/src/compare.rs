//! Packets and clocks of two tracks: pure decisions over what `ffprobe` printed.

use std::{collections::HashSet, fmt};

use crate::probe::{Packet, TimeBase, Track};

/// The first way in which two lists of packets differ. Packets are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PacketFault {
    /// Fewer packets than the source has; the first difference is at `at`.
    Missing {
        /// Where the lists part.
        at: usize,
        /// How many are missing in all.
        count: usize,
    },
    /// More packets than the source has; the first difference is at `at`.
    Extra {
        /// Where the lists part.
        at: usize,
        /// How many there are too many.
        count: usize,
    },
    /// Two packets stand in each other's place.
    Swapped {
        /// The earlier place.
        at: usize,
        /// The later place.
        with: usize,
    },
    /// A packet of another length.
    Size {
        /// Which packet.
        at: usize,
        /// Bytes that arrived.
        got: u64,
        /// Bytes in the source.
        want: u64,
    },
    /// A packet of the right length with other bytes.
    Hash {
        /// Which packet.
        at: usize,
    },
}

/// Compares the packets of two tracks by count, order, size and payload hash.
///
/// # Errors
/// The first [`PacketFault`].
pub fn packets(got: &[Packet], want: &[Packet]) -> Result<(), PacketFault> {
    let same = |a: &Packet, b: &Packet| (a.size, a.hash) == (b.size, b.hash);
    let equal = got.iter().zip(want).take_while(|(a, b)| same(a, b)).count();
    let at = equal.saturating_add(1);
    let (Some(first_got), Some(first_want)) = (got.get(equal), want.get(equal)) else {
        return match got.len().cmp(&want.len()) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(PacketFault::Missing {
                at,
                count: want.len().abs_diff(got.len()),
            }),
            std::cmp::Ordering::Greater => Err(PacketFault::Extra {
                at,
                count: got.len().abs_diff(want.len()),
            }),
        };
    };
    let count = got.len().abs_diff(want.len());
    if got.len() < want.len() {
        return Err(PacketFault::Missing { at, count });
    }
    if got.len() > want.len() {
        return Err(PacketFault::Extra { at, count });
    }
    let rest = got.iter().zip(want).enumerate().skip(at);
    let partner = rest
        .map(|(i, pair)| (i.saturating_add(1), pair))
        .find(|(_, (a, b))| same(a, first_want) && same(b, first_got));
    Err(match partner {
        Some((with, _)) => PacketFault::Swapped { at, with },
        None if first_got.size != first_want.size => PacketFault::Size {
            at,
            got: first_got.size,
            want: first_want.size,
        },
        None => PacketFault::Hash { at },
    })
}

/// For every HLS track the index of the source track that it carries.
///
/// An exact match of all packets wins, one that no other track took before one that was taken; failing that, the
/// source track of the same kind that shares the most payloads, so that the fault can be named.
#[must_use]
pub fn match_tracks(got: &[&Track], want: &[&Track]) -> Vec<Option<usize>> {
    let mut taken = HashSet::new();
    got.iter()
        .map(|track| {
            let hashes: HashSet<&[u8; 32]> = track.packets.iter().map(|packet| &packet.hash).collect();
            let best = want
                .iter()
                .enumerate()
                .filter(|(_, candidate)| candidate.kind == track.kind)
                .map(|(i, candidate)| {
                    let exact = packets(&track.packets, &candidate.packets).is_ok();
                    let shared = candidate
                        .packets
                        .iter()
                        .filter(|p| hashes.contains(&p.hash))
                        .count();
                    (exact, !taken.contains(&i), shared, i)
                })
                .filter(|&(_, _, shared, _)| shared > 0)
                .max_by_key(|&(exact, free, shared, i)| (exact, free, shared, std::cmp::Reverse(i)))
                .map(|(_, _, _, i)| i)?;
            taken.insert(best);
            Some(best)
        })
        .collect()
}

/// The clocks of all streams of a title against the source's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// What a unit of the numbers below is: this many make a second, exactly.
    pub per_second: i128,
    /// HLS time minus source time, the same for all streams.
    pub offset: i128,
    /// One for each pair, in order.
    pub streams: Vec<StreamClock>,
}

/// The clock of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamClock {
    /// The error that is allowed: one tick of the coarser side.
    pub tick: i128,
    /// The largest error of a presentation time.
    pub presentation: Drift,
    /// The largest error of a decode time.
    pub decode: Drift,
}

/// The largest error of one kind of time in a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// HLS time minus source time minus the common offset, where it is farthest from zero.
    pub worst: i128,
    /// The packet (from 1) with the largest error.
    pub at: usize,
    /// Packets whose time one side lacks though the other has it.
    pub absent: usize,
}

impl StreamClock {
    /// Whether all times of the stream are within one tick.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.presentation.absent == 0
            && self.presentation.worst.abs() <= self.tick
            && self.decode.worst.abs() <= self.tick
    }
}

/// Compares the times of pairs of (HLS track, source track) whose packets are equal.
///
/// The stream with the finest ticks gives the offset that all must keep; every packet of every stream may be off by
/// one tick, the coarser of the two sides of its stream. So two streams of equal ticks can never be two apart.
///
/// # Errors
/// A text for people when there is no time to compare, or when time bases are too odd for exact arithmetic.
pub fn clocks(pairs: &[(&Track, &Track)]) -> Result<Clocks, String> {
    clocks_exactly(pairs)
        .ok_or_else(|| "the times are too large to be compared exactly, or there are none".to_owned())
}

fn clocks_exactly(pairs: &[(&Track, &Track)]) -> Option<Clocks> {
    let bases = || {
        pairs
            .iter()
            .flat_map(|(got, want)| [got.time_base, want.time_base])
    };
    let per_second = bases().try_fold(1_i128, |all, base| {
        all.checked_div(gcd(all, base.den))?.checked_mul(base.den)
    })?;
    let unit = |base: TimeBase| per_second.checked_div(base.den)?.checked_mul(base.num);
    let tick = |(got, want): &(&Track, &Track)| Some(unit(got.time_base)?.max(unit(want.time_base)?));
    let finest = pairs.iter().min_by_key(|pair| tick(pair))?;
    let (got_unit, want_unit) = (unit(finest.0.time_base)?, unit(finest.1.time_base)?);
    let offset = finest
        .0
        .packets
        .iter()
        .zip(&finest.1.packets)
        .find_map(|(got, want)| difference(got.pts?, got_unit, want.pts?, want_unit))?;
    let streams = pairs
        .iter()
        .map(|pair| {
            let (got, want) = *pair;
            let units = (unit(got.time_base)?, unit(want.time_base)?);
            Some(StreamClock {
                tick: tick(pair)?,
                presentation: drift(got, want, units, offset, |packet| packet.pts)?,
                decode: drift(got, want, units, offset, |packet| packet.dts)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Clocks {
        per_second,
        offset,
        streams,
    })
}

fn drift(
    got: &Track,
    want: &Track,
    (got_unit, want_unit): (i128, i128),
    offset: i128,
    time: impl Fn(&Packet) -> Option<i64>,
) -> Option<Drift> {
    let mut out = Drift::default();
    for (i, (a, b)) in got.packets.iter().zip(&want.packets).enumerate() {
        match (time(a), time(b)) {
            (Some(a), Some(b)) => {
                let error = difference(a, got_unit, b, want_unit)?.checked_sub(offset)?;
                if error.abs() > out.worst.abs() || out.at == 0 {
                    out.worst = error;
                    out.at = i.saturating_add(1);
                }
            }
            (None, None) => {}
            _ => out.absent = out.absent.saturating_add(1),
        }
    }
    Some(out)
}

fn difference(got: i64, got_unit: i128, want: i64, want_unit: i128) -> Option<i128> {
    let got = i128::from(got).checked_mul(got_unit)?;
    got.checked_sub(i128::from(want).checked_mul(want_unit)?)
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

impl fmt::Display for PacketFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { at, count } => {
                write!(f, "{count} packets are missing, first difference at packet {at}")
            }
            Self::Extra { at, count } => {
                write!(f, "{count} packets too many, first difference at packet {at}")
            }
            Self::Swapped { at, with } => write!(f, "packets {at} and {with} are swapped"),
            Self::Size { at, got, want } => write!(f, "packet {at} has {got} bytes, the source's has {want}"),
            Self::Hash { at } => write!(f, "packet {at} has other bytes than the source's"),
        }
    }
}

#[cfg(test)]
mod tests;
