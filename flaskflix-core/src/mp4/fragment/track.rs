//! A track of a film in fragments while it is gathered.

use super::{
    columns::{Columns, Listed},
    header::Defaults,
    track_fragment::TrackFragment,
};
use crate::mp4::{BoxFault, FourCc, Limits, Mp4Error, trak::Beginning};

/// A track, and its samples found so far.
#[derive(Debug)]
pub(super) struct FragmentedTrack {
    pub(super) beginning: Beginning,
    pub(super) defaults: Defaults,
    /// Decode time of the first sample.
    pub(super) start: u64,
    pub(super) columns: Columns,
    /// Samples left out because the file ends before they do.
    pub(super) lost: u32,
    /// Whether it cannot be read: it is neither picture nor sound.
    pub(super) broken: bool,
    /// The fragment of the first of them, and why.
    outside: Option<(Place, Mp4Error)>,
}

/// Which fragment, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) number: u32,
    /// Where its `moof` box starts in the file.
    pub(super) at: u64,
}

impl Place {
    /// The same error, now known to be about this fragment.
    pub(super) fn name(self, error: Mp4Error) -> Mp4Error {
        match error {
            Mp4Error::Fragment { .. } => error,
            error => Mp4Error::Fragment {
                number: self.number,
                offset: self.at,
                fault: Box::new(error),
            },
        }
    }
}

impl FragmentedTrack {
    /// A track with the samples that the `moov` box lists.
    pub(super) fn new(beginning: Beginning) -> Self {
        let mut columns = Columns::default();
        for sample in beginning.samples.samples(0..u32::MAX) {
            columns.push(Listed::from(sample));
        }
        Self {
            beginning,
            defaults: Defaults::default(),
            start: 0,
            columns,
            lost: 0,
            broken: false,
            outside: None,
        }
    }

    /// Goes to the decode time of the next fragment, when that has samples.
    pub(super) fn enter(&mut self, traf: &TrackFragment, place: Place) -> Result<(), Mp4Error> {
        if traf.is_empty()? {
            return Ok(());
        }
        // Only the last fragment can be cut off by the end of the file.
        if let Some((cut, error)) = self.outside.take_if(|(cut, _)| *cut != place) {
            return Err(cut.name(error.in_track(self.beginning.id)));
        }
        let Some(time) = traf.decode_time else {
            return Ok(());
        };
        if self.columns.len() == 0 {
            self.start = time;
            return Ok(());
        }
        let since_start = time.checked_sub(self.start);
        if since_start.is_some_and(|time| self.columns.continue_at(time)) {
            return Ok(());
        }
        let fault = BoxFault::DecodeTime {
            decode_time: time,
            after: self.start.saturating_add(self.columns.last_time()),
        };
        Err(Mp4Error::in_box(FourCc(*b"tfdt"), fault))
    }

    /// Takes the next sample. `false`: it does not lie inside the file, or one before it does not.
    pub(super) fn take(
        &mut self,
        sample: Listed,
        place: Place,
        object_len: u64,
        limits: &Limits,
    ) -> Result<bool, BoxFault> {
        let end = sample.offset.checked_add(u64::from(sample.size));
        if self.outside.is_some() || end.is_none_or(|end| end > object_len) {
            self.lost = self.lost.saturating_add(1);
            self.outside.get_or_insert_with(|| {
                let fault = BoxFault::SampleOutsideFile {
                    offset: sample.offset,
                    bytes: u64::from(sample.size),
                    object_len,
                };
                (place, Mp4Error::in_box(FourCc(*b"trun"), fault))
            });
            return Ok(false);
        }
        let found = u64::from(self.columns.len()).saturating_add(1);
        if found > u64::from(limits.max_samples) {
            return Err(BoxFault::OverLimit {
                limit_name: "max_samples",
                limit: u64::from(limits.max_samples),
                found,
            });
        }
        Ok(self.columns.push(sample))
    }
}
