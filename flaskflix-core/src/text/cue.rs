//! Cues, and the cues of one language in order.

use std::{ops::Range, time::Duration};

use super::{TextError, markup};

/// One cue: a text and when it is shown.
///
/// A cue that exists can be written: it ends after it starts, in whole milliseconds, and nothing in it can end it early.
///
/// # Examples
/// ```
/// use flaskflix_core::text::Cue;
/// use std::time::Duration;
/// let cue = Cue::new(Duration::from_secs(1), Duration::from_secs(2), "<i>Hello</i>\n\n--> there").unwrap();
/// assert_eq!(cue.payload(), "<i>Hello</i>\n\u{a0}\n--&gt; there");
/// assert!(Cue::new(Duration::from_secs(2), Duration::from_secs(2), "never seen").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    start: Duration,
    end: Duration,
    id: Box<str>,
    settings: Box<str>,
    payload: Box<str>,
}

impl Cue {
    /// A cue with this `WebVTT` cue text: `&`, `<` and `>` are escaped already where they are meant literally.
    ///
    /// Times are cut to milliseconds. `None` when it would not be seen: it ends when it starts, or has no text.
    #[must_use]
    pub fn new(start: Duration, end: Duration, payload: &str) -> Option<Self> {
        let whole =
            |time: Duration| Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let (start, end) = (whole(start), whole(end));
        let payload = markup::block(payload);
        (start < end && !payload.is_empty()).then(|| Self {
            start,
            end,
            id: Box::default(),
            settings: Box::default(),
            payload: payload.into(),
        })
    }

    /// Sets its name and its settings, which stand in one line each: an arrow makes them none.
    #[must_use]
    pub(crate) fn with(self, id: &str, settings: &str) -> Self {
        Self {
            id: markup::line(id).into(),
            settings: markup::line(settings).into(),
            ..self
        }
    }

    /// When it appears on the title's timeline.
    #[must_use]
    pub const fn start(&self) -> Duration {
        self.start
    }

    /// When it goes.
    #[must_use]
    pub const fn end(&self) -> Duration {
        self.end
    }

    /// Its name; empty when it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it stands: `WebVTT` cue settings, `line:0 align:left`; empty for the usual place.
    #[must_use]
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// Its text, as `WebVTT` writes it.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The same cue, shown until later.
    pub(crate) fn until(&mut self, end: Duration) {
        self.end = self.end.max(end);
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            .saturating_add(self.id.len())
            .saturating_add(self.settings.len())
            .saturating_add(self.payload.len())
    }
}

/// The cues of one file or track, by the time at which they appear; at equal times in the order of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cues {
    /// `STYLE` and `REGION` blocks, each with a blank line behind it.
    header: Box<str>,
    cues: Vec<Cue>,
    /// For every cue when the last one up to it ends.
    ends: Vec<Duration>,
    skipped: Skipped,
}

/// Cues that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) count: u64,
    pub(super) first: Option<TextError>,
}

impl Skipped {
    pub(super) fn add(&mut self, error: TextError) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert(error);
    }
}

impl Cues {
    pub(super) fn new(header: String, mut cues: Vec<Cue>, skipped: Skipped) -> Self {
        cues.sort_by_key(Cue::start);
        let ends = cues.iter().scan(Duration::ZERO, |latest, cue| {
            *latest = cue.end.max(*latest);
            Some(*latest)
        });
        Self {
            ends: ends.collect(),
            header: header.into(),
            cues,
            skipped,
        }
    }

    /// The cues, by the time at which they appear.
    #[must_use]
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// `STYLE` and `REGION` blocks as they stand in the source; empty when there are none.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The cues that could not be read: how many, and what is wrong with the first.
    #[must_use]
    pub fn skipped(&self) -> Option<(u64, &TextError)> {
        Some((self.skipped.count, self.skipped.first.as_ref()?))
    }

    /// The cues that are seen at some moment of a stretch of time, by the time at which they appear.
    ///
    /// # Cost
    /// A binary search, then a walk from the first cue that may still be seen.
    pub fn during(&self, time: Range<Duration>) -> impl Iterator<Item = &Cue> {
        let from = self.ends.partition_point(|end| *end <= time.start);
        self.cues
            .iter()
            .skip(from)
            .take_while(move |cue| cue.start < time.end)
            .filter(move |cue| cue.end > time.start)
    }

    /// The same cues at other times: `micros` later, earlier when it is negative. What comes to lie before the start is cut off.
    #[must_use]
    pub(crate) fn moved(&self, micros: i64) -> Self {
        let by = Duration::from_micros(micros.unsigned_abs());
        let later = |time: Duration| match micros {
            0.. => time.saturating_add(by),
            _ => time.saturating_sub(by),
        };
        let cues = self.cues.iter().filter_map(|cue| {
            let moved = Cue::new(later(cue.start), later(cue.end), &cue.payload)?;
            Some(moved.with(&cue.id, &cue.settings))
        });
        Self::new(self.header.to_string(), cues.collect(), self.skipped.clone())
    }

    /// Memory that they hold, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let cues = self.cues.iter().map(Cue::memory_bytes);
        let rest = size_of::<Duration>().saturating_mul(self.ends.len());
        cues.fold(rest.saturating_add(self.header.len()), usize::saturating_add) as u64
    }
}

impl FromIterator<Cue> for Cues {
    fn from_iter<T: IntoIterator<Item = Cue>>(cues: T) -> Self {
        Self::new(String::new(), cues.into_iter().collect(), Skipped::default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start: u64, end: u64) -> Option<Cue> {
        Cue::new(Duration::from_millis(start), Duration::from_millis(end), "x")
    }

    proptest! {
        #[test]
        fn a_stretch_has_exactly_the_cues_that_overlap_it(
            times in prop::collection::vec((0_u64..1000, 0_u64..300), 0..40),
            from in 0_u64..1200, len in 0_u64..400,
        ) {
            let cues: Cues = times.iter().filter_map(|&(start, len)| cue(start, start + len)).collect();
            let stretch = Duration::from_millis(from)..Duration::from_millis(from + len);
            let found: Vec<_> = cues.during(stretch.clone()).cloned().collect();
            let wanted: Vec<_> = cues
                .cues()
                .iter()
                .filter(|cue| cue.start < stretch.end && cue.end > stretch.start)
                .cloned()
                .collect();
            prop_assert_eq!(found, wanted);
            prop_assert!(cues.cues().is_sorted_by_key(Cue::start));
        }
    }

    #[test]
    fn names_and_settings_stay_in_their_line() {
        let plain = cue(0, 1).unwrap().with("a\nb", "line:0\r\nalign:left");
        assert_eq!((plain.id(), plain.settings()), ("a b", "line:0 align:left"));
        let arrows = cue(0, 1).unwrap().with("1 --> 2", "a-->b");
        assert_eq!((arrows.id(), arrows.settings()), ("", ""));
    }
}
