//! Runs of samples: `trun` (ISO 14496-12 section 8.8.8).

use bytes::Bytes;

use super::{columns::Listed, header::Defaults};
use crate::mp4::{BoxFault, Limits, Mp4Error, walk::BoxView};

/// A run of samples whose data lies in one piece.
#[derive(Debug)]
pub(super) struct Run {
    /// Number of samples.
    pub(super) count: u32,
    /// Where the data starts, from the base of the track fragment. `None`: behind the run before.
    pub(super) data_offset: Option<i32>,
    flags: u32,
    first_flags: Option<u32>,
    defaults: Defaults,
    /// What the samples have of their own.
    rows: Bytes,
}

impl Run {
    pub(super) fn parse(trun: &BoxView, defaults: Defaults, limits: &Limits) -> Result<Self, Mp4Error> {
        let mut fields = trun.fields();
        let (_, flags) = fields.version_and_flags()?;
        let count = fields.u32()?;
        if count > limits.max_samples {
            return Err(trun.fault(BoxFault::OverLimit {
                limit_name: "max_samples",
                limit: u64::from(limits.max_samples),
                found: u64::from(count),
            }));
        }
        let data_offset = (flags & DATA_OFFSET != 0).then(|| fields.i32()).transpose()?;
        let first_flags = (flags & FIRST_FLAGS != 0).then(|| fields.u32()).transpose()?;
        let row_bytes = row_bytes(flags);
        let room = fields.len().checked_div(row_bytes).unwrap_or(usize::MAX);
        let rows = usize::try_from(count)
            .ok()
            .filter(|&rows| rows <= room)
            .and_then(|rows| rows.checked_mul(row_bytes));
        let Some(rows) = rows else {
            return Err(trun.fault(BoxFault::TableOverrun {
                claimed: u64::from(count),
                room: room as u64,
            }));
        };
        // Samples that take no byte, neither here nor in the file: nothing bounds their number.
        if rows == 0 && count > 1 && defaults.size == 0 {
            return Err(trun.fault(BoxFault::BadField {
                field: "default_sample_size",
                value: 0,
            }));
        }
        Ok(Self {
            count,
            data_offset,
            flags,
            first_flags,
            defaults,
            rows: fields.take(rows)?,
        })
    }

    /// The samples, the first of which starts at `offset` in the file.
    pub(super) fn samples(&self, mut offset: u64) -> impl Iterator<Item = Listed> {
        let mut words = self
            .rows
            .as_chunks::<4>()
            .0
            .iter()
            .map(|word| u32::from_be_bytes(*word));
        (0..self.count).map(move |n| {
            let mut own = |bit: u32, default: u32| {
                if self.flags & bit != 0 {
                    words.next().unwrap_or(default)
                } else {
                    default
                }
            };
            let duration = own(SAMPLE_DURATION, self.defaults.duration);
            let size = own(SAMPLE_SIZE, self.defaults.size);
            let first = self.first_flags.filter(|_| n == 0);
            let flags = own(SAMPLE_FLAGS, first.unwrap_or(self.defaults.flags));
            let sample = Listed {
                duration,
                // Signed in version 0 too: muxers write negative ones there.
                composition_offset: own(SAMPLE_COMPOSITION_OFFSET, 0).cast_signed(),
                size,
                offset,
                sync: is_sync(flags),
            };
            offset = offset.saturating_add(u64::from(size));
            sample
        })
    }
}

/// Whether these sample flags (ISO 14496-12 section 8.8.3.1) are those of a sync sample.
///
/// A sample that depends on others is none, even when the flag that should say so was forgotten: so do players.
const fn is_sync(flags: u32) -> bool {
    flags & (IS_NON_SYNC | DEPENDS_ON_OTHERS) == 0
}

/// Bytes that each sample has of its own.
fn row_bytes(flags: u32) -> usize {
    let own = [
        SAMPLE_DURATION,
        SAMPLE_SIZE,
        SAMPLE_FLAGS,
        SAMPLE_COMPOSITION_OFFSET,
    ];
    own.iter()
        .filter(|bit| flags & **bit != 0)
        .count()
        .saturating_mul(4)
}

const DATA_OFFSET: u32 = 0x001;
const FIRST_FLAGS: u32 = 0x004;
const SAMPLE_DURATION: u32 = 0x100;
const SAMPLE_SIZE: u32 = 0x200;
const SAMPLE_FLAGS: u32 = 0x400;
const SAMPLE_COMPOSITION_OFFSET: u32 = 0x800;

const IS_NON_SYNC: u32 = 0x0001_0000;
const DEPENDS_ON_OTHERS: u32 = 0x0100_0000;
