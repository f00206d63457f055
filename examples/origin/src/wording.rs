//! Numbers as people read them.

/// Seconds as `1:02:03.456`, `2:03.456` or `3.456 s`.
pub(crate) fn clock(seconds: f64) -> String {
    let micros = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let millis = micros.as_micros().saturating_add(500) / 1000;
    let (secs, millis) = (millis / 1000, millis % 1000);
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    match (hours, minutes) {
        (0, 0) => format!("{secs}.{millis:03} s"),
        (0, minutes) => format!("{minutes}:{secs:02}.{millis:03}"),
        (hours, minutes) => format!("{hours}:{minutes:02}:{secs:02}.{millis:03}"),
    }
}

/// Bytes as `999 B`, `1.0 kB`, `12.3 MB` or `4.5 GB`: powers of 1000.
pub(crate) fn size(bytes: u64) -> String {
    scaled(bytes, &["B", "kB", "MB", "GB", "TB"])
}

/// Bits per second as `999 bit/s`, `128.0 kbit/s` or `3.2 Mbit/s`.
pub(crate) fn bit_rate(bits_per_second: u64) -> String {
    scaled(bits_per_second, &["bit/s", "kbit/s", "Mbit/s", "Gbit/s"])
}

fn scaled(value: u64, units: &[&str]) -> String {
    let mut scale = 1_u64;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for larger in units {
        // 999,950 would be written as 1000.0.
        if value < scale.saturating_mul(1000).saturating_sub(scale / 20) {
            break;
        }
        scale = scale.saturating_mul(1000);
        unit = larger;
    }
    if scale == 1 {
        return format!("{value} {unit}");
    }
    let tenths = u128::from(value)
        .saturating_mul(10)
        .saturating_add(u128::from(scale / 2))
        / u128::from(scale);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_and_never_four_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_250, "1.3 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (31_040_000, "31.0 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
        assert_eq!(bit_rate(505_776), "505.8 kbit/s");
    }

    #[test]
    fn times_are_clocks_from_a_minute_on() {
        for (seconds, text) in [
            (0.0, "0.000 s"),
            (59.9994, "59.999 s"),
            (59.9996, "1:00.000"),
            (125.5, "2:05.500"),
            (36_061.001, "10:01:01.001"),
            (-1.0, "0.000 s"),
            (f64::NAN, "0.000 s"),
        ] {
            assert_eq!(clock(seconds), text, "{seconds}");
        }
    }
}
