//! What was judged: one line each, a table of the runs, and the count.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use crate::{
    proxy::Served,
    screening::{Departure, Outcome},
};

/// What was judged so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: u32,
    failed: u32,
    rows: Vec<[String; COLUMNS.len()]>,
}

impl Report {
    /// Judges one thing, and says so.
    pub(crate) fn judge(&mut self, is_so: bool, what: &str, found: &str) -> io::Result<()> {
        let count = if is_so { &mut self.passed } else { &mut self.failed };
        *count = count.saturating_add(1);
        let verdict = if is_so { "ok  " } else { "FAIL" };
        writeln!(io::stdout(), "{verdict} {what}: {found}")
    }

    /// Judges a run.
    pub(crate) fn judge_run(&mut self, name: &str, outcome: &Outcome) -> io::Result<()> {
        let counts = &outcome.counts;
        self.judge_viewers(name, outcome)?;
        let is_kept = outcome.lost == 0 && counts.contradicted == 0 && counts.acknowledged > 0;
        let kept = format!(
            "{} acknowledged, {} rows read back, {} lost, {} contradicted",
            counts.acknowledged, outcome.read_back, outcome.lost, counts.contradicted
        );
        self.judge(
            is_kept,
            &format!("{name}: no acknowledged position is lost"),
            &kept,
        )?;
        let unread = outcome.unread.first().map_or("all", String::as_str);
        let rows = u64::try_from(outcome.viewers.saturating_mul(outcome.served.len())).unwrap_or(u64::MAX);
        let is_read = outcome.read_back == rows;
        self.judge(is_read, &format!("{name}: sessions last, on every node"), unread)?;
        if outcome.served.len() > 1 {
            self.judge_nodes(name, outcome)?;
        }
        let expected = match outcome.departure {
            Departure::Killed => None,
            Departure::Drained => Some(0),
        };
        let left = format!("{} after {} ms", outcome.status, outcome.leaving.as_millis());
        let what = format!("{name}: the node ends as it should");
        self.judge(outcome.status.code() == expected, &what, &left)?;
        self.rows.push(row(name, outcome));
        Ok(())
    }

    fn judge_viewers(&mut self, name: &str, outcome: &Outcome) -> io::Result<()> {
        let counts = &outcome.counts;
        let stayed = outcome.viewers.saturating_sub(outcome.ended.len());
        let why = outcome.ended.first().map_or("", String::as_str);
        let found = format!("{stayed} of {} watched to the end {why}", outcome.viewers);
        let what = format!("{name}: no viewer ends");
        self.judge(outcome.ended.is_empty(), &what, found.trim_end())?;
        let found = format!("{} bodies compared, {} wrong", counts.right, counts.wrong);
        let is_right = counts.wrong == 0 && counts.right >= outcome.segments;
        self.judge(is_right, &format!("{name}: every byte is right"), &found)?;
        let in_the_middle = format!("{} of {} segments", outcome.before, outcome.segments);
        let is_half = outcome.before.saturating_mul(10) < outcome.segments.saturating_mul(9);
        self.judge(
            is_half,
            &format!("{name}: the node goes while they watch"),
            &in_the_middle,
        )
    }

    /// What holds where another node is left.
    fn judge_nodes(&mut self, name: &str, outcome: &Outcome) -> io::Result<()> {
        self.judge(
            outcome.is_one_film,
            &format!("{name}: all nodes make the same bytes"),
            "by hash",
        )?;
        let fewest = outcome.served.iter().map(|served| served.answered).min();
        let is_shared = fewest.is_some_and(|fewest| fewest > 0);
        self.judge(
            is_shared,
            &format!("{name}: every node has work"),
            &shares(&outcome.served),
        )?;
        if outcome.departure == Departure::Drained {
            let is_smooth = outcome.counts.retries.is_empty();
            let what = format!("{name}: no request fails");
            self.judge(is_smooth, &what, &outcome.counts.retries())?;
        }
        Ok(())
    }

    /// Prints the table and the last line; whether nothing failed.
    pub(crate) fn close(self) -> io::Result<bool> {
        let mut text = String::new();
        if !self.rows.is_empty() {
            let rule = COLUMNS.map(|_| "---").join("|");
            let _ = write!(text, "\n| {} |\n|{rule}|\n", COLUMNS.join(" | "));
            for row in &self.rows {
                let _ = writeln!(text, "| {} |", row.join(" | "));
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{} passed, {} failed", self.passed, self.failed);
        io::stdout().write_all(text.as_bytes())?;
        Ok(self.failed == 0 && self.passed > 0)
    }
}

fn row(name: &str, outcome: &Outcome) -> [String; COLUMNS.len()] {
    let counts = &outcome.counts;
    [
        name.to_owned(),
        outcome.viewers.to_string(),
        outcome.ended.len().to_string(),
        outcome.segments.to_string(),
        counts.wrong.to_string(),
        counts.acknowledged.to_string(),
        outcome.lost.to_string(),
        counts.retries(),
        format!("{:.1}", counts.longest_wait.as_secs_f64()),
        shares(&outcome.served),
        format!("{:.1}", outcome.wall.as_secs_f64()),
    ]
}

/// `812 + 3 passed on, 2104`.
fn shares(served: &[Served]) -> String {
    let share = |served: &Served| match served.passed_on {
        0 => served.answered.to_string(),
        passed_on => format!("{} + {passed_on} passed on", served.answered),
    };
    served.iter().map(share).collect::<Vec<_>>().join(", ")
}

const COLUMNS: [&str; 11] = [
    "run",
    "viewers",
    "ended",
    "segments",
    "wrong",
    "acknowledged",
    "lost",
    "requests made again",
    "longest wait, s",
    "answered by each node",
    "s",
];
