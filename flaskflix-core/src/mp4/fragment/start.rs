//! Where the tracks of a film in fragments start.
//!
//! In a `moov` box decode times count from zero; the first fragment may have any. What lies in front becomes part of the
//! track's edit list: an empty edit, in a timescale of the film in which every track can say it exactly.

use std::num::NonZeroU32;

/// A track's place on the timeline of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrackStart {
    /// Ticks per second of the track.
    pub(super) timescale: NonZeroU32,
    /// Decode time of its first sample.
    pub(super) decode_time: u64,
    /// Its empty edits, in ticks of the film.
    pub(super) delay: u64,
    /// Media time at which its real edit starts.
    pub(super) media_time: u64,
}

/// An edit list whose media starts at decode time zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Edits {
    /// Empty edits in front, in ticks of the film.
    pub(super) delay: u64,
    /// Media time at which the real edit starts, in ticks of the track.
    pub(super) media_time: u64,
}

impl TrackStart {
    /// Ticks by which the media starts after the edit.
    const fn late(&self) -> u64 {
        self.decode_time.saturating_sub(self.media_time)
    }

    /// The edit list that says the same of a track that starts at zero. `film` is a multiple of `was`, in whose ticks
    /// [`delay`](Self::delay) is.
    pub(super) fn edits(&self, was: NonZeroU32, film: NonZeroU32) -> Edits {
        let ticks = u128::from(self.late()) * u128::from(film.get());
        let track = u128::from(self.timescale.get());
        let late = u64::try_from((ticks + track / 2) / track).unwrap_or(u64::MAX);
        let delay = self.delay.saturating_mul(u64::from(film.get() / was));
        Edits {
            delay: delay.saturating_add(late),
            media_time: self.media_time.saturating_sub(self.decode_time),
        }
    }
}

/// A multiple of the film's timescale in which all starts are whole ticks. When no such multiple has 32 bits, starts are
/// rounded to the nearest tick of the largest that has.
pub(super) fn fine_timescale(film: NonZeroU32, tracks: &[TrackStart]) -> NonZeroU32 {
    tracks.iter().fold(film, |film, track| {
        let per_second = u64::from(track.timescale.get());
        // Ticks of the film per second must be a multiple of this for `late` to be whole.
        let least = per_second / gcd(track.late(), per_second).max(1);
        let factor = least / gcd(u64::from(film.get()), least).max(1);
        u32::try_from(factor)
            .ok()
            .and_then(|factor| film.get().checked_mul(factor))
            .and_then(NonZeroU32::new)
            .unwrap_or(film)
    })
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(timescale: u32, decode_time: u64, media_time: u64) -> TrackStart {
        let timescale = NonZeroU32::new(timescale).unwrap();
        TrackStart {
            timescale,
            decode_time,
            delay: 0,
            media_time,
        }
    }

    #[test]
    fn starts_are_exact_where_a_timescale_has_room() {
        let film = NonZeroU32::new(1000).unwrap();
        let tracks = [
            track(90_000, 90_001, 0),
            track(44_100, 44_101, 0),
            track(48_000, 0, 7),
        ];
        let fine = fine_timescale(film, &tracks);
        assert_eq!(
            fine.get(),
            4_410_000,
            "the least multiple of 1000, 90000 and 44100"
        );
        for track in tracks {
            let edits = track.edits(film, fine);
            let late = u128::from(edits.delay) * u128::from(track.timescale.get());
            assert_eq!(late, u128::from(track.late()) * u128::from(fine.get()));
        }
        assert_eq!(
            tracks[2].edits(film, fine),
            Edits {
                delay: 0,
                media_time: 7
            }
        );
    }

    #[test]
    fn whole_milliseconds_need_no_finer_clock() {
        let film = NonZeroU32::new(1000).unwrap();
        assert_eq!(
            fine_timescale(film, &[track(90_000, 180, 0), track(48_000, 0, 0)]),
            film
        );
    }

    #[test]
    fn a_start_that_no_clock_can_say_is_rounded() {
        let film = NonZeroU32::new(4_000_000_000).unwrap();
        let odd = track(44_101, 1, 0);
        assert_eq!(fine_timescale(film, &[odd]), film);
        assert_eq!(odd.edits(film, film).delay, 90_701);
    }
}
