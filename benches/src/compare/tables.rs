//! Rows as Markdown and as SVG.

use std::fmt::{self, Write as _};

use super::rows::{Cost, Row, Target};
use crate::{
    numbers::Spread,
    plot::bars::{Bar, Bars, Group},
};

/// A table of every row: costs, and each server's cost over that of `peers`.
///
/// # Errors
/// Never in practice: writing to a `String` does not fail.
pub fn costs(rows: &[Row], peers: &[&str]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    for row in rows {
        write!(out, "#### {}\n\n| server | {} |", row.title, row.unit)?;
        for peer in peers {
            write!(out, " over {peer} |")?;
        }
        writeln!(out, "\n|---|---:|{}", "---:|".repeat(peers.len()))?;
        for cost in &row.costs {
            write!(out, "| {} |", cost.server)?;
            match Spread::of(cost.rounds.iter().copied()) {
                Some(spread) if spread.median < 10.0 => write!(out, " {spread:.3} |")?,
                Some(spread) => write!(out, " {spread:.1} |")?,
                None => write!(out, " - |")?,
            }
            for peer in peers {
                match row.ratio(&cost.server, peer) {
                    Some(ratio) => write!(out, " {ratio:.2} |")?,
                    None => write!(out, " - |")?,
                }
            }
            writeln!(out)?;
        }
        writeln!(out)?;
    }
    Ok(out)
}

/// A table of all promises.
///
/// # Errors
/// Never in practice: writing to a `String` does not fail.
pub fn promises(rows: &[Row]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "| promise | at most | measured | |\n|---|---:|---:|---|")?;
    for verdict in rows.iter().flat_map(Row::verdicts) {
        let word = if verdict.is_met() { "met" } else { "**missed**" };
        let (promise, at_most, measured) = (&verdict.promise, verdict.at_most, verdict.measured);
        writeln!(out, "| {promise} | {at_most:.2} | {measured:.2} | {word} |")?;
    }
    Ok(out)
}

/// The costs of all servers over that of one peer: a group of bars for each row in which it was.
#[must_use]
pub fn plot_ratios(rows: &[Row], peer: &str) -> String {
    let group = |row: &Row| {
        let of_peer = |target: &Target| match target {
            Target::Ratio { peer: other, at_most } if *other == peer => Some(*at_most),
            _ => None,
        };
        let target = row.targets.iter().find_map(of_peer);
        group(row, |cost| row.ratio(&cost.server, peer), target)
    };
    let bars = Bars {
        title: format!("Cost relative to {peer}"),
        subtitle: format!(
            "less is better; {peer} is 1; medians of interleaved rounds, whiskers from the least to the most"
        ),
        groups: rows.iter().filter_map(group).collect(),
    };
    bars.draw()
}

/// The costs of all servers as they are: a group of bars for each row.
#[must_use]
pub fn plot_costs(title: &str, rows: &[Row]) -> String {
    let group = |row: &Row| {
        let of_cost = |target: &Target| match target {
            Target::Cost { at_most } => Some(*at_most),
            Target::Ratio { .. } => None,
        };
        let target = row.targets.iter().find_map(of_cost);
        group(row, |cost| Spread::of(cost.rounds.iter().copied()), target)
    };
    let bars = Bars {
        title: title.to_owned(),
        subtitle: "less is better; medians of interleaved rounds, whiskers from the least to the most"
            .to_owned(),
        groups: rows.iter().filter_map(group).collect(),
    };
    bars.draw()
}

/// The servers of a row that have a value. The first is ours, and so is what bears its name.
fn group(row: &Row, value: impl Fn(&Cost) -> Option<Spread>, target: Option<f64>) -> Option<Group> {
    let ours = &row.costs.first()?.server;
    let bar = |cost: &Cost| {
        Some(Bar {
            name: cost.server.clone(),
            value: value(cost)?,
            ours: cost.server.starts_with(ours.as_str()),
        })
    };
    let bars: Vec<_> = row.costs.iter().filter_map(bar).collect();
    (!bars.is_empty()).then(|| Group {
        title: format!("{}: {}", row.title, row.unit),
        bars,
        target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compare::rows::tests::row, plot::svg::BLUE};

    #[test]
    fn a_row_is_a_table_of_costs_and_ratios() {
        let text = costs(&[row()], &["nginx", "absent"]).unwrap();
        assert!(
            text.contains("| ours | 0.200 (0.200-0.300) | 0.50 (0.50-1.00) | - |"),
            "{text}"
        );
    }

    #[test]
    fn promises_are_met_or_missed() {
        let text = promises(&[row()]).unwrap();
        assert!(
            text.contains("| 2 MiB: cost over nginx | 0.70 | 0.50 (0.50-1.00) | met |"),
            "{text}"
        );
        assert!(
            text.contains("| 2 MiB: CPU s/GB | 0.10 | 0.20 (0.20-0.30) | **missed** |"),
            "{text}"
        );
    }

    #[test]
    fn only_rows_with_the_peer_are_drawn() {
        let svg = plot_ratios(&[row()], "nginx");
        assert!(
            svg.contains("2 MiB: CPU s/GB") && svg.contains("our target: 0.7"),
            "{svg}"
        );
        assert!(!plot_ratios(&[row()], "absent").contains("2 MiB"));
    }

    #[test]
    fn costs_are_drawn_beside_the_most_they_may_be() {
        let svg = plot_costs("memory", &[row()]);
        assert!(
            svg.contains("our target: 0.1") && !svg.contains("our target: 0.7"),
            "{svg}"
        );
        assert_eq!(svg.matches(BLUE).count(), 1, "{svg}");
    }
}
