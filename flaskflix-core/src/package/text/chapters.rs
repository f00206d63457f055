//! Chapters of a title: of a track (`QuickTime`) or of a list (Nero).

use std::time::Duration;

use super::{
    super::{
        Input, Presentation,
        survey::Survey,
        timeline::{Placement, Timeline},
    },
    read::{to_read, with_bytes},
};
use crate::{
    playlist::Language,
    range::ByteRange,
    text::{Chapter, tx3g},
    time::MediaTime,
};

/// Where a title's chapters come from.
#[derive(Debug, Clone)]
pub(in crate::package) enum ChapterPlan {
    /// The samples of a track of an input.
    Track {
        input: usize,
        track: usize,
        placement: Placement,
    },
    /// A list that was in the index: when each starts, and what it is called.
    List {
        input: usize,
        chapters: Vec<(Duration, String)>,
    },
}

impl ChapterPlan {
    /// The first track of chapters of all files, else the first list.
    pub(in crate::package) fn of(survey: &Survey<'_>, inputs: &[Input], timeline: Timeline) -> Option<Self> {
        if let Some(found) = survey.chapters {
            return Some(Self::Track {
                input: found.input,
                track: found.index,
                placement: timeline.place(found.track),
            });
        }
        let (input, file) = inputs
            .iter()
            .enumerate()
            .find(|(_, file)| !file.index.chapters().is_empty())?;
        let mut chapters: Vec<_> = file
            .index
            .chapters()
            .iter()
            .map(|chapter| {
                let ticks = i64::try_from(chapter.start).unwrap_or(i64::MAX);
                let start = timeline.title_micros(MediaTime::new(ticks, LIST_CLOCK));
                (Duration::from_micros(start), chapter.title.clone())
            })
            .collect();
        chapters.sort();
        Some(Self::List { input, chapters })
    }
}

/// Chapters that are about to be read: read [`ranges`](Self::ranges) of [`input`](Self::input), then
/// [`chapters`](Self::chapters).
#[derive(Debug)]
#[must_use]
pub struct ChapterRead<'a> {
    presentation: &'a Presentation,
    plan: &'a ChapterPlan,
    input: &'a Input,
    ranges: Vec<ByteRange>,
    samples: Vec<(std::ops::Range<Duration>, usize)>,
}

impl Presentation {
    /// Whether the title has chapters, as far as its files say.
    #[must_use]
    pub const fn has_chapters(&self) -> bool {
        self.chapter_plan().is_some()
    }

    /// What must be read to list the title's chapters. `None` when it has none.
    #[must_use]
    pub fn chapters(&self) -> Option<ChapterRead<'_>> {
        let plan = self.chapter_plan()?;
        let (ChapterPlan::Track { input, .. } | ChapterPlan::List { input, .. }) = plan;
        let input = self.inputs().get(*input)?;
        let (ranges, samples) = match plan {
            ChapterPlan::List { .. } => (Vec::new(), Vec::new()),
            ChapterPlan::Track { track, placement, .. } => {
                let track = input.index.tracks().get(*track)?;
                to_read(track, *placement, 0..track.samples.len())
            }
        };
        Some(ChapterRead {
            presentation: self,
            plan,
            input,
            ranges,
            samples,
        })
    }
}

impl<'a> ChapterRead<'a> {
    /// The file that they come from.
    #[must_use]
    pub const fn input(&self) -> &'a Input {
        self.input
    }

    /// The bytes to read, in this order; empty when the index has the chapters already.
    #[must_use]
    pub fn ranges(&self) -> &[ByteRange] {
        &self.ranges
    }

    /// The chapters. `media` are the bytes of [`ranges`](Self::ranges), one range after another.
    ///
    /// Each ends where the next one starts, the last with the title; those of no length are left out.
    #[must_use]
    pub fn chapters(self, media: &[u8]) -> Vec<Chapter> {
        let (starts, language): (Vec<(Duration, String)>, Option<Language>) = match self.plan {
            ChapterPlan::List { chapters, .. } => (chapters.clone(), None),
            ChapterPlan::Track { track, .. } => {
                let samples = with_bytes(self.samples, media);
                let starts = samples
                    .map(|(time, bytes)| (time.start, tx3g::plain(bytes)))
                    .collect();
                let track = self.input.index.tracks().get(*track);
                let language = track.and_then(|track| Language::from_media_code(&track.language));
                (starts, language)
            }
        };
        let end = self.presentation.duration();
        let language = language.map_or_else(|| "und".to_owned(), |language| language.tag().to_owned());
        let ends: Vec<Duration> = starts.iter().skip(1).map(|next| next.0).chain([end]).collect();
        starts
            .into_iter()
            .zip(ends)
            .filter(|((start, _), end)| start < end)
            .map(|((start, title), chapter_end)| Chapter {
                start,
                end: chapter_end.min(end),
                title,
                language: language.clone(),
            })
            .filter(|chapter| chapter.start < chapter.end)
            .collect()
    }
}

/// Ticks per second of the list's times.
const LIST_CLOCK: std::num::NonZeroU32 = std::num::NonZeroU32::new(10_000_000).unwrap();
