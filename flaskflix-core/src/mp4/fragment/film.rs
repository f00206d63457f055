//! A film in fragments while it is gathered.

use std::num::NonZeroU32;

use super::{
    columns::Columns,
    header::{Base, Defaults},
    moov,
    track::{FragmentedTrack, Place},
    track_fragment::TrackFragment,
};
use crate::mp4::{
    BoxFault, FourCc, Limits, Mp4Error,
    movie::{self, Film},
    trak,
    walk::{BoxView, Walk},
};

/// A film in fragments: its `moov` box, and the samples found so far.
#[derive(Debug)]
pub(in crate::mp4) struct FragmentedFilm {
    pub(super) moov: BoxView,
    /// Ticks per second of the film's own times.
    pub(super) timescale: NonZeroU32,
    pub(super) tracks: Vec<FragmentedTrack>,
    /// Number of `moof` boxes.
    pub(super) fragments: u32,
    unused: Unused,
    limits: Limits,
    object_len: u64,
}

/// Samples that were looked at and are of no use: as many are allowed as a track may have, for each costs time.
#[derive(Debug)]
struct Unused {
    found: u64,
    limit: u32,
}

impl Unused {
    fn count(&mut self) -> Result<(), BoxFault> {
        self.found = self.found.saturating_add(1);
        if self.found > u64::from(self.limit) {
            return Err(BoxFault::OverLimit {
                limit_name: "max_samples",
                limit: u64::from(self.limit),
                found: self.found,
            });
        }
        Ok(())
    }
}

impl FragmentedFilm {
    /// Starts with a `moov` box. `None`: it does not announce fragments (ISO 14496-12 section 8.8.1).
    pub(in crate::mp4) fn start(
        moov: &BoxView,
        walk: &Walk,
        limits: &Limits,
        object_len: u64,
    ) -> Result<Option<Self>, Mp4Error> {
        let [mvex] = walk.pick(moov, [FourCc(*b"mvex")])?;
        let Some(mvex) = mvex else { return Ok(None) };
        let parts = movie::parts(moov, walk, limits)?;
        let film = Film {
            walk,
            limits,
            object_len,
            timescale: parts.timescale,
        };
        let mut tracks = Vec::with_capacity(parts.traks.len());
        for trak in &parts.traks {
            if let Some(beginning) = trak::begin(trak, &film)? {
                tracks.push(FragmentedTrack::new(beginning));
            }
        }
        for child in walk.children(&mvex) {
            let child = child?;
            if &child.fourcc.0 != b"trex" {
                continue;
            }
            let (id, defaults) = Defaults::of_track(&child)?;
            if let Some(track) = tracks.iter_mut().find(|track| track.beginning.id == id) {
                track.defaults = defaults;
            }
        }
        Ok(Some(Self {
            moov: moov.clone(),
            timescale: parts.timescale,
            tracks,
            fragments: 0,
            unused: Unused {
                found: 0,
                limit: limits.max_samples,
            },
            limits: limits.clone(),
            object_len,
        }))
    }

    /// Adds the samples of the next `moof` box, which starts `at` this place in the file.
    pub(in crate::mp4) fn add(&mut self, moof: &BoxView, at: u64) -> Result<(), Mp4Error> {
        self.fragments = self.fragments.saturating_add(1);
        if self.fragments > self.limits.max_fragments {
            return Err(moof.fault(BoxFault::OverLimit {
                limit_name: "max_fragments",
                limit: u64::from(self.limits.max_fragments),
                found: u64::from(self.fragments),
            }));
        }
        let place = Place {
            number: self.fragments,
            at,
        };
        self.movie_fragment(moof, place)
            .map_err(|error| place.name(error))
    }

    /// The `moov` box that would have listed all samples. `cut_off`: the file ends inside a box.
    pub(in crate::mp4) fn finish(self, cut_off: bool) -> Result<BoxView, Mp4Error> {
        let payload = moov::synthetic(&self, cut_off, &Walk::new(&self.limits))?;
        if payload.len() as u64 > self.limits.max_moov_bytes {
            return Err(self.over_bytes(&self.moov, payload.len() as u64));
        }
        Ok(BoxView { payload, ..self.moov })
    }

    fn movie_fragment(&mut self, moof: &BoxView, place: Place) -> Result<(), Mp4Error> {
        // Every fragment has its own count: a long film has more boxes than any other.
        let walk = Walk::new(&self.limits);
        let mut previous_end = place.at;
        for child in walk.children(moof) {
            let child = child?;
            if &child.fourcc.0 == b"traf" {
                let traf = TrackFragment::gather(&child, &walk)?;
                previous_end = self
                    .track_fragment(&traf, place, previous_end)
                    .map_err(|error| error.in_track(traf.header.track))?;
            }
        }
        let tables = self.tracks.iter().map(|track| track.columns.table_bytes());
        let bytes = tables.fold(0, u64::saturating_add);
        if bytes > self.limits.max_moov_bytes {
            return Err(self.over_bytes(moof, bytes));
        }
        Ok(())
    }

    /// Adds the samples of one track fragment; returns where their data ends.
    fn track_fragment(
        &mut self,
        traf: &TrackFragment,
        place: Place,
        previous_end: u64,
    ) -> Result<u64, Mp4Error> {
        let base = match traf.header.base {
            Base::Explicit(offset) => offset,
            Base::Fragment => place.at,
            Base::Previous => previous_end,
        };
        let known = self
            .tracks
            .iter_mut()
            .find(|track| track.beginning.id == traf.header.track && !track.broken);
        let Some(track) = known else {
            // A track that the moov box does not have: its data still moves that of the next.
            let defaults = traf.header.defaults(Defaults::default());
            let unused = &mut self.unused;
            return traf.each_sample(base, defaults, &self.limits, |_| unused.count());
        };
        let defaults = traf.header.defaults(track.defaults);
        let taken = track.enter(traf, place).and_then(|()| {
            traf.each_sample(base, defaults, &self.limits, |sample| {
                if track.take(sample, place, self.object_len, &self.limits)? {
                    return Ok(());
                }
                self.unused.count()
            })
        });
        // A track that is neither picture nor sound may be broken: the film plays without it.
        taken.or_else(|error| {
            if track.beginning.relevant {
                return Err(error);
            }
            track.columns = Columns::default();
            track.broken = true;
            Ok(base)
        })
    }

    fn over_bytes(&self, of: &BoxView, found: u64) -> Mp4Error {
        of.fault(BoxFault::OverLimit {
            limit_name: "max_moov_bytes",
            limit: self.limits.max_moov_bytes,
            found,
        })
    }
}
