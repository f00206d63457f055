//! The text form of a key ring: one key per line.
//!
//! ```text
//! # the first key signs, all verify
//! 2026-06:Zm9v…            base64url, with or without padding
//! 2026-05:403697de87af…    or hex
//! ```

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use crate::token::{
    KeyError, KeyId,
    key::{MIN_KEY_BYTES, NamedKey},
    key_ring::Keys,
};

/// Largest key file in bytes that [`KeyRing::parse`](crate::token::KeyRing::parse) reads.
pub const MAX_KEY_FILE_BYTES: usize = 64 * 1024;

/// A key file could not be read. The operator's concern. Holds no key bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file holds no key.
    #[error("the key file holds no key")]
    Empty,
    /// The file is larger than the limit.
    #[error("the key file has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Length of the file in bytes.
        bytes: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// One line is not a key, or not one that the ring takes.
    #[error("line {line} of the key file")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        problem: KeyLineProblem,
    },
}

/// What is wrong with one line of a key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyLineProblem {
    /// A bare key stands beside other keys.
    #[error("a key without a name stands alone in its file: write `kid:key`")]
    BareKeyAmongOthers,
    /// The key is neither hex nor base64.
    #[error("the key is neither hex nor base64")]
    NotHexOrBase64,
    /// The ring does not take the key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Writes one line of a key file, with its line end, from 32 random bytes of the caller's.
///
/// # Errors
/// [`KeyError::BadName`] when `kid` is not a [`KeyId`].
///
/// # Examples
/// ```
/// use flaskflix_core::token;
/// let line = token::render_key("june", &[0; 32])?;
/// assert_eq!(line.as_str(), "june:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
/// # Ok::<(), token::KeyError>(())
/// ```
pub fn render_key(kid: &str, random: &[u8; MIN_KEY_BYTES]) -> Result<Zeroizing<String>, KeyError> {
    let kid = KeyId::parse(kid)?;
    let key = Zeroizing::new(URL_SAFE_NO_PAD.encode(random));
    Ok(Zeroizing::new(format!("{kid}:{}\n", key.as_str())))
}

/// The name of a bare key.
const DEFAULT_KID: &str = "default";

/// Behind [`KeyRing::parse`](crate::token::KeyRing::parse).
pub(super) fn parse(text: &str) -> Result<Keys, KeyFileError> {
    if text.len() > MAX_KEY_FILE_BYTES {
        return Err(KeyFileError::TooLong {
            bytes: text.len(),
            limit: MAX_KEY_FILE_BYTES,
        });
    }
    let lines = || {
        let numbered = text.lines().map(str::trim).zip(1_usize..);
        numbered.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
    };
    let alone = lines().count() == 1;
    let mut ring: Option<Keys> = None;
    for (text, line) in lines() {
        let fault = |problem| KeyFileError::Line { line, problem };
        let key = parse_line(text, alone).map_err(fault)?;
        match &mut ring {
            None => ring = Some(Keys::new(key)),
            Some(keys) => keys.add(key).map_err(|error| fault(error.into()))?,
        }
    }
    ring.ok_or(KeyFileError::Empty)
}

fn parse_line(line: &str, alone: bool) -> Result<NamedKey, KeyLineProblem> {
    let (kid, key) = match line.split_once(':') {
        Some((kid, key)) => (kid.trim_end(), key.trim_start()),
        None if alone => (DEFAULT_KID, line),
        None => return Err(KeyLineProblem::BareKeyAmongOthers),
    };
    let key = decode_key(key).ok_or(KeyLineProblem::NotHexOrBase64)?;
    Ok(NamedKey::new(KeyId::parse(kid)?, &key)?)
}

/// Hex wins where a text is both: 64 hex digits are 32 bytes as every tool prints them, never 48 bytes of base64.
pub(crate) fn decode_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let base64 = |alphabet| {
        GeneralPurpose::new(alphabet, ANY_PADDING)
            .decode(text)
            .ok()
            .map(Zeroizing::new)
    };
    decode_hex(text)
        .or_else(|| base64(&URL_SAFE))
        .or_else(|| base64(&STANDARD))
}

fn decode_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    // Sized before the first byte is written, so that growing leaves no copy of the key behind.
    let mut key = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for &[high, low] in pairs {
        key.push(digit(high)? << 4 | digit(low)?);
    }
    Some(key)
}

/// People paste keys with and without padding, in the alphabet of URLs and in that of `openssl rand -base64 32`:
/// all are the same key.
const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
