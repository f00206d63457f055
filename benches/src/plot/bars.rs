//! Horizontal bars with the spread of each, in groups.

use super::{
    scale::{Scale, label},
    svg::{Anchor, BLUE, Canvas, GRID, INK, Letters, ORANGE, PALE_INK, SLATE, Stroke},
};
use crate::numbers::Spread;

/// A plot of groups of bars that share one axis.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    /// The first line.
    pub title: String,
    /// What the axis shows.
    pub subtitle: String,
    /// From above.
    pub groups: Vec<Group>,
}

/// Bars that are compared with each other.
#[derive(Debug, Clone)]
pub struct Group {
    /// What was measured.
    pub title: String,
    /// From above.
    pub bars: Vec<Bar>,
    /// What our own bar should reach, or stay below.
    pub target: Option<f64>,
}

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// Its length, and the whiskers.
    pub value: Spread,
    /// Whether it is ours.
    pub ours: bool,
}

impl Bars {
    /// The SVG file.
    #[must_use]
    pub fn draw(&self) -> String {
        let mut canvas = Canvas::new(WIDTH, self.height());
        canvas.text((LEFT_EDGE, 28.0), Letters::of(17.0).bold(), &self.title);
        let pale = Letters::of(11.5).coloured(PALE_INK);
        canvas.text((LEFT_EDGE, 47.0), pale, &self.subtitle);
        let bars = || self.groups.iter().flat_map(|group| &group.bars);
        let largest = bars().map(|bar| bar.value.max).fold(0.0, f64::max);
        let scale = Scale::linear(largest, (LEFT, WIDTH - RIGHT));
        let foot = self.height() - BOTTOM;
        for tick in scale.ticks() {
            let x = scale.place(tick);
            canvas.line((x, TOP), (x, foot), Stroke::solid(GRID, 1.0));
            let letters = Letters::of(10.5).coloured(PALE_INK).anchored(Anchor::Middle);
            canvas.text((x, foot + 15.0), letters, &label(tick));
        }
        let mut top = TOP;
        for group in &self.groups {
            group.draw(&mut canvas, &scale, top);
            top += group.height();
        }
        canvas.finish()
    }

    fn height(&self) -> f64 {
        TOP + self.groups.iter().map(Group::height).sum::<f64>() + BOTTOM
    }
}

impl Group {
    fn height(&self) -> f64 {
        HEAD + BAR * f64::from(u32::try_from(self.bars.len()).unwrap_or(u32::MAX)) + GAP
    }

    fn draw(&self, canvas: &mut Canvas, scale: &Scale, top: f64) {
        canvas.text((LEFT_EDGE, top + 16.0), Letters::of(12.5).bold(), &self.title);
        let mut at = top + HEAD;
        for bar in &self.bars {
            let (middle, colour) = (at + BAR / 2.0, if bar.ours { BLUE } else { SLATE });
            let letters = Letters::of(12.0).anchored(Anchor::End);
            let letters = if bar.ours { letters.bold() } else { letters };
            canvas.text((LEFT - 10.0, middle + 4.0), letters, &bar.name);
            let end = scale.place(bar.value.median);
            canvas.rectangle((LEFT, at + 4.0), (end - LEFT, BAR - 8.0), colour, 1.0);
            let (from, to) = (scale.place(bar.value.min), scale.place(bar.value.max));
            let thin = Stroke::solid(INK, 1.2);
            canvas.line((from, middle), (to, middle), thin);
            for x in [from, to] {
                canvas.line((x, middle - 4.0), (x, middle + 4.0), thin);
            }
            let text = format!("{:.2}", bar.value.median);
            canvas.text((to.max(end) + 7.0, middle + 4.0), Letters::of(11.5), &text);
            at += BAR;
        }
        if let Some(target) = self.target {
            let x = scale.place(target);
            canvas.line((x, top + HEAD), (x, at), Stroke::dashed(ORANGE, 1.8));
            let letters = Letters::of(11.5).coloured(DARK_ORANGE).anchored(Anchor::End);
            let place = (WIDTH - LEFT_EDGE, top + 16.0);
            canvas.text(place, letters, &format!("our target: {}", label(target)));
        }
    }
}

const WIDTH: f64 = 920.0;
/// For letters: the lighter one is hard to read.
const DARK_ORANGE: &str = "#b45309";
const LEFT_EDGE: f64 = 20.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 28.0;
const HEAD: f64 = 26.0;
const BAR: f64 = 24.0;
const GAP: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_median_and_its_whiskers_as_wide_as_its_spread() {
        let bar = Bar {
            name: "ours".to_owned(),
            value: Spread {
                median: 1.0,
                min: 0.5,
                max: 2.0,
            },
            ours: true,
        };
        let group = Group {
            title: "2 MiB".to_owned(),
            bars: vec![bar],
            target: Some(1.5),
        };
        let bars = Bars {
            title: "ratios".to_owned(),
            subtitle: String::new(),
            groups: vec![group],
        };
        // The axis goes from 0 (x 190) to 2 (x 860).
        let svg = bars.draw();
        assert!(svg.contains(r#"width="335.0" height="16.0""#), "{svg}");
        assert!(
            svg.contains(r#"<line x1="357.5" y1="100.0" x2="860.0" y2="100.0""#),
            "{svg}"
        );
        assert!(
            svg.contains(r#"x="692.5""#) && svg.contains(">our target: 1.5<"),
            "{svg}"
        );
    }
}
