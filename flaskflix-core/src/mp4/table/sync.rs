//! Sync samples: where decoding may start (`stss`, ISO 14496-12 section 8.6.2).

use std::{ops::Range, slice};

use super::rows::{Rows, to_number};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// The sync samples of a track.
#[derive(Debug, Clone, Default)]
pub(super) struct Sync {
    /// `None`: there is no `stss` box, every sample is a sync sample.
    listed: Option<Listed>,
}

#[derive(Debug, Clone)]
struct Listed {
    rows: Rows<4>,
    /// What the first sample is called: 1, or 0 by some muxers.
    base: u32,
}

impl Listed {
    const fn sample(&self, row: &[u8; 4]) -> u32 {
        u32::from_be_bytes(*row).saturating_sub(self.base)
    }

    /// Number of sync samples before `sample`.
    fn before(&self, sample: u32) -> usize {
        self.rows.all().partition_point(|row| self.sample(row) < sample)
    }
}

impl Sync {
    /// Reads the `stss` box of a track with `samples` samples: increasing sample numbers.
    pub(super) fn parse(stss: &BoxView, samples: u32) -> Result<Self, Mp4Error> {
        let mut fields = stss.fields();
        fields.version_and_flags()?;
        let claimed = fields.u32()?;
        let rows = Rows::<4>::take(&mut fields, claimed)?;
        let base = u32::from(rows.get(0) != Some(&[0; 4]));
        let mut least = base;
        for (entry, row) in rows.all().iter().enumerate() {
            let number = u32::from_be_bytes(*row);
            if number < least || u64::from(number) >= u64::from(samples).saturating_add(u64::from(base)) {
                return Err(stss.fault(BoxFault::BadEntry {
                    entry: entry as u64,
                    value: u64::from(number),
                }));
            }
            least = number.saturating_add(1);
        }
        Ok(Self {
            listed: Some(Listed { rows, base }),
        })
    }

    /// Keeps the sync samples among the first `samples`.
    pub(super) fn truncate(&mut self, samples: u32) {
        if let Some(listed) = &mut self.listed {
            let kept = listed.before(samples);
            listed.rows.truncate(kept);
        }
    }

    /// Number of sync samples of a track with `samples` samples.
    pub(super) fn count(&self, samples: u32) -> u32 {
        self.listed
            .as_ref()
            .map_or(samples, |listed| to_number(listed.rows.len()))
    }

    /// Number of sync samples of a range.
    pub(super) fn count_in(&self, range: Range<u32>) -> u32 {
        self.listed.as_ref().map_or_else(
            || range.end.saturating_sub(range.start),
            |listed| {
                let before = |sample| listed.before(sample);
                to_number(before(range.end).saturating_sub(before(range.start)))
            },
        )
    }

    /// The last sync sample at or before `sample`.
    pub(super) fn at_or_before(&self, sample: u32) -> Option<u32> {
        let Some(listed) = &self.listed else {
            return Some(sample);
        };
        let row = listed.before(sample.saturating_add(1)).checked_sub(1)?;
        listed.rows.get(row).map(|row| listed.sample(row))
    }

    /// The sync samples of a track with `samples` samples, from `first` on.
    pub(super) fn samples_from(&self, first: u32, samples: u32) -> SyncSamples<'_> {
        SyncSamples(match &self.listed {
            None => Kind::All(first..samples),
            Some(listed) => Kind::Listed {
                rows: listed.rows.from(listed.before(first)).iter(),
                base: listed.base,
            },
        })
    }
}

/// Iterates over the samples that decoding may start at. See [`SampleTable::sync_samples`](super::SampleTable::sync_samples).
#[derive(Debug, Clone)]
pub struct SyncSamples<'a>(Kind<'a>);

#[derive(Debug, Clone)]
enum Kind<'a> {
    All(Range<u32>),
    Listed {
        rows: slice::Iter<'a, [u8; 4]>,
        base: u32,
    },
}

impl Iterator for SyncSamples<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match &mut self.0 {
            Kind::All(range) => range.next(),
            Kind::Listed { rows, base } => rows
                .next()
                .map(|row| u32::from_be_bytes(*row).saturating_sub(*base)),
        }
    }

    /// Costs the same wherever it goes, so that the n-th sync sample is found at once.
    fn nth(&mut self, n: usize) -> Option<u32> {
        match &mut self.0 {
            Kind::All(range) => range.nth(n),
            Kind::Listed { rows, base } => rows
                .nth(n)
                .map(|row| u32::from_be_bytes(*row).saturating_sub(*base)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Kind::All(range) => range.size_hint(),
            Kind::Listed { rows, .. } => rows.size_hint(),
        }
    }
}

impl ExactSizeIterator for SyncSamples<'_> {}
