//! From the bytes of a file to text.

use std::borrow::Cow;

/// Decodes a file: by its byte order mark, else as UTF-8 when it is valid, else as Windows-1252, which is what most old
/// subtitles are. Never fails; what is no character becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        },
    }
}

/// Decodes the text of a sample or a title in the same way, without what cannot be shown.
pub(crate) fn decode_short(bytes: &[u8]) -> String {
    decode(bytes)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let (units, _) = bytes.as_chunks::<2>();
    let units = units.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// One byte of [Windows-1252](https://encoding.spec.whatwg.org/#windows-1252).
fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
        latin_1 => char::from(latin_1),
    }
}

/// The characters of the bytes from 0x80 to 0x9f; five of them are none.
#[rustfmt::skip]
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        for (bytes, text) in [
            (&b"\xef\xbb\xbfna\xc3\xafve"[..], "naïve"),
            (b"na\xc3\xafve", "naïve"),
            (b"na\xefve \x93x\x94 \x80", "naïve “x” €"),
            (b"\xff\xfen\0a\0\xef\0v\0e\0", "naïve"),
            (b"\xfe\xff\0n\0a\0\xef\0v\0e", "naïve"),
            (b"\xff\xfe\x3d\xd8\x00\xde", "😀"),
            (b"\xff\xfe\x3d\xd8x", "\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(decode(bytes), text);
        }
    }
}
