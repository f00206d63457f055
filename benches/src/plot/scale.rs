//! From values to places, with round numbers at the axis.

/// One axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    kind: Kind,
    values: (f64, f64),
    places: (f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Logarithmic,
}

impl Scale {
    /// Even, from 0 to a round number that is at least `largest`.
    #[must_use]
    pub fn linear(largest: f64, places: (f64, f64)) -> Self {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let step = round_step(largest, STEPS);
        let top = (largest / step).ceil().max(1.0) * step;
        Self {
            kind: Kind::Linear,
            values: (0.0, top),
            places,
        }
    }

    /// Even, from 0 to exactly `largest`.
    #[must_use]
    pub const fn exact(largest: f64, places: (f64, f64)) -> Self {
        Self {
            kind: Kind::Linear,
            values: (0.0, largest),
            places,
        }
    }

    /// By powers of ten that hold both values.
    #[must_use]
    pub fn logarithmic(smallest: f64, largest: f64, places: (f64, f64)) -> Self {
        let low = smallest.max(1e-6).log10().floor();
        let high = largest.max(1e-6).log10().ceil().max(low + 1.0);
        Self {
            kind: Kind::Logarithmic,
            values: (10_f64.powf(low), 10_f64.powf(high)),
            places,
        }
    }

    /// Where a value stands; values off the axis stand at its end.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.values.0, self.values.1);
        let share = match self.kind {
            Kind::Linear => (value - self.values.0) / (self.values.1 - self.values.0),
            Kind::Logarithmic => (value / self.values.0).log10() / (self.values.1 / self.values.0).log10(),
        };
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// The round numbers of the axis.
    #[must_use]
    pub fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        match self.kind {
            Kind::Linear => {
                let step = round_step(self.values.1, STEPS);
                let mut at = 0.0;
                while at <= self.values.1 + step / 1e6 {
                    ticks.push(at);
                    at += step;
                }
            }
            Kind::Logarithmic => {
                let mut at = self.values.0;
                while at <= self.values.1 * 1.000_001 {
                    ticks.push(at);
                    at *= 10.0;
                }
            }
        }
        ticks
    }
}

/// 1, 2 or 5 times a power of ten, so that about so many steps reach the largest value.
fn round_step(largest: f64, steps: f64) -> f64 {
    let rough = largest.max(1e-9) / steps;
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|times| rough <= times * power * 1.000_001);
    times.unwrap_or(10.0) * power
}

/// A number as people write it at an axis.
#[must_use]
pub fn label(value: f64) -> String {
    let text = if value.abs() >= 10_000.0 {
        format!("{:.1}", value / 1000.0)
    } else if value.abs() >= 10.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    };
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    if value.abs() >= 10_000.0 { text + "k" } else { text }
}

const STEPS: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_ends_at_a_round_number() {
        let scale = Scale::linear(1107.0, (100.0, 0.0));
        assert_eq!(scale.ticks(), [0.0, 500.0, 1000.0, 1500.0]);
        assert_eq!(scale.place(750.0), 50.0);
        assert_eq!(scale.place(9999.0), 0.0);
        assert_eq!(Scale::linear(0.0, (0.0, 1.0)).ticks(), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_logarithmic_axis_goes_by_powers_of_ten() {
        let scale = Scale::logarithmic(0.3, 288.0, (0.0, 100.0));
        let ticks: Vec<String> = scale.ticks().into_iter().map(label).collect();
        assert_eq!(ticks, ["0.1", "1", "10", "100", "1000"]);
        assert!((scale.place(10.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 0.25, 1.5, 40.0, 12_500.0, 20_000.0].map(label),
            ["0", "0.25", "1.5", "40", "12.5k", "20k"]
        );
    }
}
