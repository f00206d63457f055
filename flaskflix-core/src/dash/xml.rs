//! The one writer of XML: elements, attributes, text.

use std::fmt::{Display, Write as _};

/// Writes elements into a string, each on a line of its own.
#[derive(Debug)]
pub(super) struct XmlWriter {
    out: String,
    open: Vec<&'static str>,
}

impl XmlWriter {
    /// Starts a document.
    pub(super) fn new(capacity: usize) -> Self {
        let mut out = String::with_capacity(capacity);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self {
            out,
            open: Vec::new(),
        }
    }

    /// Starts an element that holds others, with the attributes that `fill` writes.
    pub(super) fn start(&mut self, name: &'static str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.tag(name, fill);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was started last.
    pub(super) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            let _ = writeln!(self.out, "</{name}>");
        }
    }

    /// An element that holds nothing.
    pub(super) fn empty(&mut self, name: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.tag(name, fill);
        self.out.push_str("/>\n");
    }

    /// An element that holds a text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.tag(name, |_| ());
        self.out.push('>');
        escape(&mut self.out, text);
        let _ = writeln!(self.out, "</{name}>");
    }

    /// The finished document.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.out
    }

    fn tag(&mut self, name: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        fill(&mut Attributes { out: &mut self.out });
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }
}

/// The attributes of an element, in the order of the calls.
#[derive(Debug)]
pub(super) struct Attributes<'a> {
    out: &'a mut String,
}

impl Attributes<'_> {
    /// A text that comes from elsewhere.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"");
        escape(self.out, value);
        self.out.push('"');
    }

    /// A number, or a text of ours that needs no escape.
    pub(super) fn plain(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.out, " {name}=\"{value}\"");
    }

    /// A duration as `xs:duration` has it: seconds with six decimals, less the zeros at their end.
    pub(super) fn duration(&mut self, name: &str, micros: u64) {
        let text = format!("PT{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        self.plain(name, format_args!("{text}S"));
    }
}

/// Writes text so that it means itself, in an attribute and outside of one. Characters that no XML document may hold
/// ([XML 1.0 section 2.2](https://www.w3.org/TR/xml/#charsets)) and line ends, which would not come back as themselves, become spaces.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_place() {
        let mut xml = XmlWriter::new(0);
        xml.start("Period", |at| at.text("id", "a\"/><b c='&amp;'\n\u{1}\u{ffff}"));
        xml.text("Title", "]]></Title> & more");
        xml.empty("S", |at| at.plain("d", 5));
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Period id=\"a&quot;/&gt;&lt;b c='&amp;amp;'   \">\n  \
             <Title>]]&gt;&lt;/Title&gt; &amp; more</Title>\n  <S d=\"5\"/>\n</Period>\n"
        );
    }

    #[test]
    fn durations_are_short_and_exact() {
        for (micros, text) in [
            (0, "PT0S"),
            (10_000_000, "PT10S"),
            (1_500_000, "PT1.5S"),
            (3_600_000_001, "PT3600.000001S"),
        ] {
            let mut xml = XmlWriter::new(0);
            xml.empty("MPD", |at| at.duration("d", micros));
            assert!(
                xml.finish().ends_with(&format!("<MPD d=\"{text}\"/>\n")),
                "{text}"
            );
        }
    }
}
