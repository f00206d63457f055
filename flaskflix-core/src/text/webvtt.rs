//! Reads `WebVTT` files ([WebVTT section 6.1](https://www.w3.org/TR/webvtt1/#file-parsing)).

use std::iter::Peekable;

use super::{
    Cue, Cues, MAX_CUE_BYTES, MAX_CUES, MAX_FILE_BYTES, MAX_HEADER_BYTES, MAX_LINE_BYTES, TextError,
    TextFault, cue::Skipped, encoding, timestamp,
};

/// Reads a `WebVTT` file.
///
/// Names and settings of cues, styles and regions are kept; comments are not, nor styles that could make a player load
/// something. A cue that cannot be read is passed over, as players do, and [`Cues::skipped`] tells of it.
///
/// # Errors
/// [`TextError`] when the file does not start with `WEBVTT`, has cues and none that can be read, or is larger than a limit.
///
/// # Examples
/// ```
/// use flaskflix_core::text::parse_webvtt;
/// let cues = parse_webvtt(b"WEBVTT\n\nintro\n00:01.000 --> 00:02.000 line:0\n<i>Hello</i>\n")?;
/// let cue = &cues.cues()[0];
/// assert_eq!((cue.id(), cue.settings(), cue.payload()), ("intro", "line:0", "<i>Hello</i>"));
/// assert_eq!(parse_webvtt(b"Hello").unwrap_err().to_string(), "line 1: the file does not start with WEBVTT");
/// # Ok::<(), flaskflix_core::text::TextError>(())
/// ```
pub fn parse_webvtt(file: &[u8]) -> Result<Cues, TextError> {
    let text = checked(file)?;
    let mut lines = Lines::new(&text)?;
    let signature = lines.next().map_or("", |(_, line)| line);
    if !signature
        .strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    {
        return Err(TextFault::NoSignature.at(1));
    }
    // The rest of the header means nothing to us.
    while lines
        .next_if(|(_, line)| !line.is_empty() && !line.contains("-->"))
        .is_some()
    {}
    let mut reader = Reader::default();
    while let Some(block) = Block::read(&mut lines) {
        reader.take(&block)?;
    }
    reader.finish()
}

/// Decodes a file that is not too large.
pub(super) fn checked(file: &[u8]) -> Result<std::borrow::Cow<'_, str>, TextError> {
    if file.len() as u64 > MAX_FILE_BYTES {
        let limit = MAX_FILE_BYTES;
        let what = "bytes in the file";
        return Err(TextFault::TooMuch { what, limit }.at(1));
    }
    Ok(encoding::decode(file))
}

/// The lines of a text with their numbers, none of them too long.
#[derive(Debug)]
pub(super) struct Lines<'a>(Peekable<std::vec::IntoIter<(u64, &'a str)>>);

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, TextError> {
        // LF, CR LF and CR end a line.
        let lines: Vec<_> = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .flat_map(|line| line.split('\r'))
            .zip(1..)
            .map(|(line, number)| (number, line))
            .collect();
        match lines.iter().find(|(_, line)| line.len() > MAX_LINE_BYTES) {
            Some((number, _)) => Err(TextFault::too_much("bytes in one line", MAX_LINE_BYTES).at(*number)),
            None => Ok(Self(lines.into_iter().peekable())),
        }
    }

    pub(super) fn next_if(&mut self, wanted: impl Fn(&(u64, &'a str)) -> bool) -> Option<(u64, &'a str)> {
        self.0.next_if(|line| wanted(line))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u64, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// The lines between two blank ones.
#[derive(Debug)]
struct Block<'a> {
    /// The line that it starts at.
    number: u64,
    /// The line before the times: the cue's name, or what kind of block it is.
    first: Option<&'a str>,
    times: Option<(u64, &'a str)>,
    rest: Vec<&'a str>,
}

impl<'a> Block<'a> {
    fn read(lines: &mut Lines<'a>) -> Option<Self> {
        while lines.next_if(|(_, line)| line.is_empty()).is_some() {}
        let (number, line) = lines.next()?;
        let mut block = Self {
            number,
            first: None,
            times: None,
            rest: Vec::new(),
        };
        if line.contains("-->") {
            block.times = Some((number, line));
        } else {
            block.first = Some(line);
            block.times = lines.next_if(|(_, line)| line.contains("-->"));
        }
        // An arrow starts the next cue even where the blank line before it is missing.
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty() && !line.contains("-->")) {
            block.rest.push(line);
        }
        Some(block)
    }

    fn text(&self) -> String {
        self.rest.join("\n")
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reader {
    header: String,
    cues: Vec<Cue>,
    skipped: Skipped,
    seen_cue: bool,
}

impl Reader {
    fn take(&mut self, block: &Block<'_>) -> Result<(), TextError> {
        let Some((number, times)) = block.times else {
            return self.definition(block);
        };
        self.seen_cue = true;
        let text = block.text();
        if text.len() > MAX_CUE_BYTES {
            return Err(TextFault::too_much("bytes in one cue", MAX_CUE_BYTES).at(number));
        }
        match timestamp::parse_line(times) {
            Some((start, end, settings)) => {
                let cue = Cue::new(start, end, &text);
                let id = block.first.unwrap_or("");
                self.cues.extend(cue.map(|cue| cue.with(id, settings)));
            }
            None => self.skipped.add(TextFault::BadTimes.at(number)),
        }
        if self.cues.len() > MAX_CUES {
            return Err(TextFault::too_much("cues", MAX_CUES).at(number));
        }
        Ok(())
    }

    /// A style or a region stands before the first cue; a comment may stand anywhere.
    fn definition(&mut self, block: &Block<'_>) -> Result<(), TextError> {
        let kind = block.first.map_or("", str::trim_end);
        let text = block.text();
        if self.seen_cue || !matches!(kind, "STYLE" | "REGION") || loads_something(&text) {
            return Ok(());
        }
        self.header.push_str(kind);
        self.header.push('\n');
        self.header.push_str(&text);
        self.header.push_str("\n\n");
        if self.header.len() > MAX_HEADER_BYTES {
            return Err(
                TextFault::too_much("bytes of styles and regions", MAX_HEADER_BYTES).at(block.number),
            );
        }
        Ok(())
    }

    fn finish(self) -> Result<Cues, TextError> {
        match (&self.cues[..], self.skipped.first.clone()) {
            ([], Some(first)) => Err(first),
            _ => Ok(Cues::new(self.header, self.cues, self.skipped)),
        }
    }
}

/// Whether a style names something on the network. Players must not load it; we do not rely on them.
fn loads_something(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    ["url(", "@import", "image(", "\\"]
        .iter()
        .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(text: &str) -> Cues {
        parse_webvtt(text.as_bytes()).unwrap()
    }

    #[test]
    fn styles_and_regions_are_kept_and_comments_are_not() {
        let cues = cue(
            "\u{feff}WEBVTT - a title\nKind: captions\n\nNOTE\nof the maker\n\nSTYLE\n::cue { color: lime }\n\n\
             REGION\nid:fred\n\nSTYLE\n::cue { background: url(http://x/) }\n\n00:01.000 --> 00:02.000 region:fred\nx\n\n\
             STYLE\ntoo late\n",
        );
        assert_eq!(
            cues.header(),
            "STYLE\n::cue { color: lime }\n\nREGION\nid:fred\n\n"
        );
        assert_eq!(cues.cues().len(), 1);
        assert_eq!(cues.cues()[0].settings(), "region:fred");
    }

    #[test]
    fn every_line_end_ends_a_line() {
        for text in [
            "WEBVTT\n\n00:01.000 --> 00:02.000\na\nb\n",
            "WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\na\r\nb",
            "WEBVTT\r\r00:01.000 --> 00:02.000\ra\rb\r",
            "WEBVTT\n00:01.000 --> 00:02.000\na\nb",
        ] {
            assert_eq!(cue(text).cues()[0].payload(), "a\nb", "{text:?}");
        }
    }

    #[test]
    fn a_cue_that_cannot_be_read_is_passed_over_and_told_of() {
        let cues = cue(
            "WEBVTT\n\n00:xx --> 00:02.000\na\n\n00:03.000 --> 00:02.000\nb\n\n00:03.000 --> 00:04.000\nc",
        );
        assert_eq!(cues.cues().len(), 1);
        let (count, first) = cues.skipped().unwrap();
        assert_eq!((count, first.line), (1, 3));
    }

    #[test]
    fn each_limit_is_named_with_its_line() {
        let long_line = format!("WEBVTT\n\n{}", "x".repeat(MAX_LINE_BYTES + 1));
        let long_cue = format!(
            "WEBVTT\n\n00:01.000 --> 00:02.000\n{}",
            format!("{}\n", "y".repeat(1023)).repeat(65)
        );
        let styles = format!(
            "WEBVTT\n\n{}",
            format!("STYLE\n{}\n\n", "x".repeat(9000)).repeat(2)
        );
        let many = format!("WEBVTT\n\n{}", "0:01.0 --> 0:02.0\nx\n\n".repeat(MAX_CUES + 1));
        let large = " ".repeat(usize::try_from(MAX_FILE_BYTES).unwrap() + 1);
        for (text, want) in [
            (long_line, "line 3: more than 16384 bytes in one line"),
            (long_cue, "line 3: more than 65536 bytes in one cue"),
            (styles, "line 6: more than 16384 bytes of styles and regions"),
            (many, "line 300003: more than 100000 cues"),
            (large, "line 1: more than 4194304 bytes in the file"),
        ] {
            assert_eq!(parse_webvtt(text.as_bytes()).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn what_is_no_webvtt_is_refused() {
        for text in ["", "WEBVTTX", "1\n00:00:01,000 --> 00:00:02,000\nx"] {
            assert_eq!(
                parse_webvtt(text.as_bytes()).unwrap_err(),
                TextFault::NoSignature.at(1)
            );
        }
        assert_eq!(cue("WEBVTT").cues(), []);
        let error = parse_webvtt(b"WEBVTT\n\nx --> y\nz").unwrap_err();
        assert_eq!(error, TextFault::BadTimes.at(3));
    }
}
