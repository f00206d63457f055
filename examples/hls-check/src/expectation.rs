//! What must come of a title: a table that people write (`corpus/expected.txt`).
//!
//! A title that no row names must be right in everything. Rows say what is right instead:
//!
//! ```text
//! # title               verdict   detail
//! only_prores.mov       refused   ProRes
//! frag_*                refused   fragmented
//! ladder/…              without   b.mp4 #0
//! odd_tables.mp4        like      plain.mp4
//! lying_tables.mp4      served
//! tagged.mp4            says      LANGUAGE="pt-BR"
//! refreshed.mp4         recovers
//! ```
//!
//! * `refused`: the multivariant playlist is refused, and the reason contains the detail.
//! * `without`: this source track is not served; all others are.
//! * `like`: `ffprobe` itself misreads the file; what is served must be what this other film of the folder holds.
//! * `served`: no reader knows what the file means; what is served must agree with itself.
//! * `says`: the multivariant playlist contains this text, which stands for what `ffprobe` does not read.
//! * `recovers`: its key frames are recovery points of an intra refresh, which need the frames before them: none is decoded alone.

/// All rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// A title, or the start of titles and a `*`.
    title: String,
    verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Refused(String),
    Without(String),
    Like(String),
    Served,
    Says(String),
    Recovers,
}

/// What must come of one title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    /// It must be refused, with a reason that contains this.
    pub refused: Option<String>,
    /// Labels of source tracks that must not be served.
    pub without: Vec<String>,
    /// The file of the same folder that holds what must be served.
    pub like: Option<String>,
    /// The source is not compared.
    pub only_served: bool,
    /// Texts that stand in the multivariant playlist.
    pub says: Vec<String>,
    /// Its key frames cannot be decoded alone.
    pub recovers: bool,
}

impl Expectations {
    /// Parses a table: one row a line, fields apart by blanks, `#` starts a comment line.
    ///
    /// # Errors
    /// A text for people: which line is wrong and how.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rows = text
            .lines()
            .enumerate()
            .map(|(i, line)| (i.saturating_add(1), line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| {
                Row::parse(line).ok_or_else(|| format!("line {number} is no row: {line:?}"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { rows })
    }

    /// What must come of this title.
    #[must_use]
    pub fn of(&self, title: &str) -> Expectation {
        let mut out = Expectation::default();
        for row in self.rows.iter().filter(|row| row.names(title)) {
            match &row.verdict {
                Verdict::Refused(reason) => out.refused = Some(reason.clone()),
                Verdict::Without(track) => out.without.push(track.clone()),
                Verdict::Like(file) => out.like = Some(file.clone()),
                Verdict::Served => out.only_served = true,
                Verdict::Says(text) => out.says.push(text.clone()),
                Verdict::Recovers => out.recovers = true,
            }
        }
        out
    }

    /// Rows that name none of these titles: they expect nothing of anybody.
    #[must_use]
    pub fn idle<'a>(&'a self, titles: &[String]) -> Vec<&'a str> {
        let idle = |row: &&Row| !titles.iter().any(|title| row.names(title));
        self.rows
            .iter()
            .filter(idle)
            .map(|row| row.title.as_str())
            .collect()
    }
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let (title, rest) = line.split_once(char::is_whitespace)?;
        let (verdict, detail) = rest
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((rest.trim(), ""));
        let detail = detail.trim().to_owned();
        let verdict = match (verdict, detail.is_empty()) {
            ("refused", false) => Verdict::Refused(detail),
            ("without", false) => Verdict::Without(detail),
            ("like", false) => Verdict::Like(detail),
            ("says", false) => Verdict::Says(detail),
            ("served", true) => Verdict::Served,
            ("recovers", true) => Verdict::Recovers,
            _ => return None,
        };
        Some(Self {
            title: title.to_owned(),
            verdict,
        })
    }

    fn names(&self, title: &str) -> bool {
        match self.title.strip_suffix('*') {
            Some(start) => title.starts_with(start),
            None => self.title == title,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# a comment\n\n\
        only_prores.mov  refused  codec apcn (ProRes)\n\
        frag_*           refused  fragmented\n\
        ladder           without  b.mp4 #0\n\
        ladder           without  c.mp4 #0\n\
        odd.mp4          like     plain.mp4\n\
        lying.mp4        served\n";

    #[test]
    fn rows_of_one_title_add_up() {
        let table = Expectations::parse(TABLE).unwrap();
        assert_eq!(table.of("ladder").without, ["b.mp4 #0", "c.mp4 #0"]);
        assert_eq!(
            table.of("only_prores.mov").refused.as_deref(),
            Some("codec apcn (ProRes)")
        );
        assert_eq!(table.of("odd.mp4").like.as_deref(), Some("plain.mp4"));
        assert!(table.of("lying.mp4").only_served);
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_name_and_nothing_else_does() {
        let table = Expectations::parse(TABLE).unwrap();
        assert_eq!(table.of("frag_cmaf.mp4").refused.as_deref(), Some("fragmented"));
        assert_eq!(table.of("only_prores.mov.mp4"), Expectation::default());
        assert_eq!(table.of("fra"), Expectation::default());
    }

    #[test]
    fn a_row_that_names_no_title_is_told() {
        let table = Expectations::parse(TABLE).unwrap();
        let titles = ["only_prores.mov", "frag_x", "ladder", "lying.mp4"].map(str::to_owned);
        assert_eq!(table.idle(&titles), ["odd.mp4"]);
    }

    #[test]
    fn a_line_that_is_no_row_is_an_error() {
        for line in ["x", "x refused", "x served why", "x green", "x like "] {
            assert!(Expectations::parse(line).is_err(), "{line:?}");
        }
    }
}
