//! The envelope: base64url around `61(17([protected, {4: kid}, claims, tag]))` ([RFC 9052 section 6.2]).
//!
//! [RFC 9052 section 6.2]: https://www.rfc-editor.org/rfc/rfc9052#section-6.2

use base64::{DecodeSliceError, Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::token::{
    CborError, Signed, TokenError,
    cbor::{Reader, Writer},
};

/// Longest token in bytes of its text. Longer ones are neither minted nor looked at.
pub const MAX_TOKEN_BYTES: usize = 1024;

/// Three bytes in four characters.
const MAX_DECODED_BYTES: usize = MAX_TOKEN_BYTES / 4 * 3;

/// CBOR Web Token ([RFC 8392 section 6](https://www.rfc-editor.org/rfc/rfc8392#section-6)).
const TAG_CWT: u64 = 61;
/// `COSE_Mac0`.
const TAG_MAC0: u64 = 17;
/// The header parameter `kid` ([RFC 9052 section 3.1](https://www.rfc-editor.org/rfc/rfc9052#section-3.1)).
const HEADER_KID: i64 = 4;
/// `{1: 5}`: the algorithm is HMAC 256/256 ([RFC 9053 section 3.1](https://www.rfc-editor.org/rfc/rfc9053#section-3.1)).
const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x05];

/// Room for the bytes of one token, on the stack.
pub(super) struct Decoded {
    bytes: [u8; MAX_DECODED_BYTES],
    length: usize,
}

impl Decoded {
    /// Undoes the base64url. Only the canonical text of some bytes is accepted: no padding, no stray bits.
    pub(super) fn new(text: &str) -> Result<Self, TokenError> {
        let too_long = TokenError::TooLong {
            bytes: text.len(),
            limit: MAX_TOKEN_BYTES,
        };
        if text.len() > MAX_TOKEN_BYTES {
            return Err(too_long);
        }
        let mut bytes = [0; MAX_DECODED_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(length) => Ok(Self { bytes, length }),
            Err(DecodeSliceError::OutputSliceTooSmall) => Err(too_long),
            Err(_) => Err(TokenError::NotBase64Url),
        }
    }

    pub(super) fn envelope(&self) -> Result<Envelope<'_>, TokenError> {
        Envelope::read(self.bytes.get(..self.length).unwrap_or_default())
    }
}

/// The parts of a token, not verified yet, as they were received.
pub(super) struct Envelope<'a> {
    pub(super) kid: &'a [u8],
    pub(super) claims: &'a [u8],
    pub(super) tag: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, TokenError> {
        let mut reader = Reader::new(bytes);
        reader.tag(TAG_CWT, "tag 61, a CBOR Web Token")?;
        reader.tag(TAG_MAC0, "tag 17, a COSE_Mac0")?;
        if reader.array()? != 4 {
            return Err(CborError::Unexpected {
                expected: "an array of four items",
            }
            .into());
        }
        // Our one algorithm has one encoding, so comparing bytes is parsing.
        if reader.bytes()? != PROTECTED {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        if reader.map()? != 1 || reader.integer()? != HEADER_KID {
            return Err(CborError::Unexpected {
                expected: "`kid` as the only unprotected header",
            }
            .into());
        }
        let kid = reader.bytes()?;
        let claims = reader.bytes()?;
        let tag = reader.bytes()?;
        reader.finish()?;
        Ok(Self { kid, claims, tag })
    }
}

/// What the tag is computed over: `["MAC0", protected, h'', claims]`
/// ([RFC 9052 section 6.3](https://www.rfc-editor.org/rfc/rfc9052#section-6.3)).
pub(super) fn mac_structure(claims: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(claims.len().saturating_add(16));
    writer.array(4);
    writer.text("MAC0");
    writer.bytes(&PROTECTED);
    writer.bytes(&[]);
    writer.bytes(claims);
    writer.into_bytes()
}

/// The token's text.
pub(super) fn encode(claims: &[u8], signed: &Signed) -> String {
    let mut writer = Writer::default();
    writer.tag(TAG_CWT);
    writer.tag(TAG_MAC0);
    writer.array(4);
    writer.bytes(&PROTECTED);
    writer.map(1);
    writer.integer(HEADER_KID);
    writer.bytes(signed.kid.as_str().as_bytes());
    writer.bytes(claims);
    writer.bytes(&signed.tag);
    URL_SAFE_NO_PAD.encode(writer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the public Common Access Token libraries; its tag is checked in tests/it/token/keys.rs.
    #[test]
    fn mac_structure_is_that_of_the_known_vector() {
        let claims =
            b"\xa3\x01\x78\x18coap://jonas.example.com\x06\x1a\x67\xd4\x98\xa9\x05\x1a\x67\xd4\x98\xa9";
        let expected = [&b"\x84\x64MAC0\x43\xa1\x01\x05\x40\x58\x28"[..], claims].concat();
        assert_eq!(mac_structure(claims), expected);
    }
}
