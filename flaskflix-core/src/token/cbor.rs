//! The part of CBOR ([RFC 8949]) that tokens need: a strict reader and a writer, without recursion.
//!
//! Not a general codec. Every nesting level is a call of our own grammar, so depth is bounded by the code and
//! not by the input. Stricter than "well-formed": shortest heads and definite lengths only ([section 4.2.1]).
//!
//! [RFC 8949]: https://www.rfc-editor.org/rfc/rfc8949
//! [section 4.2.1]: https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1

use std::str;

/// Why bytes are not the CBOR that a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// The input ends inside an item.
    #[error("the data ends inside an item")]
    Truncated,
    /// Bytes follow the last item.
    #[error("bytes follow the last item")]
    TrailingBytes,
    /// An item of indefinite length.
    #[error("an item has indefinite length")]
    Indefinite,
    /// A head that could be shorter, or that the format reserves.
    #[error("an item's head is not in its shortest form")]
    NotShortest,
    /// A text string that is not UTF-8.
    #[error("a text is not UTF-8")]
    NotUtf8,
    /// A map holds a key twice.
    #[error("a map holds a key twice")]
    DuplicateKey,
    /// An integer outside the range of 64 bits with a sign.
    #[error("an integer is out of range")]
    OutOfRange,
    /// An item of another type, or an array or map of another length.
    #[error("expected {expected}")]
    Unexpected {
        /// What should have stood there.
        expected: &'static str,
    },
}

/// Reads items one after the other off a byte string.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// A signed integer (major types 0 and 1).
    pub(super) fn integer(&mut self) -> Result<i64, CborError> {
        let (major, argument) = self.head()?;
        let argument = || i64::try_from(argument).map_err(|_| CborError::OutOfRange);
        match major {
            UNSIGNED => argument(),
            // The value is -1 - argument, which is the bitwise complement.
            NEGATIVE => Ok(!argument()?),
            _ => Err(CborError::Unexpected {
                expected: "an integer",
            }),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let length = self.argument(BYTES, "a byte string")?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, CborError> {
        let length = self.argument(TEXT, "a text")?;
        str::from_utf8(self.take(length)?).map_err(|_| CborError::NotUtf8)
    }

    /// The head of an array: how many items follow.
    pub(super) fn array(&mut self) -> Result<u64, CborError> {
        self.argument(ARRAY, "an array")
    }

    /// The head of a map: how many pairs follow.
    pub(super) fn map(&mut self) -> Result<u64, CborError> {
        self.argument(MAP, "a map")
    }

    /// Exactly this tag (major type 6).
    pub(super) fn tag(&mut self, number: u64, expected: &'static str) -> Result<(), CborError> {
        match self.argument(TAG, expected)? {
            found if found == number => Ok(()),
            _ => Err(CborError::Unexpected { expected }),
        }
    }

    pub(super) fn finish(self) -> Result<(), CborError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(CborError::TrailingBytes)
        }
    }

    fn argument(&mut self, wanted: u8, expected: &'static str) -> Result<u64, CborError> {
        match self.head()? {
            (major, argument) if major == wanted => Ok(argument),
            _ => Err(CborError::Unexpected { expected }),
        }
    }

    /// One head: major type and argument ([RFC 8949 section 3](https://www.rfc-editor.org/rfc/rfc8949#section-3)).
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let (&first, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        if major == SIMPLE {
            return Err(CborError::Unexpected {
                expected: "no float and no simple value",
            });
        }
        let (argument, least) = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => (u64::from(u8::from_be_bytes(self.array_of()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.array_of()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array_of()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array_of()?), 1 << 32),
            28..=30 => return Err(CborError::NotShortest),
            _ => return Err(CborError::Indefinite),
        };
        if argument < least {
            return Err(CborError::NotShortest);
        }
        Ok((major, argument))
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError::Truncated)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Appends items in their shortest form. The caller writes map keys in ascending order of their encoding.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn integer(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, (!value).unsigned_abs()),
        }
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.head(BYTES, length(value));
        self.bytes.extend_from_slice(value);
    }

    pub(super) fn text(&mut self, value: &str) {
        self.head(TEXT, length(value.as_bytes()));
        self.bytes.extend_from_slice(value.as_bytes());
    }

    pub(super) fn array(&mut self, items: u64) {
        self.head(ARRAY, items);
    }

    pub(super) fn map(&mut self, pairs: u64) {
        self.head(MAP, pairs);
    }

    pub(super) fn tag(&mut self, number: u64) {
        self.head(TAG, number);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        if let Ok(small @ 0..=23) = u8::try_from(argument) {
            self.bytes.push(major | small);
        } else if let Ok(byte) = u8::try_from(argument) {
            self.bytes.extend([major | 24, byte]);
        } else if let Ok(short) = u16::try_from(argument) {
            self.bytes.push(major | 25);
            self.bytes.extend(short.to_be_bytes());
        } else if let Ok(word) = u32::try_from(argument) {
            self.bytes.push(major | 26);
            self.bytes.extend(word.to_be_bytes());
        } else {
            self.bytes.push(major | 27);
            self.bytes.extend(argument.to_be_bytes());
        }
    }
}

fn length(value: &[u8]) -> u64 {
    // Lossless on every platform that Rust has: `usize` is at most 64 bits wide.
    u64::try_from(value.len()).unwrap_or(u64::MAX)
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 8949 appendix A, the rows that tokens can hold.
    #[test]
    fn integers_have_the_encodings_of_the_rfc() {
        let table: [(i64, &[u8]); 14] = [
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 0x01, 0x00]),
            (1000, &[0x19, 0x03, 0xe8]),
            (65_536, &[0x1a, 0x00, 0x01, 0x00, 0x00]),
            (
                1_000_000_000_000,
                &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00],
            ),
            (i64::MAX, &[0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (-1, &[0x20]),
            (-24, &[0x37]),
            (-100, &[0x38, 0x63]),
            (-65_537, &[0x3a, 0x00, 0x01, 0x00, 0x00]),
            (i64::MIN, &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (value, bytes) in table {
            let mut writer = Writer::default();
            writer.integer(value);
            assert_eq!(writer.into_bytes(), bytes, "{value}");
            assert_eq!(Reader::new(bytes).integer(), Ok(value));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value: i64, bytes: Vec<u8>, text: String) {
            let mut writer = Writer::default();
            writer.integer(value);
            writer.bytes(&bytes);
            writer.text(&text);
            let written = writer.into_bytes();
            let mut reader = Reader::new(&written);
            prop_assert_eq!(reader.integer(), Ok(value));
            prop_assert_eq!(reader.bytes(), Ok(&*bytes));
            prop_assert_eq!(reader.text(), Ok(&*text));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        /// One encoding only: an integer that is read is written with the same bytes.
        #[test]
        fn integer_has_one_encoding(bytes: [u8; 9]) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.integer() {
                let mut writer = Writer::default();
                writer.integer(value);
                prop_assert_eq!(writer.into_bytes(), &bytes[..9 - reader.rest.len()]);
            }
        }
    }
}
