//! Builds tokens byte by byte, so that exactly one thing is wrong with them. Shares no code with the crate's writer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flaskflix_core::{
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::{Claims, KeyRing, TITLE_CLAIM, TokenSigner as _},
};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
pub(crate) const KID: &str = "june";
pub(crate) const ISS: i64 = 1;
pub(crate) const SUB: i64 = 2;
pub(crate) const EXP: i64 = 4;
pub(crate) const NBF: i64 = 5;
pub(crate) const IAT: i64 = 6;
pub(crate) const CTI: i64 = 7;
pub(crate) const CATV: i64 = 310;
pub(crate) const CATU: i64 = 312;
pub(crate) const CATM: i64 = 313;

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(KID, &[7; 32]).unwrap()
}

pub(crate) fn title(text: &str) -> TitleId {
    TitleId::parse(text).unwrap()
}

pub(crate) fn claims() -> Claims {
    let viewer = ViewerId::parse("anna@example.org").unwrap();
    Claims::new(title("film.mp4"), viewer, NOW, Duration::from_secs(60))
}

/// A head in its shortest form.
pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    let bytes = argument.to_be_bytes();
    let (info, width) = match argument {
        0..24 => return vec![major << 5 | bytes[7]],
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    [&[major << 5 | info], &bytes[8 - width..]].concat()
}

pub(crate) fn int(value: i64) -> Vec<u8> {
    if value < 0 {
        head(1, value.unsigned_abs() - 1)
    } else {
        head(0, value.unsigned_abs())
    }
}

pub(crate) fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub(crate) fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub(crate) fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let pairs_of = |(key, value): &(Vec<u8>, Vec<u8>)| [key.clone(), value.clone()].concat();
    [
        head(5, pairs.len() as u64),
        pairs.iter().flat_map(pairs_of).collect(),
    ]
    .concat()
}

pub(crate) fn path_prefix(prefix: &str) -> Vec<u8> {
    map(&[(int(3), map(&[(int(1), text(prefix))]))])
}

/// A sound token, every part open to be spoilt before it is signed.
#[derive(Clone)]
pub(crate) struct RawToken {
    /// Everything before the protected header: tag 61, tag 17, array of four.
    pub(crate) opening: Vec<u8>,
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Vec<u8>,
    pub(crate) claims: Vec<(Vec<u8>, Vec<u8>)>,
    /// Stands for `claims` when it is there.
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) tag_bytes: usize,
    /// Everything behind the tag.
    pub(crate) closing: Vec<u8>,
}

impl RawToken {
    pub(crate) fn sound() -> Self {
        let expires = 1_700_000_060;
        Self {
            opening: vec![0xd8, 61, 0xd1, 0x84],
            protected: vec![0xa1, 0x01, 0x05],
            unprotected: map(&[(int(4), bytes(KID.as_bytes()))]),
            claims: vec![
                (int(ISS), text("flaskflix")),
                (int(SUB), text("anna@example.org")),
                (int(EXP), int(expires)),
                (int(NBF), int(1_700_000_000)),
                (int(IAT), int(1_700_000_000)),
                (int(CTI), bytes(&[9; 16])),
                (int(CATV), int(1)),
                (int(CATU), path_prefix("/stream/film.mp4/")),
                (int(CATM), array(&[text("GET"), text("HEAD")])),
                (int(TITLE_CLAIM), text("film.mp4")),
            ],
            payload: None,
            tag_bytes: 32,
            closing: Vec::new(),
        }
    }

    /// This token with another value of one claim, or with one claim more.
    pub(crate) fn with(mut self, claim: i64, value: Vec<u8>) -> Self {
        let key = int(claim);
        match self.claims.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.claims.push((key, value)),
        }
        self
    }

    pub(crate) fn without(mut self, claim: i64) -> Self {
        let before = self.claims.len();
        self.claims.retain(|(key, _)| *key != int(claim));
        assert_eq!(self.claims.len(), before - 1);
        self
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        self.payload.clone().unwrap_or_else(|| map(&self.claims))
    }

    /// The bytes, signed with the right key whatever they say.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let payload = bytes(&self.payload());
        let message = array(&[text("MAC0"), bytes(&self.protected), bytes(&[]), payload.clone()]);
        let tag = keys().sign(&message).unwrap().tag;
        let parts = [
            self.opening.clone(),
            bytes(&self.protected),
            self.unprotected.clone(),
            payload,
            bytes(&tag[..self.tag_bytes]),
            self.closing.clone(),
        ];
        parts.concat()
    }

    pub(crate) fn to_text(&self) -> String {
        encode(&self.to_bytes())
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
