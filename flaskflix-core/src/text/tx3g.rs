//! Samples of timed text: `tx3g` (3GPP TS 26.245 section 5.17) and `QuickTime`'s `text`, which is laid out alike.

use super::markup;

/// What the sample entry says about all samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Apple's display flag: every sample is shown to everybody.
    pub(crate) all_forced: bool,
    /// The face of text that no style record speaks of.
    face: Face,
}

/// The face of a stretch of text: bold 1, italic 2, underline 4.
type Face = u8;

impl Entry {
    /// Reads the fields of a `tx3g` entry: display flags, justification (2), background (4), box (8), then the default style
    /// record. A `text` entry is another one: its display flags mean other things, and it has no styles that we know.
    pub(crate) fn parse(entry: &[u8], is_tx3g: bool) -> Self {
        // Size, type, reserved, data reference index.
        let Some(fields) = entry.get(16..).filter(|_| is_tx3g) else {
            return Self::default();
        };
        let flags = fields
            .first_chunk::<4>()
            .map_or(0, |bytes| u32::from_be_bytes(*bytes));
        Self {
            all_forced: flags & ALL_FORCED != 0,
            // The record's first and last character, its font.
            face: fields.get(18 + 6).copied().unwrap_or(0) & FACES,
        }
    }
}

/// The text of a sample as `WebVTT` writes it; empty when the sample clears the screen.
pub(crate) fn payload(sample: &[u8], entry: Entry) -> String {
    let Some((text, boxes)) = split(sample) else {
        return String::new();
    };
    let chars = decode(text);
    let mut faces = vec![entry.face; chars.len()];
    for record in style_records(boxes).take(MAX_STYLES) {
        let &[a, b, c, d, _, _, face, ..] = record;
        let (from, to) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let to = usize::from(to).min(faces.len());
        if let Some(faces) = faces.get_mut(usize::from(from)..to) {
            faces.fill(face & FACES);
        }
    }
    write(&chars, &faces)
}

/// The text of a sample of a chapter track, without any style.
pub(crate) fn plain(sample: &[u8]) -> String {
    let text = split(sample).map_or(&[][..], |(text, _)| text);
    super::decode_short(text)
}

/// The text and the boxes behind it. A text that claims more than there is ends where the sample does.
fn split(sample: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sample.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    Some(rest.split_at_checked(length).unwrap_or((rest, &[])))
}

fn decode(text: &[u8]) -> Vec<char> {
    let text = super::encoding::decode(text);
    // Characters that style records count are counted with them, so none is dropped.
    text.chars().map(|c| if c == '\r' { '\n' } else { c }).collect()
}

/// The records of the `styl` boxes: first and last character, font, face, size, colour.
fn style_records(mut boxes: &[u8]) -> impl Iterator<Item = &[u8; 12]> {
    std::iter::from_fn(move || {
        let (header, rest) = boxes.split_first_chunk::<8>()?;
        let [a, b, c, d, name @ ..] = *header;
        let size = usize::try_from(u32::from_be_bytes([a, b, c, d]))
            .ok()?
            .checked_sub(8)?;
        let (payload, after) = rest.split_at_checked(size)?;
        boxes = after;
        Some(if name == *b"styl" {
            payload.get(2..).unwrap_or_default()
        } else {
            &[]
        })
    })
    .flat_map(|records| records.as_chunks::<12>().0)
}

fn write(chars: &[char], faces: &[Face]) -> String {
    let mut out = String::with_capacity(chars.len());
    let mut buffer = [0; 4];
    let mut now = 0;
    for (c, face) in chars.iter().zip(faces) {
        if *face != now {
            turn(&mut out, now, *face);
            now = *face;
        }
        markup::push_escaped(&mut out, c.encode_utf8(&mut buffer));
    }
    turn(&mut out, now, 0);
    out
}

/// Ends one face and starts another.
fn turn(out: &mut String, from: Face, to: Face) {
    let open = |face: Face| TAGS.iter().filter(move |(bit, _)| face & bit != 0);
    for (_, tag) in open(from).rev() {
        out.push_str("</");
        out.push_str(tag);
        out.push('>');
    }
    for (_, tag) in open(to) {
        out.push('<');
        out.push_str(tag);
        out.push('>');
    }
}

const TAGS: [(Face, &str); 3] = [(1, "b"), (2, "i"), (4, "u")];
const FACES: Face = 7;
const ALL_FORCED: u32 = 0x8000_0000;
/// More than a text of two lines can use; bounds the work on a hostile sample.
const MAX_STYLES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &[u8], boxes: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        out.extend_from_slice(text);
        for (name, payload) in boxes {
            out.extend_from_slice(&u32::try_from(payload.len() + 8).unwrap().to_be_bytes());
            out.extend_from_slice(*name);
            out.extend_from_slice(payload);
        }
        out
    }

    fn styles(records: &[(u16, u16, u8)]) -> Vec<u8> {
        let mut out = u16::try_from(records.len()).unwrap().to_be_bytes().to_vec();
        for (from, to, face) in records {
            out.extend_from_slice(&from.to_be_bytes());
            out.extend_from_slice(&to.to_be_bytes());
            out.extend_from_slice(&[0, 1, *face, 18, 255, 255, 255, 255]);
        }
        out
    }

    #[test]
    fn styles_become_tags_and_other_boxes_nothing() {
        let styl = styles(&[(0, 2, 2), (3, 4, 5), (9, 70, 1)]);
        let text = sample("Äh <b".as_bytes(), &[(b"hlit", b"\0\0\0\0"), (b"styl", &styl)]);
        assert_eq!(payload(&text, Entry::default()), "<i>Äh</i> <b><u>&lt;</u></b>b");
    }

    #[test]
    fn the_entry_gives_the_face_of_all_and_forces() {
        let mut entry = vec![0; 16];
        entry.extend_from_slice(&[0x80, 0, 0, 0]);
        entry.extend_from_slice(&[0; 14]);
        entry.extend_from_slice(&[0, 0, 0, 0, 0, 1, 2, 18]);
        let entry = Entry::parse(&entry, true);
        assert!(entry.all_forced);
        assert_eq!(payload(&sample(b"x", &[]), entry), "<i>x</i>");
        assert_eq!(Entry::parse(&[0xff; 60], false), Entry::default());
    }

    #[test]
    fn broken_samples_give_what_they_have() {
        for (sample, want) in [
            (&b""[..], ""),
            (b"\0", ""),
            (b"\0\0", ""),
            (b"\0\x09abc", "abc"),
            (b"\0\x01a\0\0\0\x04styl", "a"),
            (b"\0\x01a\xff\xff\xff\xffstyl", "a"),
            (b"\0\x06\xfe\xff\0h\0i", "hi"),
            (b"\0\x03a\rb", "a\nb"),
        ] {
            assert_eq!(payload(sample, Entry::default()), want, "{sample:?}");
        }
    }
}
