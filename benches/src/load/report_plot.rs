//! A report as SVG: what viewers and the server did over time.

use super::{
    measured::LATENCY_BOUND_MS,
    report::Report,
    tally::{Percentiles, Second},
    watch::Moment,
};
use crate::{
    numbers::float,
    plot::{
        course::{Course, Panel, Series, Style},
        svg::{BLUE, ORANGE, RED, SLATE},
    },
};

impl Report {
    /// Panels over one time axis; the shaded times are those that were measured.
    #[must_use]
    pub fn plot(&self) -> String {
        let seconds = u32::try_from(self.seconds.len()).unwrap_or(u32::MAX);
        let windows = self.windows.iter().map(|measured| measured.window);
        let course = Course {
            title: format!("{} viewers against {}", self.viewers(), self.server),
            subtitle: format!("{}; shaded: measured", self.machine),
            seconds: f64::from(seconds),
            shaded: windows
                .map(|window| (window.from.as_secs_f64(), window.to.as_secs_f64()))
                .collect(),
            panels: vec![
                self.crowd(),
                self.throughput(),
                self.starts(),
                self.segments(),
                self.trouble(),
                self.processors(),
                self.memory(),
            ],
        };
        course.draw()
    }

    fn crowd(&self) -> Panel {
        let mut there = 0.0;
        let there = self.by_second(|second| {
            there += f64::from(second.arrivals);
            Some(there)
        });
        panel("Viewers", vec![series("", BLUE, Style::Area, there)])
    }

    fn throughput(&self) -> Panel {
        let gigabits = self.by_second(|second| Some(float(second.bytes) * 8.0 / 1e9));
        panel("Segments, Gbit/s", vec![series("", BLUE, Style::Area, gigabits)])
    }

    fn starts(&self) -> Panel {
        self.percentiles("Play pressed to first picture, ms", |second| &second.starts_us)
    }

    fn segments(&self) -> Panel {
        Panel {
            bound: Some(LATENCY_BOUND_MS),
            ..self.percentiles("Segment, request to last byte, ms", |second| &second.segments_us)
        }
    }

    fn percentiles(&self, title: &str, of: fn(&Second) -> &Vec<u32>) -> Panel {
        let at = |pick: fn(&Percentiles) -> f64| {
            self.by_second(|second| {
                let percentiles = Percentiles::of_micros(of(second).iter().copied());
                (percentiles.count > 0).then(|| pick(&percentiles))
            })
        };
        let lines = vec![
            series("p50", BLUE, Style::Line, at(|percentiles| percentiles.p50_ms)),
            series("p99", ORANGE, Style::Line, at(|percentiles| percentiles.p99_ms)),
        ];
        Panel {
            logarithmic: true,
            ..panel(title, lines)
        }
    }

    fn trouble(&self) -> Panel {
        let rebuffers = self.by_second(|second| Some(f64::from(second.rebuffers)));
        let errors = self.by_second(|second| Some(f64::from(second.errors)));
        let bars = vec![
            series("rebuffers", ORANGE, Style::Bars, rebuffers),
            series("errors", RED, Style::Bars, errors),
        ];
        panel("Rebuffers and errors in each second", bars)
    }

    fn processors(&self) -> Panel {
        let lines = vec![
            series(
                "server",
                BLUE,
                Style::Line,
                self.rates(|moment| moment.cpu_seconds),
            ),
            series(
                "load generator",
                SLATE,
                Style::Line,
                self.rates(|moment| moment.own_cpu_seconds),
            ),
        ];
        panel("Processors busy", lines)
    }

    fn memory(&self) -> Panel {
        let mib = |moment: &Moment| (moment.at_seconds, float(moment.resident_bytes) / 1024.0 / 1024.0);
        let points = self.moments.iter().map(mib).collect();
        panel(
            "Memory of the server, MiB",
            vec![series("", BLUE, Style::Area, points)],
        )
    }

    fn by_second(&self, mut of: impl FnMut(&Second) -> Option<f64>) -> Vec<(f64, f64)> {
        let middles = (0_u32..).map(|second| f64::from(second) + 0.5);
        let points = middles.zip(&self.seconds);
        points
            .filter_map(|(at, second)| Some((at, of(second)?)))
            .collect()
    }

    /// How fast a count of seconds grows, from moment to moment.
    fn rates(&self, of: fn(&Moment) -> f64) -> Vec<(f64, f64)> {
        let pairs = self.moments.iter().zip(self.moments.iter().skip(1));
        pairs
            .filter(|(before, after)| after.at_seconds > before.at_seconds)
            .map(|(before, after)| {
                let passed = after.at_seconds - before.at_seconds;
                (after.at_seconds, (of(after) - of(before)) / passed)
            })
            .collect()
    }
}

fn panel(title: &str, series: Vec<Series>) -> Panel {
    Panel {
        title: title.to_owned(),
        series,
        ..Panel::default()
    }
}

fn series(name: &str, colour: &'static str, style: Style, points: Vec<(f64, f64)>) -> Series {
    Series {
        name: name.to_owned(),
        colour,
        points,
        style,
    }
}
