//! Edit lists (ISO 14496-12 section 8.6.6): when a track starts, and which part of it is presented.
//!
//! Understood is what muxers write: empty edits in front (the track starts later) and one edit at normal speed
//! (its media time skips encoder delay). A playlist of several edits is an error: presenting it needs samples to
//! be shown twice or in another order, which no segment can say.

use std::num::NonZeroU32;

use super::{BoxFault, Mp4Error, walk::BoxView};
use crate::time::MediaTime;

/// What an edit list says, in its own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct EditList {
    /// Length of the empty edits in front, in ticks of the film.
    delay: u64,
    /// Media time at which the one real edit starts, in ticks of the track.
    media_time: u64,
    /// Length of the real edit in ticks of the film. 0: to the end of the media.
    duration: u64,
}

/// The effect of an edit list on a track, in ticks of the track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift {
    /// See [`Track::shift`](super::Track::shift).
    pub(super) shift: i64,
    /// See [`Track::edit_end`](super::Track::edit_end).
    pub(super) end: Option<u64>,
}

impl EditList {
    /// Reads an `elst` box of track `id`.
    pub(super) fn parse(elst: &BoxView, id: u32) -> Result<Self, Mp4Error> {
        let mut fields = elst.fields();
        let (version, _) = fields.version_and_flags()?;
        let entries = fields.u32()?;
        let room = fields.len() / if version == 0 { 12 } else { 20 };
        if u64::from(entries) > room as u64 {
            return Err(elst.fault(BoxFault::TableOverrun {
                claimed: u64::from(entries),
                room: room as u64,
            }));
        }
        let (mut list, mut edits) = (Self::default(), 0_u32);
        for entry in 0..entries {
            let duration = fields.u32_or_u64(version)?;
            let media_time = if version == 0 {
                i64::from(fields.i32()?)
            } else {
                fields.i64()?
            };
            let rate_16_16 = fields.i32()?;
            match u64::try_from(media_time) {
                // An empty edit behind the real one presents nothing for a while: nothing to do.
                Err(_) if media_time == -1 && edits > 0 => {}
                Err(_) if media_time == -1 => list.delay = list.delay.saturating_add(duration),
                Err(_) => {
                    return Err(elst.fault(BoxFault::BadEntry {
                        entry: u64::from(entry),
                        value: media_time.cast_unsigned(),
                    }));
                }
                Ok(_) if rate_16_16 != NORMAL_SPEED => {
                    return Err(Mp4Error::EditRate {
                        track: id,
                        rate_16_16,
                    });
                }
                Ok(media_time) => {
                    edits = edits.saturating_add(1);
                    (list.media_time, list.duration) = (media_time, duration);
                }
            }
        }
        if edits > 1 {
            return Err(Mp4Error::MultipleEdits { track: id, edits });
        }
        Ok(list)
    }

    /// Whether the real edit starts before `end`, in ticks of the track: otherwise it presents nothing.
    pub(super) const fn starts_before(&self, end: u64) -> bool {
        self.media_time < end
    }

    /// Length of the empty edits in front, in ticks of the film.
    pub(super) const fn delay(&self) -> u64 {
        self.delay
    }

    /// Length of the empty edits in front when it is none of a film, in ticks of the film.
    ///
    /// Longer than 136 years: later sums of times would not fit.
    pub(super) fn absurd_delay(&self, film: NonZeroU32) -> Option<u64> {
        let longest = u64::from(film.get()).saturating_mul(1 << 32);
        (self.delay > longest).then_some(self.delay)
    }

    /// Media time at which the real edit starts.
    pub(super) const fn media_time(&self) -> u64 {
        self.media_time
    }

    /// The effect on a track with this timescale in a film with that one.
    pub(super) fn shift(&self, track: NonZeroU32, film: NonZeroU32) -> Shift {
        let rescale = |ticks: u64| {
            let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
            MediaTime::new(ticks, film).rescale(track).ticks()
        };
        let media_time = i64::try_from(self.media_time).unwrap_or(i64::MAX);
        let length = rescale(self.duration).cast_unsigned();
        Shift {
            shift: rescale(self.delay).saturating_sub(media_time),
            end: (self.duration > 0).then(|| self.media_time.saturating_add(length)),
        }
    }
}

/// A media rate of 1.
const NORMAL_SPEED: i32 = 0x0001_0000;
