//! Chapters, as players take them.

use std::{fmt::Write as _, time::Duration};

use super::{Cue, markup, whole};

/// One chapter of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// When it starts on the title's timeline.
    pub start: Duration,
    /// When it ends: where the next one starts, or the title ends.
    pub end: Duration,
    /// What it is called; may be empty.
    pub title: String,
    /// BCP 47 tag of the title's language; `und` when nobody knows.
    pub language: String,
}

/// Writes chapters as the JSON that Apple's players take by `com.apple.hls.chapters`
/// ([Providing JavaScript Object Notation (JSON) chapters](https://developer.apple.com/documentation/http-live-streaming/providing-javascript-object-notation-json-chapters)).
///
/// # Examples
/// ```
/// use flaskflix_core::text::{Chapter, chapters_json};
/// use std::time::Duration;
/// let chapter = Chapter {
///     start: Duration::from_millis(1500),
///     end: Duration::from_secs(60),
///     title: "The \"sea\"".to_owned(),
///     language: "en".to_owned(),
/// };
/// assert_eq!(
///     chapters_json(&[chapter]),
///     r#"[{"start-time":1.500,"duration":58.500,"titles":[{"language":"en","title":"The \"sea\""}]}]"#
/// );
/// ```
#[must_use]
pub fn chapters_json(chapters: &[Chapter]) -> String {
    let mut out = String::from("[");
    for (place, chapter) in chapters.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        let duration = chapter.end.saturating_sub(chapter.start);
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "{{\"start-time\":{},\"duration\":{},\"titles\":[{{\"language\":",
            Seconds(chapter.start),
            Seconds(duration)
        );
        push_json(&mut out, &chapter.language);
        out.push_str(",\"title\":");
        push_json(&mut out, &chapter.title);
        out.push_str("}]}");
    }
    out.push(']');
    out
}

/// Writes chapters as a `WebVTT` file for a `<track kind="chapters">`.
#[must_use]
pub fn chapters_vtt(chapters: &[Chapter]) -> String {
    let cues: Vec<Cue> = chapters
        .iter()
        .filter_map(|chapter| {
            let mut title = String::with_capacity(chapter.title.len());
            markup::push_escaped(&mut title, &markup::one_line(&chapter.title));
            Cue::new(chapter.start, chapter.end, &title)
        })
        .collect();
    whole("", cues.iter())
}

/// A JSON string (RFC 8259 section 7).
fn push_json(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Seconds(Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0.as_secs(), self.0.subsec_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(start: u64, end: u64, title: &str) -> Chapter {
        Chapter {
            start: Duration::from_secs(start),
            end: Duration::from_secs(end),
            title: title.to_owned(),
            language: "und".to_owned(),
        }
    }

    #[test]
    fn no_title_breaks_out() {
        let chapters = [chapter(0, 5, "a\"\\\n\u{2028}"), chapter(5, 9, "1 --> 2\n\n<b>")];
        assert_eq!(
            chapters_json(&chapters),
            "[{\"start-time\":0.000,\"duration\":5.000,\"titles\":[{\"language\":\"und\",\"title\":\"a\\\"\\\\\\u000a\\u2028\"}]},\
             {\"start-time\":5.000,\"duration\":4.000,\"titles\":[{\"language\":\"und\",\"title\":\"1 --> 2\\u000a\\u000a<b>\"}]}]"
        );
        assert_eq!(
            chapters_vtt(&chapters),
            "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\na\"\\\n\n00:00:05.000 --> 00:00:09.000\n1 --&gt; 2 &lt;b&gt;\n\n"
        );
        assert_eq!(chapters_json(&[]), "[]");
    }
}
