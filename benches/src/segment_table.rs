//! The Markdown tables of the segment benchmark.

use std::fmt::{self, Write};

use crate::{
    numbers::Spread,
    segments::{Score, Turn},
};

/// A quotient of two reels' CPU times that the project promises a bound of.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// What it says.
    pub what: &'static str,
    /// Names of the reels: the first over the second.
    pub reels: (&'static str, &'static str),
    /// The largest quotient that keeps it.
    pub at_most: f64,
}

/// Renders a table of all reels, and one of the promises.
///
/// # Errors
/// Never in practice: writing to a `String` does not fail.
pub fn render(scores: &[Score], promises: &[Promise]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "| what | bytes | first byte us | p99 us | server CPU us | per CPU second |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    for score in scores {
        write!(out, "| {} | {:.0} |", score.name, score.bytes)?;
        let columns: [fn(&Turn) -> f64; 4] = [
            |turn| turn.first_byte_us,
            |turn| turn.first_byte_p99_us,
            |turn| turn.cpu_us,
            |turn| 1e6 / turn.cpu_us,
        ];
        for of in columns {
            match Spread::of(score.turns.iter().map(of)) {
                Some(spread) => write!(out, " {spread:.0} |")?,
                None => write!(out, " - |")?,
            }
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "\n| CPU of one over the other | target | measured | |\n|---|---:|---:|---|"
    )?;
    for promise in promises {
        let cpu = |name: &str| -> Vec<f64> {
            let score = scores.iter().find(|score| score.name == name);
            score.map_or_else(Vec::new, |score| {
                score.turns.iter().map(|turn| turn.cpu_us).collect()
            })
        };
        let (over, under) = promise.reels;
        if let Some(ratio) = Spread::of_ratios(&cpu(over), &cpu(under)) {
            let verdict = if ratio.median <= promise.at_most {
                "met"
            } else {
                "**missed**"
            };
            writeln!(
                out,
                "| {} | at most {:.2} | {ratio:.2} | {verdict} |",
                promise.what, promise.at_most
            )?;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(name: &str, cpu_us: f64) -> Score {
        let turn = Turn {
            first_byte_us: 100.0,
            first_byte_p99_us: 200.0,
            cpu_us,
            requests: 10,
        };
        Score {
            name: name.to_owned(),
            bytes: 1000.0,
            turns: vec![turn],
        }
    }

    #[test]
    fn a_promise_is_of_the_first_reel_over_the_second() {
        let promise = |at_most| Promise {
            what: "flat",
            reels: ("long", "short"),
            at_most,
        };
        let scores = [score("short", 250.0), score("long", 330.0)];
        let text = render(&scores, &[promise(1.4), promise(1.1)]).unwrap();
        assert!(
            text.contains(
                "| short | 1000 | 100 (100-100) | 200 (200-200) | 250 (250-250) | 4000 (4000-4000) |"
            ),
            "{text}"
        );
        assert!(
            text.contains("| flat | at most 1.40 | 1.32 (1.32-1.32) | met |"),
            "{text}"
        );
        assert!(
            text.contains("| flat | at most 1.10 | 1.32 (1.32-1.32) | **missed** |"),
            "{text}"
        );
    }
}
