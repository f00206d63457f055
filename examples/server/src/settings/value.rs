//! How the text of a value is read and written.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use flaskflix_http::{Offload, serve::WhenFull};
use flaskflix_storage::object::StoreAddress;

/// A value of a setting: text in, text out.
pub(crate) trait Value: Sized {
    /// What may stand there, in words that follow "is not".
    const ALLOWED: &'static str;

    /// Reads the value; `None` when it is not [`ALLOWED`](Self::ALLOWED).
    fn parse(text: &str) -> Option<Self>;

    /// Writes the value so that [`parse`](Self::parse) reads it again. Empty when there is none.
    fn render(&self) -> String;
}

impl Value for PathBuf {
    const ALLOWED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains('\0')).then(|| text.into())
    }

    fn render(&self) -> String {
        self.display().to_string()
    }
}

impl Value for StoreAddress {
    const ALLOWED: &'static str =
        "an address of an object store without credentials, such as s3://bucket/prefix?region=eu-central-1";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn render(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Value for Offload {
    const ALLOWED: &'static str =
        "accel: and a location of nginx (accel:/internal/media/), or sendfile: and a folder";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

impl Value for WhenFull {
    const ALLOWED: &'static str = "refuse or wait";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "refuse" => Some(Self::Refuse),
            "wait" => Some(Self::Wait),
            _ => None,
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Wait => "wait",
            _ => "refuse",
        }
        .to_owned()
    }
}

impl Value for String {
    const ALLOWED: &'static str = "a text of 1 to 200 characters on one line";

    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=200).contains(&text.chars().count());
        (fits && !text.contains(char::is_control)).then(|| text.to_owned())
    }

    fn render(&self) -> String {
        self.clone()
    }
}

impl<V: Value> Value for Option<V> {
    const ALLOWED: &'static str = V::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        V::parse(text).map(Some)
    }

    fn render(&self) -> String {
        self.as_ref().map_or_else(String::new, Value::render)
    }
}

impl Value for SocketAddr {
    const ALLOWED: &'static str = "an IP address with a port, such as 127.0.0.1:5000 or [::]:80";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    const ALLOWED: &'static str = "on or off";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "on" | "true" | "yes" | "1" => Some(true),
            "off" | "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    fn render(&self) -> String {
        if *self { "on" } else { "off" }.to_owned()
    }
}

impl Value for usize {
    const ALLOWED: &'static str = "a number from 1 to 1000000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|count| (1..=1_000_000).contains(count))
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

impl Value for u8 {
    const ALLOWED: &'static str = "a percentage from 0 to 100, without the sign";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|percent| *percent <= 100)
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

/// A size in bytes.
impl Value for u64 {
    const ALLOWED: &'static str = "a size, such as 500000, 512KiB or 5MiB";

    fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = split_unit(text);
        let unit = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        digits.parse::<Self>().ok()?.checked_mul(unit)
    }

    fn render(&self) -> String {
        largest_unit(
            *self,
            &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "")],
        )
    }
}

impl Value for Duration {
    const ALLOWED: &'static str = "a time of at most 10 years, such as 90s, 15m, 4h or 30d";

    fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = split_unit(text);
        let unit = match unit {
            "" | "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => DAY_SECS,
            _ => return None,
        };
        let secs = digits.parse::<u64>().ok()?.checked_mul(unit)?;
        // Far from where sums of times overflow.
        (secs <= 3650 * DAY_SECS).then(|| Self::from_secs(secs))
    }

    fn render(&self) -> String {
        largest_unit(
            self.as_secs(),
            &[(DAY_SECS, "d"), (60 * 60, "h"), (60, "m"), (1, "s")],
        )
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The number in the largest unit that divides it.
fn largest_unit(number: u64, units: &[(u64, &str)]) -> String {
    let mut fitting = units
        .iter()
        .filter(|(unit, _)| number.is_multiple_of(*unit) && number > 0);
    let (unit, name) = fitting.next().or(units.last()).copied().unwrap_or((1, ""));
    format!("{}{name}", number / unit.max(1))
}

const DAY_SECS: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::{
        super::kinds::{BaseUrl, LogFilter, Networks, Rate, SecureCookies},
        *,
    };

    fn round_trip<V: Value>(text: &str) -> Option<String> {
        let written = V::parse(text)?.render();
        assert_eq!(V::parse(&written).unwrap().render(), written, "{text:?}");
        Some(written)
    }

    #[test]
    fn values_are_written_as_they_are_read() {
        for (text, written) in [
            ("90", "90s"),
            ("90s", "90s"),
            ("120s", "2m"),
            ("4h", "4h"),
            ("0", "0s"),
        ] {
            assert_eq!(round_trip::<Duration>(text).as_deref(), Some(written));
        }
        for (text, written) in [("5MiB", "5MiB"), ("1024", "1KiB"), ("1000", "1000"), ("0", "0")] {
            assert_eq!(round_trip::<u64>(text).as_deref(), Some(written));
        }
        assert_eq!(round_trip::<Rate>("10/15m").as_deref(), Some("10/15m"));
        assert_eq!(round_trip::<Rate>("10/h").as_deref(), Some("10/1h"));
        assert_eq!(round_trip::<bool>("yes").as_deref(), Some("on"));
        assert_eq!(round_trip::<SecureCookies>("off").as_deref(), Some("off"));
        assert_eq!(
            round_trip::<Networks>("::1,10.0.0.0/8").as_deref(),
            Some("::1, 10.0.0.0/8")
        );
        assert_eq!(
            round_trip::<BaseUrl>("HTTPS://Films.Example:443/").as_deref(),
            Some("https://films.example")
        );
    }

    #[test]
    fn what_is_not_a_value_is_refused() {
        for text in [
            "",
            "h",
            "4 h",
            "4w",
            "-1s",
            "1.5h",
            "99999999999999999999s",
            "3651d",
        ] {
            assert_eq!(Duration::parse(text), None, "{text:?}");
        }
        for text in ["", "10", "10/", "0/1h", "10/0s", "-1/1h", "10/1h/2"] {
            assert_eq!(Rate::parse(text), None, "{text:?}");
        }
        for text in [
            "",
            "films.example",
            "ftp://x",
            "https://x/path",
            "https://u:p@x",
            "https://x?q",
        ] {
            assert_eq!(BaseUrl::parse(text), None, "{text:?}");
        }
        for text in [
            "x",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0 /8",
            "10.0.0.1/8",
        ] {
            assert_eq!(Networks::parse(text), None, "{text:?}");
        }
        for text in ["", "loud", "a=b=c"] {
            assert_eq!(LogFilter::parse(text), None, "{text:?}");
        }
        assert_eq!(u64::parse("5MB"), None);
        assert_eq!(u64::parse("99999999999GiB"), None);
        assert_eq!(SocketAddr::parse("localhost:5000"), None);
        assert_eq!(usize::parse("0"), None);
        assert_eq!(u8::parse("101"), None);
    }
}
