//! Times and sizes in words.

use std::time::Duration;

/// How long a film is: `1 h 52 min`, `48 min`, `40 s`.
pub(crate) fn running_time(duration: Duration) -> String {
    if duration.as_secs() < 60 {
        return format!("{} s", duration.as_secs());
    }
    hours_and_minutes(rounded_minutes(duration))
}

/// What is left of a film: `1 h 12 min left`, `23 min left`, `less than a minute left`.
pub(crate) fn time_left(position: Duration, duration: Duration) -> String {
    let left = duration.saturating_sub(position);
    if left < Duration::from_secs(60) {
        return "less than a minute left".to_owned();
    }
    format!("{} left", hours_and_minutes(rounded_minutes(left)))
}

/// A place in a film, as players show it: `1:02:05`, `12:34`.
pub(crate) fn clock(position: Duration) -> String {
    let secs = position.as_secs();
    let (hours, minutes, seconds) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// `1 movie`, `12 movies`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// An error's text, which begins small and has no end, as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// `5 MiB`, `300 KiB`, rounded down: a limit that is told is kept.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// `5.2 Mbit/s`, `128 kbit/s`.
pub(crate) fn bit_rate(bits: u64) -> String {
    if bits < 1_000_000 {
        format!("{} kbit/s", bits.saturating_add(500) / 1000)
    } else {
        let tenths = bits.saturating_add(50_000) / 100_000;
        format!("{}.{} Mbit/s", tenths / 10, tenths % 10)
    }
}

const fn rounded_minutes(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(30) / 60
}

fn hours_and_minutes(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn what_is_left_is_told_in_minutes() {
        for (position, duration, text) in [
            (0, 7200, "2 h left"),
            (600, 4920, "1 h 12 min left"),
            (4900, 6280, "23 min left"),
            (10, 99, "1 min left"),
            (10, 101, "2 min left"),
            (0, 59, "less than a minute left"),
            (100, 90, "less than a minute left"),
            (0, 3599, "1 h left"),
        ] {
            assert_eq!(time_left(secs(position), secs(duration)), text);
        }
    }

    #[test]
    fn places_are_told_as_players_do() {
        for (at, text) in [
            (0, "0:00"),
            (754, "12:34"),
            (3600, "1:00:00"),
            (36_005, "10:00:05"),
        ] {
            assert_eq!(clock(secs(at)), text);
        }
    }

    #[test]
    fn running_times_are_short() {
        for (long, text) in [(40, "40 s"), (60, "1 min"), (6720, "1 h 52 min"), (7200, "2 h")] {
            assert_eq!(running_time(secs(long)), text);
        }
    }

    #[test]
    fn rates_and_sizes_have_units() {
        assert_eq!(bit_rate(128_400), "128 kbit/s");
        assert_eq!(bit_rate(5_249_999), "5.2 Mbit/s");
        assert_eq!(size(5 << 20), "5 MiB");
        assert_eq!(size(900), "900 bytes");
        assert_eq!(sentence("this name is taken"), "This name is taken.");
        assert_eq!(count(1, "movie", "movies"), "1 movie");
        assert_eq!(count(0, "movie", "movies"), "0 movies");
    }
}
