//! Reads `SubRip` files (`.srt`), which nobody has specified: what players take is taken.

use super::{
    Cue, Cues, MAX_CUE_BYTES, MAX_CUES, TextError, TextFault, cue::Skipped, markup, timestamp, webvtt::Lines,
    webvtt::checked,
};

/// Reads a `SubRip` file, in UTF-8, UTF-16 (with a byte order mark) or Windows-1252.
///
/// `<i>`, `<b>`, `<u>`, the usual colours of `<font>`, and places (`{\an8}`) are kept, other markup is dropped. Cues may come
/// in any order, without numbers, and with blank lines in their text. A cue that cannot be read is passed over, and
/// [`Cues::skipped`] tells of it.
///
/// # Errors
/// [`TextError`] when the file is not empty and has no cue that can be read, or is larger than a limit.
///
/// # Examples
/// ```
/// use flaskflix_core::text::parse_subrip;
/// let cues = parse_subrip(b"1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}<i>Ol\xe9</i> & co\r\n")?;
/// let cue = &cues.cues()[0];
/// assert_eq!((cue.settings(), cue.payload()), ("line:0", "<i>Olé</i> &amp; co"));
/// # Ok::<(), flaskflix_core::text::TextError>(())
/// ```
pub fn parse_subrip(file: &[u8]) -> Result<Cues, TextError> {
    let text = checked(file)?;
    let mut reader = Reader::default();
    for (number, line) in Lines::new(&text)? {
        if line.contains("-->") {
            reader.end_cue(true)?;
            reader.times = Some((number, line));
        } else if reader.times.is_some() {
            reader.text.push(line);
        }
    }
    reader.end_cue(false)?;
    if reader.cues.is_empty() && !text.trim().is_empty() {
        let error = reader.skipped.first.unwrap_or_else(|| TextFault::NoCues.at(1));
        return Err(error);
    }
    Ok(Cues::new(String::new(), reader.cues, reader.skipped))
}

/// The cue that is being read, and those before it.
#[derive(Debug, Default)]
struct Reader<'a> {
    times: Option<(u64, &'a str)>,
    text: Vec<&'a str>,
    cues: Vec<Cue>,
    skipped: Skipped,
}

impl Reader<'_> {
    /// Takes what was read since the last times; `next` when other times follow, whose number stands behind the text.
    fn end_cue(&mut self, next: bool) -> Result<(), TextError> {
        let mut text = std::mem::take(&mut self.text);
        let Some((number, times)) = self.times.take() else {
            return Ok(());
        };
        let is_number =
            |line: &&str| !line.trim().is_empty() && line.trim().bytes().all(|b| b.is_ascii_digit());
        // A line of digits is the next cue's number only behind a blank line: "1984" may be a text.
        if next && text.last().is_some_and(is_number) {
            let before = text.len().checked_sub(2).and_then(|at| text.get(at));
            if before.is_some_and(|line| line.trim().is_empty()) {
                text.pop();
            }
        }
        if text.iter().map(|line| line.len()).sum::<usize>() > MAX_CUE_BYTES {
            return Err(TextFault::too_much("bytes in one cue", MAX_CUE_BYTES).at(number));
        }
        match timestamp::parse_line(times) {
            // Behind the times some files have coordinates, which nobody follows.
            Some((start, end, _)) => {
                let (payload, settings) = markup::from_subrip(text.join("\n").trim());
                let cue = Cue::new(start, end, &payload);
                self.cues.extend(cue.map(|cue| cue.with("", &settings)));
            }
            None => self.skipped.add(TextFault::BadTimes.at(number)),
        }
        if self.cues.len() > MAX_CUES {
            return Err(TextFault::too_much("cues", MAX_CUES).at(number));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn payloads(text: &str) -> Vec<String> {
        let cues = parse_subrip(text.as_bytes()).unwrap();
        cues.cues().iter().map(|cue| cue.payload().to_owned()).collect()
    }

    #[test]
    fn cues_are_found_whatever_stands_between_them() {
        let text = "\u{feff}7\n00:00:05,000 --> 00:00:06,000 X1:0 X2:10\nsecond\n\nwith a gap\n\n\
                    8\n0:00:01.5 --> 00:00:03,000\nfirst\n00:00:06,000 --> 00:00:07,000\n1984\n\n\n9\n\
                    00:00:08,000 --> 00:00:09,000\n1985\n00:00:09,000 --> 00:00:09,000\nnever\n";
        assert_eq!(
            payloads(text),
            ["first", "second\n\u{a0}\nwith a gap", "1984", "1985"]
        );
    }

    #[test]
    fn cues_come_in_the_order_of_their_times_and_may_overlap() {
        let cues = parse_subrip(
            b"1\n00:00:10,000 --> 00:00:20,000\nlate\n\n2\n00:00:01,000 --> 00:00:15,000\nearly\n",
        )
        .unwrap();
        let at = Duration::from_secs(12);
        let seen: Vec<_> = cues
            .during(at..at + Duration::from_secs(1))
            .map(Cue::payload)
            .collect();
        assert_eq!(seen, ["early", "late"]);
    }

    #[test]
    fn what_is_no_subrip_is_refused_with_its_line() {
        let error = parse_subrip(b"Hello\nthere").unwrap_err();
        assert_eq!(error.to_string(), "line 1: the file holds no cue");
        let error = parse_subrip(b"1\n00:00:01;000 --> x\nHello").unwrap_err();
        assert_eq!(error.to_string(), "line 2: the times of the cue cannot be read");
        assert_eq!(parse_subrip(b"\r\n").unwrap().cues(), []);
        let long = format!("1\n00:00:01,000 --> 00:00:02,000\n{}", "x\n".repeat(70_000));
        assert_eq!(
            parse_subrip(long.as_bytes()).unwrap_err().to_string(),
            "line 2: more than 65536 bytes in one cue"
        );
    }
}
