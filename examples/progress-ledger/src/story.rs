//! What the writers say. Every report tells which one it is: its position is that of no other report of its row, and its
//! duration is derived from the row and the report. A row that was put together from two reports cannot hide.

use std::fmt;

/// Most writers of a run.
pub(crate) const MAX_WRITERS: u16 = 64;

/// Most titles of a viewer.
pub(crate) const MAX_TITLES: u16 = 16;

/// One row of the store: a viewer and a title. Both count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Row {
    pub(crate) viewer: u16,
    pub(crate) title: u16,
}

/// What a report says and what a row holds, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) position_ms: u64,
    pub(crate) duration_ms: u64,
}

/// What words are found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The report of this number.
    Report(u64),
    /// The position of one report and the duration of another.
    Torn,
    /// Nothing that a writer says.
    Nonsense,
}

impl Row {
    pub(crate) fn viewer_name(self) -> String {
        viewer_name(self.viewer)
    }

    /// The title as URLs name it.
    pub(crate) fn title_name(self) -> String {
        self.title.saturating_add(1).to_string()
    }

    /// What report number `seq` says.
    pub(crate) fn words(self, seq: u64) -> Words {
        let row = u64::from(self.viewer) * u64::from(MAX_TITLES) + u64::from(self.title);
        Words {
            position_ms: START_MS + seq.min(MAX_SEQ) * STEP_MS,
            duration_ms: LONG_MS + row * 1_000_000 + seq % 1000 * 1000,
        }
    }

    /// Which report of this row says these words.
    pub(crate) fn meaning(self, words: Words) -> Meaning {
        let steps = words.position_ms.checked_sub(START_MS);
        match steps.filter(|ms| ms % STEP_MS == 0).map(|ms| ms / STEP_MS) {
            Some(seq) if self.words(seq) == words => Meaning::Report(seq),
            Some(_) => Meaning::Torn,
            None => Meaning::Nonsense,
        }
    }
}

impl Words {
    /// The fields of a report.
    pub(crate) fn fields(self) -> String {
        let secs = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let (position, duration) = (secs(self.position_ms), secs(self.duration_ms));
        format!(r#""current_time":{position},"total_duration":{duration}"#)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "viewer {} title {}", self.viewer_name(), self.title_name())
    }
}

/// The name of a viewer, in the header or to log in with.
pub(crate) fn viewer_name(viewer: u16) -> String {
    format!("ledger-{viewer}")
}

/// Everybody whom the server must know: the writers, and somebody of whom no writer ever speaks.
pub(crate) fn viewer_names(writers: u16) -> impl Iterator<Item = String> {
    (0..writers).map(viewer_name).chain([NOBODY.to_owned()])
}

/// The viewer who watches nothing.
pub(crate) const NOBODY: &str = "ledger-nobody";

/// Behind what counts as opening a title only.
const START_MS: u64 = 100_000;
/// A quarter of a second is exact in floating point.
const STEP_MS: u64 = 250;
/// So long that no report is near the end. With the rows' part it stays below the 30 days that are believed.
const LONG_MS: u64 = 1_000_000_000;
/// The report that would come near the end of the title.
const MAX_SEQ: u64 = 3_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_which_report_they_are() {
        for viewer in [0, 1, MAX_WRITERS - 1] {
            for title in [0, 1, MAX_TITLES - 1] {
                let row = Row { viewer, title };
                for seq in [1, 2, 999, 1000, 1001, 54_321] {
                    let words = row.words(seq);
                    assert_eq!(row.meaning(words), Meaning::Report(seq));
                    assert!(
                        words.duration_ms < 30 * 24 * 3_600_000 && words.position_ms * 2 < words.duration_ms
                    );
                }
            }
        }
    }

    #[test]
    fn words_of_two_reports_are_torn() {
        let (row, other) = (Row { viewer: 1, title: 1 }, Row { viewer: 2, title: 1 });
        let (new, old, foreign) = (row.words(6), row.words(5), other.words(6));
        for duration_ms in [old.duration_ms, foreign.duration_ms, 0] {
            assert_eq!(row.meaning(Words { duration_ms, ..new }), Meaning::Torn);
        }
        let nonsense = Words {
            position_ms: 1,
            ..new
        };
        assert_eq!(row.meaning(nonsense), Meaning::Nonsense);
    }

    #[test]
    fn fields_are_json() {
        let fields = Row { viewer: 0, title: 0 }.words(5).fields();
        assert_eq!(fields, r#""current_time":101.250,"total_duration":1000005.000"#);
    }
}
