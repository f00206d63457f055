//! The one writer of HLS syntax (RFC 8216bis section 4): lines, tags and attribute lists.

use std::fmt::Write as _;

use crate::encrypt::Iv;

/// Writes playlist lines into a string.
#[derive(Debug)]
pub(super) struct PlaylistWriter {
    out: String,
}

impl PlaylistWriter {
    /// Starts a playlist with `#EXTM3U` and its version (section 8 says which features need which).
    pub(super) fn new(version: u8, capacity: usize) -> Self {
        let mut writer = Self {
            out: String::with_capacity(capacity),
        };
        writer.out.push_str("#EXTM3U\n");
        writer.tag_with("#EXT-X-VERSION", version);
        writer
    }

    /// A tag without a value.
    pub(super) fn tag(&mut self, name: &str) {
        self.out.push_str(name);
        self.out.push('\n');
    }

    /// A tag with one value.
    pub(super) fn tag_with(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.out, "{name}:{value}");
    }

    /// A tag with an attribute list, written by `fill` in the order that it calls.
    pub(super) fn tag_list(&mut self, name: &str, fill: impl FnOnce(&mut AttributeList<'_>)) {
        let _ = write!(self.out, "{name}:");
        fill(&mut AttributeList {
            out: &mut self.out,
            first: true,
        });
        self.out.push('\n');
    }

    /// `#EXTINF` with a duration given in microseconds and printed with six decimals, and the segment's URI.
    pub(super) fn segment(&mut self, micros: u64, uri: &str) {
        let _ = writeln!(
            self.out,
            "#EXTINF:{}.{:06},",
            micros / 1_000_000,
            micros % 1_000_000
        );
        self.uri(uri);
    }

    /// `#EXT-X-KEY` of AES-128 with an explicit vector (section 4.4.4.4). It holds for the segments behind it, until the
    /// next one.
    pub(super) fn key(&mut self, uri: &str, iv: Iv) {
        self.tag_list("#EXT-X-KEY", |list| {
            list.bare("METHOD", "AES-128");
            list.quoted("URI", uri);
            list.bare("IV", iv);
        });
    }

    /// A URI on a line of its own. Characters that would end or comment out the line are dropped.
    pub(super) fn uri(&mut self, uri: &str) {
        self.out
            .extend(uri.trim_start_matches('#').chars().filter(|c| !c.is_control()));
        self.out.push('\n');
    }

    /// The finished text.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// An attribute list (section 4.2), comma-separated in the order of the calls.
#[derive(Debug)]
pub(super) struct AttributeList<'a> {
    out: &'a mut String,
    first: bool,
}

impl AttributeList<'_> {
    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push_str(name);
        self.out.push('=');
    }

    /// A quoted string. The syntax has no escapes: a quote becomes an apostrophe, control characters become
    /// spaces, so no text can end the attribute or the line.
    pub(super) fn quoted(&mut self, name: &str, value: &str) {
        self.name(name);
        self.out.push('"');
        self.out.extend(value.chars().map(|c| match c {
            '"' => '\'',
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
            c => c,
        }));
        self.out.push('"');
    }

    /// An enumerated string or anything else that stands unquoted: a number, a resolution.
    pub(super) fn bare(&mut self, name: &str, value: impl std::fmt::Display) {
        self.name(name);
        let _ = write!(self.out, "{value}");
    }

    /// `YES` or `NO`.
    pub(super) fn yes_no(&mut self, name: &str, value: bool) {
        self.bare(name, if value { "YES" } else { "NO" });
    }

    /// A decimal number of thousandths, with three decimals.
    pub(super) fn thousandths(&mut self, name: &str, value: u64) {
        self.bare(name, format_args!("{}.{:03}", value / 1000, value % 1000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_attribute() {
        let mut writer = PlaylistWriter::new(6, 0);
        writer.tag_list("#EXT-X-MEDIA", |list| {
            list.quoted("NAME", "a\",URI=\"http://x\n#EXT-X-ENDLIST");
            list.yes_no("DEFAULT", true);
        });
        writer.uri("#EXT\nx");
        assert_eq!(
            writer.finish(),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-MEDIA:NAME=\"a',URI='http://x #EXT-X-ENDLIST\",DEFAULT=YES\nEXTx\n"
        );
    }

    #[test]
    fn durations_have_six_decimals() {
        let mut writer = PlaylistWriter::new(6, 0);
        writer.segment(6_006_000, "1.m4s");
        assert!(writer.finish().ends_with("#EXTINF:6.006000,\n1.m4s\n"));
    }
}
