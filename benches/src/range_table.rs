//! The Markdown of the range benchmark.

use std::fmt::{self, Write};

use crate::{
    contest::{Contest, Score, Turn},
    numbers::Spread,
};

/// Renders one table: medians, and throughput per CPU second against each of `peers` as `median (min-max)` of the
/// rounds' own ratios. Larger than 1 is better than the peer.
///
/// # Errors
/// Never in practice: writing to a `String` does not fail.
pub fn render(contest: &Contest, peers: &[&str]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let shape = contest.shape;
    writeln!(
        out,
        "### {} ranges, {} connections\n",
        size(shape.range_bytes),
        shape.connections
    )?;
    write!(out, "| server | CPU s/GB | GB/s | requests/s | CPU us/request |")?;
    for peer in peers {
        write!(out, " work per CPU second, x {peer} |")?;
    }
    writeln!(out, "\n|---|---:|---:|---:|---:|{}", "---:|".repeat(peers.len()))?;
    for score in &contest.scores {
        let median = |of: fn(&Turn) -> f64| {
            Spread::of(score.turns.iter().map(of)).map_or(f64::NAN, |spread| spread.median)
        };
        write!(
            out,
            "| {} | {:.3} | {:.2} | {:.0} | {:.1} |",
            score.name,
            median(|turn| turn.cpu_secs_per_gb),
            median(|turn| turn.gb_per_sec),
            median(|turn| turn.requests_per_sec),
            median(|turn| turn.cpu_us_per_request),
        )?;
        for peer in peers {
            let ratio = contest
                .scores
                .iter()
                .find(|other| other.name == *peer)
                .and_then(|other| Spread::of_ratios(&costs(other), &costs(score)));
            match ratio {
                Some(ratio) => write!(out, " {ratio:.2} |")?,
                None => write!(out, " - |")?,
            }
        }
        writeln!(out)?;
    }
    Ok(out)
}

fn costs(score: &Score) -> Vec<f64> {
    score.turns.iter().map(|turn| turn.cpu_secs_per_gb).collect()
}

fn size(bytes: u64) -> String {
    match bytes.checked_shr(20) {
        Some(mib) if mib > 0 => format!("{mib} MiB"),
        _ => format!("{} KiB", bytes >> 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::LoadShape;

    #[test]
    fn a_server_of_half_the_cost_does_twice_the_work() {
        let score = |name: &str, costs: [f64; 3]| Score {
            name: name.to_owned(),
            turns: costs
                .map(|cpu_secs_per_gb| Turn {
                    cpu_secs_per_gb,
                    gb_per_sec: 1.0,
                    requests_per_sec: 1.0,
                    cpu_us_per_request: 1.0,
                    compared: 1,
                })
                .to_vec(),
        };
        let contest = Contest {
            shape: LoadShape {
                range_bytes: 65_536,
                connections: 16,
            },
            scores: vec![score("ours", [0.1, 0.2, 0.3]), score("peer", [0.2, 0.4, 0.6])],
        };
        let text = render(&contest, &["peer", "absent"]).unwrap();
        assert!(text.starts_with("### 64 KiB ranges, 16 connections"), "{text}");
        assert!(
            text.contains("| ours | 0.200 | 1.00 | 1 | 1.0 | 2.00 (2.00-2.00) | - |"),
            "{text}"
        );
    }
}
