//! Text of cues: kept inside its cue, and `SubRip`'s tags as `WebVTT` has them.

use std::borrow::Cow;

/// The text of a cue as one block: no blank line, which would end it, no arrow, which would be a time, no NUL.
///
/// Blank lines in front and behind go; one in the middle keeps its place with a no-break space in it.
pub(super) fn block(text: &str) -> String {
    let text = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\0', "\u{fffd}");
    let mut out = String::with_capacity(text.len());
    for line in text.trim_matches(['\n', ' ', '\t']).split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        match line.trim_end() {
            "" if out.is_empty() => {}
            "" => out.push('\u{a0}'),
            line => out.push_str(line),
        }
    }
    if out.contains("-->") {
        out = out.replace("-->", "--&gt;");
    }
    out
}

/// A text for one line that is no time: line ends become spaces; with an arrow it is empty.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if text.contains("-->") {
        Cow::Borrowed("")
    } else {
        one_line(text)
    }
}

/// A text in one line: control characters become spaces.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains(char::is_control) {
        let words: Vec<&str> = text
            .split(char::is_control)
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        Cow::Owned(words.join(" "))
    } else {
        Cow::Borrowed(text)
    }
}

/// Adds text that means nothing but itself.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// The text of a `SubRip` cue as `WebVTT` writes it, and the settings that `{\an8}` asks for.
///
/// Kept: `<i>`, `<b>`, `<u>`, and the colours of `<font>` that `WebVTT` has a class for. Other tags of `SubRip` and all of
/// `{\...}` are dropped; everything else is text.
pub(super) fn from_subrip(text: &str) -> (String, String) {
    let (mut out, mut open, mut settings) = (String::with_capacity(text.len()), Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{', '&']) {
        let (before, from) = rest.split_at(at);
        push_escaped(&mut out, before);
        rest = match read_special(from, &mut out, &mut open) {
            Some((Special::Settings(found), after)) => {
                if settings.is_empty() {
                    settings = found;
                }
                after
            }
            Some((Special::Done, after)) => after,
            None => {
                let (first, after) = from.split_at(1);
                push_escaped(&mut out, first);
                after
            }
        };
    }
    push_escaped(&mut out, rest);
    for tag in open.into_iter().rev() {
        close(&mut out, tag);
    }
    (out, settings)
}

/// What was read at a `<`, `{` or `&`.
enum Special {
    Done,
    Settings(String),
}

/// An element that is open: its name in `WebVTT`, and in `SubRip`.
#[derive(Debug, Clone, Copy)]
struct Open {
    name: &'static str,
    /// Whether a tag was written for it: a `<font>` without a colour that we know has none.
    written: bool,
}

fn close(out: &mut String, tag: Open) {
    if tag.written {
        out.push_str("</");
        out.push_str(if tag.name == FONT { "c" } else { tag.name });
        out.push('>');
    }
}

fn read_special<'a>(from: &'a str, out: &mut String, open: &mut Vec<Open>) -> Option<(Special, &'a str)> {
    if let Some(inside) = from.strip_prefix("{\\") {
        let (codes, after) = inside
            .split_once('}')
            .filter(|(codes, _)| codes.len() <= MAX_TAG_BYTES)?;
        return Some((placed(codes).map_or(Special::Done, Special::Settings), after));
    }
    if from.starts_with('&') {
        let (entity, after) = from
            .split_once(';')
            .filter(|(entity, _)| ENTITIES.contains(entity))?;
        out.push_str(entity);
        out.push(';');
        return Some((Special::Done, after));
    }
    let (tag, after) = from.strip_prefix('<')?.split_once('>')?;
    if tag.len() > MAX_TAG_BYTES {
        return None;
    }
    let (name, attributes) = tag.split_once([' ', '\t']).unwrap_or((tag, ""));
    let name = name.to_ascii_lowercase();
    if let Some(name) = name.strip_prefix('/') {
        ELEMENTS.contains(&name).then_some(())?;
        // What was opened inside is closed with it; a tag that closes nothing is dropped.
        if let Some(place) = open.iter().rposition(|open| open.name == name) {
            open.drain(place..).rev().for_each(|tag| close(out, tag));
        }
    } else {
        let name = *ELEMENTS.iter().find(|element| **element == name)?;
        let class = (name == FONT).then(|| colour_class(attributes));
        let written = match class {
            Some(Some(class)) => {
                out.push_str("<c.");
                out.push_str(class);
                out.push('>');
                true
            }
            None if name != STRIKE && open.len() < MAX_NESTING => {
                out.push('<');
                out.push_str(name);
                out.push('>');
                true
            }
            _ => false,
        };
        open.push(Open { name, written });
    }
    Some((Special::Done, after))
}

/// The settings for `an1` (left, below) to `an9` (right, above), as on a keyboard's block of digits.
fn placed(codes: &str) -> Option<String> {
    let place: u8 = codes
        .split('\\')
        .find_map(|code| code.strip_prefix("an"))?
        .trim()
        .parse()
        .ok()
        .filter(|place| (1..=9).contains(place))?;
    let line = match place {
        7..=9 => "line:0",
        4..=6 => "line:50%",
        _ => "",
    };
    let align = match place % 3 {
        1 => "align:left",
        0 => "align:right",
        _ => "",
    };
    let words: Vec<&str> = [line, align]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    Some(words.join(" "))
}

/// The class of a colour that every `WebVTT` player knows
/// ([WebVTT section 5.1](https://www.w3.org/TR/webvtt1/#default-text-color)).
fn colour_class(attributes: &str) -> Option<&'static str> {
    let lower = attributes.to_ascii_lowercase();
    let (_, value) = lower.split_once("color")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value
        .trim_start_matches(['"', '\''])
        .split(['"', '\'', ' '])
        .next()?
        .trim_start_matches('#');
    COLOURS
        .iter()
        .find(|(names, _)| names.contains(&value))
        .map(|(_, class)| *class)
}

const COLOURS: [(&[&str], &str); 8] = [
    (&["white", "ffffff"], "white"),
    (&["lime", "00ff00"], "lime"),
    (&["cyan", "aqua", "00ffff"], "cyan"),
    (&["red", "ff0000"], "red"),
    (&["yellow", "ffff00"], "yellow"),
    (&["magenta", "fuchsia", "ff00ff"], "magenta"),
    (&["blue", "0000ff"], "blue"),
    (&["black", "000000"], "black"),
];

const FONT: &str = "font";
const STRIKE: &str = "s";
const ELEMENTS: [&str; 5] = ["i", "b", "u", STRIKE, FONT];
/// What may stand behind an `&` as it is ([WebVTT section 4.2.2](https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span)).
const ENTITIES: [&str; 6] = ["&amp", "&lt", "&gt", "&nbsp", "&lrm", "&rlm"];
const MAX_TAG_BYTES: usize = 256;
const MAX_NESTING: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subrip_becomes_webvtt() {
        for (text, payload, settings) in [
            ("<i>a</i> & <B>b</b>", "<i>a</i> &amp; <b>b</b>", ""),
            ("{\\an8}up", "up", "line:0"),
            ("{\\an4}{\\i1}left", "left", "line:50% align:left"),
            ("{\\pos(1,2)\\an3}x", "x", "align:right"),
            ("{\\an2}usual {not a code}", "usual {not a code}", ""),
            (
                "<font color=\"#FFFF00\">y</font> <font face=x>z</font>",
                "<c.yellow>y</c> z",
                "",
            ),
            ("1 < 2 > 0 <3", "1 &lt; 2 &gt; 0 &lt;3", ""),
            ("<i><b>crossed</i></b>", "<i><b>crossed</b></i>", ""),
            ("<i>open", "<i>open</i>", ""),
            ("</i>closed <s>x</s>", "closed x", ""),
            (
                "&lt;i&gt; &nbsp; &copy; &",
                "&lt;i&gt; &nbsp; &amp;copy; &amp;",
                "",
            ),
            ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", ""),
        ] {
            assert_eq!(
                from_subrip(text),
                (payload.to_owned(), settings.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_block_has_no_blank_line_and_no_arrow() {
        for (text, want) in [
            ("\n\na\r\nb\n\n", "a\nb"),
            ("a\n\n \nb", "a\n\u{a0}\n\u{a0}\nb"),
            ("a --> b", "a --&gt; b"),
            ("---->", "----&gt;"),
            ("a\0", "a\u{fffd}"),
            (" \n ", ""),
            ("- a\n- b", "- a\n- b"),
        ] {
            assert_eq!(block(text), want, "{text:?}");
        }
    }
}
