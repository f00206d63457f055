//! What a track is called: its language and its name.

use super::{
    FourCc,
    walk::{BoxView, Walk},
};

/// The language: the tag of an `elng` box (ISO 14496-12 section 8.4.6) when it looks like one, else the code of
/// the `mdhd` box, else `und`.
pub(super) fn language(elng: Option<&BoxView>, packed: u16) -> String {
    elng.and_then(extended_language)
        .or_else(|| unpacked_language(packed))
        .unwrap_or_else(|| "und".to_owned())
}

/// The name: `udta/name`, else the name of the handler; what of it can be shown.
pub(super) fn name(udta: Option<&BoxView>, hdlr: &BoxView, walk: &Walk) -> String {
    let own = udta
        .and_then(|udta| walk.pick(udta, [FourCc(*b"name")]).ok())
        .and_then(|[name]| name)
        .map(|name| shown(&name.payload));
    own.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        // Version and flags, type, handler, three reserved fields.
        let name = hdlr.payload.get(24..).unwrap_or_default();
        match name.split_first() {
            // QuickTime counts the letters first.
            Some((&count, letters)) if usize::from(count) == letters.len() => shown(letters),
            _ => shown(name),
        }
    })
}

/// A BCP 47 tag: letters, digits and hyphens.
fn extended_language(elng: &BoxView) -> Option<String> {
    let text = until_zero(elng.payload.get(4..)?);
    let fits = (2..=MAX_TAG_BYTES).contains(&text.len());
    let plain = text
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    (fits && plain).then(|| String::from_utf8_lossy(text).into_owned())
}

/// Three letters of five bits each, offset by 0x60 (ISO 14496-12 section 8.4.2.3). Values below 0x400 are numbers
/// of old Macintosh languages; 0 is taken as unknown, because many muxers write it and do not mean English.
fn unpacked_language(packed: u16) -> Option<String> {
    if packed < 0x400 {
        let number = usize::from(packed).checked_sub(1)?;
        return MACINTOSH.get(number).map(|&language| language.to_owned());
    }
    [10, 5, 0]
        .map(|shift| u8::try_from((packed >> shift) & 31).unwrap_or(0))
        .map(|letter| (1..=26).contains(&letter).then(|| char::from(letter | 0x60)))
        .into_iter()
        .collect()
}

/// The first languages of `QuickTime`'s table, from 1 on.
const MACINTOSH: [&str; 14] = [
    "fra", "deu", "ita", "nld", "swe", "spa", "dan", "por", "nor", "heb", "jpn", "ara", "fin", "ell",
];

/// Text up to the first zero byte, without control characters, at most [`MAX_NAME_BYTES`] long.
fn shown(bytes: &[u8]) -> String {
    let bytes = until_zero(bytes);
    let bytes = bytes.get(..MAX_NAME_BYTES).unwrap_or(bytes);
    let mut text: String = String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    // Bytes that are not UTF-8 grow when they are replaced.
    while text.len() > MAX_NAME_BYTES {
        text.pop();
    }
    text.trim().to_owned()
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

const MAX_NAME_BYTES: usize = 256;

/// Longer than any registered tag.
const MAX_TAG_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_languages_are_three_letters_or_unknown() {
        assert_eq!(unpacked_language(0x15c7).as_deref(), Some("eng"));
        assert_eq!(unpacked_language(0x55c4).as_deref(), Some("und"));
        assert_eq!(unpacked_language(0), None);
        assert_eq!(unpacked_language(0x7fff), None);
    }

    #[test]
    fn names_hold_no_control_characters_and_are_cut() {
        assert_eq!(shown(b" Commentary\n\"x\"\0rest"), "Commentary\"x\"");
        assert_eq!(shown(&[0xff; 300]).len(), 255);
        assert_eq!(shown(&[b'a'; 300]).len(), 256);
    }

    #[test]
    fn macintosh_numbers_are_languages_but_for_zero() {
        #[rustfmt::skip]
        let table = [(1, "fra"), (11, "jpn"), (14, "ell"), (0, "und"), (15, "und"), (0x3ff, "und"), (0x15c7, "eng")];
        for (packed, known) in table {
            assert_eq!(language(None, packed), known, "{packed}");
        }
    }
}
