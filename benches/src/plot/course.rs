//! Panels above each other over one time axis.

use super::{
    scale::{Scale, label},
    svg::{Anchor, Canvas, GRID, INK, Letters, PALE_INK, RED, Stroke},
};

/// A plot of several panels.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// The first line.
    pub title: String,
    /// What it ran on, in smaller letters.
    pub subtitle: String,
    /// Seconds of the time axis.
    pub seconds: f64,
    /// Times with a shade behind them, in seconds.
    pub shaded: Vec<(f64, f64)>,
    /// From above.
    pub panels: Vec<Panel>,
}

/// One panel.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// What it shows, with its unit.
    pub title: String,
    /// Drawn in this order.
    pub series: Vec<Series>,
    /// Whether its axis goes by powers of ten.
    pub logarithmic: bool,
    /// A value that should not be passed.
    pub bound: Option<f64>,
}

/// Values over time.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend; nothing when there is no need for one.
    pub name: String,
    /// Its colour.
    pub colour: &'static str,
    /// Seconds and values.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub style: Style,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As a line, broken where no second has a value for a while.
    Line,
    /// As a line with its area.
    Area,
    /// As a bar for each point.
    Bars,
}

impl Course {
    /// The SVG file.
    #[must_use]
    pub fn draw(&self) -> String {
        let mut canvas = Canvas::new(WIDTH, TOP + PANEL * count(&self.panels) + BOTTOM);
        canvas.text((LEFT, 28.0), Letters::of(17.0).bold(), &self.title);
        canvas.text((LEFT, 47.0), Letters::of(11.5).coloured(PALE_INK), &self.subtitle);
        let time = Scale::exact(self.seconds.max(1.0), (LEFT, WIDTH - RIGHT));
        let mut top = TOP;
        for panel in &self.panels {
            self.draw_panel(&mut canvas, panel, &time, top);
            top += PANEL;
        }
        for tick in time.ticks() {
            let letters = Letters::of(10.5).coloured(PALE_INK).anchored(Anchor::Middle);
            canvas.text((time.place(tick), top + 4.0), letters, &format!("{tick:.0} s"));
        }
        canvas.finish()
    }

    fn draw_panel(&self, canvas: &mut Canvas, panel: &Panel, time: &Scale, top: f64) {
        let (head, foot) = (top + HEAD, top + PANEL - GAP);
        for (from, to) in &self.shaded {
            let (from, to) = (time.place(*from), time.place(*to));
            canvas.rectangle((from, head), (to - from, foot - head), "#f1f5f9", 1.0);
        }
        let values = panel.scale((foot, head));
        for tick in values.ticks() {
            let y = values.place(tick);
            canvas.line((LEFT, y), (WIDTH - RIGHT, y), Stroke::solid(GRID, 1.0));
            let letters = Letters::of(10.5).coloured(PALE_INK).anchored(Anchor::End);
            canvas.text((LEFT - 8.0, y + 3.5), letters, &label(tick));
        }
        canvas.text((LEFT, top + HEAD - 9.0), Letters::of(12.5).bold(), &panel.title);
        let mut legend = WIDTH - RIGHT;
        for series in panel.series.iter().rev().filter(|series| !series.name.is_empty()) {
            let letters = Letters::of(11.5).coloured(INK).anchored(Anchor::End);
            canvas.text((legend, top + HEAD - 9.0), letters, &series.name);
            legend -= width_of(&series.name) + 8.0;
            canvas.rectangle(
                (legend - 12.0, top + HEAD - 17.0),
                (12.0, 8.0),
                series.colour,
                1.0,
            );
            legend -= 26.0;
        }
        for series in &panel.series {
            series.draw(canvas, time, &values, foot);
        }
        if let Some(bound) = panel.bound {
            let y = values.place(bound);
            canvas.line((LEFT, y), (WIDTH - RIGHT, y), Stroke::dashed(RED, 1.2));
        }
    }
}

impl Panel {
    fn scale(&self, places: (f64, f64)) -> Scale {
        let values = || {
            let points = self.series.iter().flat_map(|series| &series.points);
            points.map(|(_, value)| *value).chain(self.bound)
        };
        let largest = values().fold(0.0, f64::max);
        if self.logarithmic {
            let positive = values().filter(|value| *value > 0.0);
            let smallest = positive.fold(f64::INFINITY, f64::min);
            Scale::logarithmic(smallest.min(largest), largest, places)
        } else {
            Scale::linear(largest, places)
        }
    }
}

impl Series {
    fn draw(&self, canvas: &mut Canvas, time: &Scale, values: &Scale, foot: f64) {
        let place = |(second, value): &(f64, f64)| (time.place(*second), values.place(*value));
        let points: Vec<_> = self.points.iter().map(place).collect();
        match self.style {
            Style::Line => {
                // Where nothing was measured there is no line.
                let gap = time.place(LONGEST_STEP) - time.place(0.0);
                for run in points.chunk_by(|before, after| after.0 - before.0 < gap) {
                    canvas.polyline(run, Stroke::solid(self.colour, 1.6));
                }
            }
            Style::Area => {
                canvas.area(&points, foot, self.colour, 0.14);
                canvas.polyline(&points, Stroke::solid(self.colour, 1.6));
            }
            Style::Bars => {
                let width = (time.place(1.0) - time.place(0.0)).max(1.5);
                for (x, y) in points.into_iter().filter(|(_, y)| *y < foot) {
                    canvas.rectangle((x - width / 2.0, y), (width, foot - y), self.colour, 0.9);
                }
            }
        }
    }
}

/// Letters are a little more than half as wide as they are high; nobody measures them here.
fn width_of(text: &str) -> f64 {
    6.1 * f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
}

fn count(panels: &[Panel]) -> f64 {
    f64::from(u32::try_from(panels.len()).unwrap_or(u32::MAX))
}

/// Seconds between points that a line still joins.
const LONGEST_STEP: f64 = 4.0;

const WIDTH: f64 = 920.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 18.0;
const PANEL: f64 = 128.0;
const HEAD: f64 = 26.0;
const GAP: f64 = 10.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg::BLUE;

    fn course(points: Vec<(f64, f64)>, style: Style) -> String {
        let series = Series {
            name: "p99".to_owned(),
            colour: BLUE,
            points,
            style,
        };
        let panel = Panel {
            title: "latency".to_owned(),
            series: vec![series],
            logarithmic: false,
            bound: Some(4.0),
        };
        let course = Course {
            title: "a run".to_owned(),
            seconds: 10.0,
            shaded: vec![(5.0, 10.0)],
            panels: vec![panel],
            ..Course::default()
        };
        course.draw()
    }

    #[test]
    fn values_stand_at_their_time_and_height() {
        // The axis goes from 0 (y 176) to 4 (y 84), and from 0 s (x 62) to 10 s (x 898).
        let svg = course(vec![(0.0, 0.0), (10.0, 2.0)], Style::Area);
        assert!(svg.contains("M62.0 176.0L898.0 130.0"), "{svg}");
        assert!(
            svg.contains(">p99</text>") && svg.contains(">10 s</text>"),
            "{svg}"
        );
        assert!(svg.contains("stroke-dasharray"), "{svg}");
    }

    #[test]
    fn a_line_is_broken_where_nothing_was_measured() {
        let lines = |points: Vec<(f64, f64)>| course(points, Style::Line).matches("<path").count();
        assert_eq!(lines(vec![(0.0, 1.0), (1.0, 1.0), (4.0, 1.0)]), 1);
        assert_eq!(lines(vec![(0.0, 1.0), (1.0, 1.0), (6.0, 1.0), (7.0, 1.0)]), 2);
    }

    #[test]
    fn a_bar_of_nothing_is_not_drawn() {
        let bars = |values: Vec<(f64, f64)>| {
            course(values, Style::Bars)
                .matches("fill-opacity=\"0.9\"")
                .count()
        };
        assert_eq!(bars(vec![(1.0, 0.0), (2.0, 3.0)]), 1);
    }
}
