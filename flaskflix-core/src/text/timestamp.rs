//! Times of cues ([WebVTT section 3.2](https://www.w3.org/TR/webvtt1/#webvtt-timestamp)).

use std::{fmt, time::Duration};

/// Reads the two times of `00:00:01.000 --> 00:00:02.500 settings`, and what follows them.
///
/// Taken is what players take of both formats: hours may be missing, a comma is as good as a dot, one to three decimals or
/// none. `None` when one of the two is no time.
pub(super) fn parse_line(line: &str) -> Option<(Duration, Duration, &str)> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim_start();
    let end = rest.find([' ', '\t']).unwrap_or(rest.len());
    let (end, settings) = rest.split_at_checked(end)?;
    Some((parse(start.trim())?, parse(end)?, settings.trim()))
}

fn parse(text: &str) -> Option<Duration> {
    let (clock, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if decimals.len() > 3 {
        return None;
    }
    let mut parts = clock.rsplit(':');
    let secs = number(parts.next()?, 59)?;
    let minutes = number(parts.next()?, 59)?;
    let hours = parts.next().map_or(Some(0), |hours| number(hours, MAX_HOURS))?;
    if parts.next().is_some() {
        return None;
    }
    let millis = number(&format!("{decimals:0<3}"), 999)?;
    let secs = hours
        .saturating_mul(60)
        .saturating_add(minutes)
        .saturating_mul(60)
        .saturating_add(secs);
    Some(Duration::from_millis(
        secs.saturating_mul(1000).saturating_add(millis),
    ))
}

/// A number of plain digits, at most `most`.
fn number(text: &str, most: u64) -> Option<u64> {
    let plain = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number <= most)
}

/// More hours than any film: the largest that the digits allow anyway.
const MAX_HOURS: u64 = 999_999;

/// A time as `WebVTT` writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timestamp(pub(super) Duration);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, millis) = (self.0.as_secs(), self.0.subsec_millis());
        let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
        write!(f, "{hours:02}:{minutes:02}:{secs:02}.{millis:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_players_read_them() {
        for (text, millis) in [
            ("00:00:01.000", 1000),
            ("00:00:01,000", 1000),
            ("01:02.5", 62_500),
            ("1:00:00.050", 3_600_050),
            ("100:00:00.000", 360_000_000),
            ("00:00:07", 7000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "1",
            "00:61.000",
            "00:00:60.000",
            "00:60:00.000",
            "-00:00:01.000",
            "+1:00.000",
            "0:0:0:1.000",
            "00:00:01.0000",
            "00:00:0x.000",
            "1234567:00:00.000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_that_is_written_is_read_again() {
        for millis in [0, 1, 999, 59_999, 3_599_999, 3_600_000, 359_999_999] {
            let time = Duration::from_millis(millis);
            assert_eq!(parse(&Timestamp(time).to_string()), Some(time));
        }
    }
}
