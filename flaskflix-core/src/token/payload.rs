//! The claims map, read and written ([RFC 8392 section 3](https://www.rfc-editor.org/rfc/rfc8392#section-3), CTA-5007).

use crate::{
    time::UnixTime,
    token::{
        CborError, Claims, TITLE_CLAIM, TokenError,
        cbor::{Reader, Writer},
    },
};

pub(super) const ISS: i64 = 1;
pub(super) const SUB: i64 = 2;
pub(super) const EXP: i64 = 4;
pub(super) const NBF: i64 = 5;
pub(super) const IAT: i64 = 6;
pub(super) const CTI: i64 = 7;
/// The version of CTA-5007: 1.
pub(super) const CATV: i64 = 310;
/// What the URL has to be: a map from parts to maps from matches to values.
pub(super) const CATU: i64 = 312;
/// What the method has to be: one of an array of texts.
pub(super) const CATM: i64 = 313;

/// `catu`: the part that is the path.
const PART_PATH: i64 = 3;
/// `catu`: the match that is a prefix.
const MATCH_PREFIX: i64 = 1;
/// The methods that our media URLs know.
const METHODS: [&str; 2] = ["GET", "HEAD"];

/// The claims of a received token: types checked, values not judged yet.
#[derive(Debug, Default)]
pub(super) struct Payload<'a> {
    pub(super) issuer: Option<&'a str>,
    pub(super) viewer: Option<&'a str>,
    pub(super) expires: Option<UnixTime>,
    pub(super) not_before: Option<UnixTime>,
    pub(super) issued: Option<UnixTime>,
    pub(super) token_id: Option<[u8; 16]>,
    version: Option<()>,
    pub(super) path_prefix: Option<&'a str>,
    pub(super) covers_methods: Option<bool>,
    pub(super) title: Option<&'a str>,
}

impl<'a> Payload<'a> {
    /// Reads the whole map. A claim outside this list is refused: nobody here evaluates what it restricts.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, TokenError> {
        let mut reader = Reader::new(bytes);
        let mut payload = Self::default();
        for _ in 0..reader.map()? {
            let claim = reader.integer()?;
            payload
                .read_claim(claim, &mut reader)
                .map_err(|error| match error {
                    // The item is sound CBOR, but not what this claim holds.
                    TokenError::Malformed(CborError::Unexpected { .. } | CborError::OutOfRange) => {
                        TokenError::InvalidClaim { claim }
                    }
                    other => other,
                })?;
        }
        reader.finish()?;
        Ok(payload)
    }

    fn read_claim(&mut self, claim: i64, reader: &mut Reader<'a>) -> Result<(), TokenError> {
        match claim {
            ISS => once(&mut self.issuer, reader.text()?),
            SUB => once(&mut self.viewer, reader.text()?),
            EXP => once(&mut self.expires, moment(reader)?),
            NBF => once(&mut self.not_before, moment(reader)?),
            IAT => once(&mut self.issued, moment(reader)?),
            CTI => once(&mut self.token_id, token_id(reader)?),
            CATV => once(&mut self.version, version(reader)?),
            CATU => once(&mut self.path_prefix, path_prefix(reader)?),
            CATM => once(&mut self.covers_methods, covers_methods(reader)?),
            TITLE_CLAIM => once(&mut self.title, reader.text()?),
            _ => Err(TokenError::UnsupportedClaim { claim }),
        }
    }
}

/// Writes the claims map, keys in the order of [RFC 8949 section 4.2.1].
///
/// [RFC 8949 section 4.2.1]: https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1
pub(super) fn encode(claims: &Claims, times: &Times, token_id: &[u8; 16]) -> Vec<u8> {
    let mut writer = Writer::default();
    let optional = [times.not_before.is_some(), claims.path_prefix.is_some()];
    writer.map(
        optional
            .into_iter()
            .fold(7, |pairs, there| pairs + u64::from(there)),
    );
    writer.integer(ISS);
    writer.text(&claims.issuer);
    writer.integer(SUB);
    writer.text(claims.viewer.as_str());
    writer.integer(EXP);
    writer.integer(times.expires);
    if let Some(moment) = times.not_before {
        writer.integer(NBF);
        writer.integer(moment);
    }
    writer.integer(IAT);
    writer.integer(times.issued);
    writer.integer(CTI);
    writer.bytes(token_id);
    if let Some(prefix) = &claims.path_prefix {
        writer.integer(CATU);
        writer.map(1);
        writer.integer(PART_PATH);
        writer.map(1);
        writer.integer(MATCH_PREFIX);
        writer.text(prefix.as_str());
    }
    writer.integer(CATM);
    writer.array(2);
    METHODS.into_iter().for_each(|method| writer.text(method));
    writer.integer(TITLE_CLAIM);
    writer.text(claims.title.as_str());
    writer.into_bytes()
}

/// The times of a token as the wire has them: seconds that fit a signed 64-bit integer.
pub(super) struct Times {
    pub(super) issued: i64,
    pub(super) not_before: Option<i64>,
    pub(super) expires: i64,
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), TokenError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(CborError::DuplicateKey.into()),
    }
}

/// Whole seconds since the epoch: an integer, not negative, below 2^63. Floats are refused, unlike in [RFC 8392].
///
/// [RFC 8392]: https://www.rfc-editor.org/rfc/rfc8392#section-2
fn moment(reader: &mut Reader<'_>) -> Result<UnixTime, CborError> {
    let secs = u64::try_from(reader.integer()?).map_err(|_| CborError::OutOfRange)?;
    Ok(UnixTime::from_secs(secs))
}

fn token_id(reader: &mut Reader<'_>) -> Result<[u8; 16], CborError> {
    <[u8; 16]>::try_from(reader.bytes()?).map_err(|_| CborError::Unexpected { expected: "16 bytes" })
}

fn version(reader: &mut Reader<'_>) -> Result<(), CborError> {
    match reader.integer()? {
        1 => Ok(()),
        _ => Err(CborError::Unexpected {
            expected: "version 1",
        }),
    }
}

/// Exactly `{3: {1: prefix}}`. Other parts and matches cannot be judged without the request, so they are refused.
fn path_prefix<'a>(reader: &mut Reader<'a>) -> Result<&'a str, CborError> {
    for wanted in [PART_PATH, MATCH_PREFIX] {
        if reader.map()? != 1 || reader.integer()? != wanted {
            return Err(CborError::Unexpected {
                expected: "a path prefix",
            });
        }
    }
    reader.text()
}

/// Whether all of [`METHODS`] are in the list. Others may be there too: they open nothing here.
fn covers_methods(reader: &mut Reader<'_>) -> Result<bool, CborError> {
    let mut found = [false; METHODS.len()];
    for _ in 0..reader.array()? {
        let listed = reader.text()?;
        for (found, method) in found.iter_mut().zip(METHODS) {
            *found |= listed == method;
        }
    }
    Ok(found == [true; METHODS.len()])
}
