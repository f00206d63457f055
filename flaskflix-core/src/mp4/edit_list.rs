//! Edit lists (ISO 14496-12 section 8.6.6): when a track starts, and which part of it is presented.
//!
//! Understood is what segments can say: empty edits in front (the track starts later), and one stretch of the media at
//! normal speed, in one edit or in several that follow each other. Any other list shows samples twice, in another order, or
//! with pauses: an error.

use std::num::NonZeroU32;

use super::{BoxFault, Mp4Error, fields::Fields, walk::BoxView};
use crate::time::MediaTime;

/// What an edit list says, in its own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct EditList {
    /// Length of the empty edits in front, in ticks of the film.
    delay: u64,
    /// Media time at which the real edits start, in ticks of the track.
    media_time: u64,
    /// Length of the real edits in ticks of the film. `None`: to the end of the media.
    duration: Option<u64>,
}

/// The effect of an edit list on a track, in ticks of the track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift {
    /// See [`Track::shift`](super::Track::shift).
    pub(super) shift: i64,
    /// Media time at which presentation starts.
    pub(super) start: u64,
    /// See [`Track::edit_end`](super::Track::edit_end).
    pub(super) end: Option<u64>,
}

/// The clocks of an edit list: durations are in ticks of the film, media times in ticks of the track.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditClocks {
    pub(super) film: NonZeroU32,
    pub(super) track: NonZeroU32,
}

impl EditClocks {
    /// A time of the film in ticks of the track.
    fn to_track(self, ticks: u64) -> u64 {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        MediaTime::new(ticks, self.film)
            .rescale(self.track)
            .ticks()
            .cast_unsigned()
    }
}

/// One entry of the list.
#[derive(Debug, Clone, Copy)]
struct Edit {
    /// In ticks of the film.
    duration: u64,
    /// In ticks of the track; -1 is an empty edit.
    media_time: i64,
    rate_16_16: i32,
}

impl Edit {
    fn parse(fields: &mut Fields, version: u8) -> Result<Self, Mp4Error> {
        Ok(Self {
            duration: fields.u32_or_u64(version)?,
            media_time: if version == 0 {
                i64::from(fields.i32()?)
            } else {
                fields.i64()?
            },
            rate_16_16: fields.i32()?,
        })
    }
}

impl EditList {
    /// Reads an `elst` box of track `id`.
    pub(super) fn parse(elst: &BoxView, id: u32, clocks: EditClocks) -> Result<Self, Mp4Error> {
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
        let (mut delay, mut real, mut paused) = (0_u64, None::<Self>, false);
        for entry in 0..entries {
            let edit = Edit::parse(&mut fields, version)?;
            match u64::try_from(edit.media_time) {
                // Behind the last real edit it presents nothing for a while: nothing to do.
                Err(_) if edit.media_time == -1 && real.is_some() => paused = true,
                Err(_) if edit.media_time == -1 => delay = delay.saturating_add(edit.duration),
                Err(_) => {
                    return Err(elst.fault(BoxFault::BadEntry {
                        entry: u64::from(entry),
                        value: edit.media_time.cast_unsigned(),
                    }));
                }
                Ok(_) if edit.rate_16_16 != NORMAL_SPEED => {
                    return Err(Mp4Error::EditRate {
                        track: id,
                        rate_16_16: edit.rate_16_16,
                    });
                }
                Ok(media_time) => {
                    let list = real.get_or_insert(Self {
                        delay: 0,
                        media_time,
                        duration: Some(0),
                    });
                    let end = list.end(clocks);
                    if paused || !list.append(media_time, edit.duration, clocks) {
                        return Err(Mp4Error::EditJump {
                            track: id,
                            edit: entry.saturating_add(1),
                            media_time,
                            end: end.unwrap_or(u64::MAX),
                        });
                    }
                }
            }
        }
        Ok(Self {
            delay,
            ..real.unwrap_or_default()
        })
    }

    /// Appends an edit that follows the ones before in the media. `false`: it does not.
    fn append(&mut self, media_time: u64, duration: u64, clocks: EditClocks) -> bool {
        // Durations are rounded to ticks of the film.
        let tick = clocks.to_track(1).max(1);
        let follows = self
            .end(clocks)
            .is_some_and(|end| end.abs_diff(media_time) <= tick);
        // 0 is to the end of the media.
        self.duration = self
            .duration
            .filter(|_| duration > 0)
            .map(|length| length.saturating_add(duration));
        follows
    }

    /// Media time at which the real edits end.
    fn end(&self, clocks: EditClocks) -> Option<u64> {
        let length = clocks.to_track(self.duration?);
        Some(self.media_time.saturating_add(length))
    }

    /// Whether the real edits start before `end`, in ticks of the track: otherwise they present nothing.
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

    /// Media time at which the real edits start.
    pub(super) const fn media_time(&self) -> u64 {
        self.media_time
    }

    /// The effect on a track.
    pub(super) fn shift(&self, clocks: EditClocks) -> Shift {
        let media_time = i64::try_from(self.media_time).unwrap_or(i64::MAX);
        Shift {
            shift: clocks
                .to_track(self.delay)
                .cast_signed()
                .saturating_sub(media_time),
            start: self.media_time,
            end: self.end(clocks),
        }
    }
}

/// A media rate of 1.
const NORMAL_SPEED: i32 = 0x0001_0000;
