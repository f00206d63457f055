//! Refusals of claims. Every row is a sound token with one thing wrong, signed with the right key.

use std::time::Duration;

use flaskflix_core::{
    time::UnixTime,
    token::{self, CborError, TITLE_CLAIM, TokenError, Verifier},
};

use super::{
    raw::{
        CATM, CATU, CATV, CTI, EXP, IAT, ISS, NBF, NOW, RawToken, SUB, array, bytes, head, int, keys, text,
    },
    verdict::{changed, expect_refusals, refusal, unexpected},
};

#[test]
fn optional_claims_may_be_absent() {
    for claim in [ISS, NBF, IAT, CATV, CATU, CATM] {
        let raw = RawToken::sound().without(claim);
        assert!(token::verify(&keys(), &raw.to_text(), NOW).is_ok(), "{claim}");
    }
}

#[test]
fn claims_may_come_in_any_order() {
    let raw = changed(|raw| raw.claims.reverse());
    assert!(token::verify(&keys(), &raw.to_text(), NOW).is_ok());
}

#[test]
#[rustfmt::skip]
fn times_other_than_whole_seconds_are_refused() {
    for claim in [EXP, NBF, IAT] {
        let invalid = TokenError::InvalidClaim { claim };
        let with = |value: Vec<u8>| RawToken::sound().with(claim, value);
        expect_refusals(vec![
            ("text", with(text("never")), invalid),
            ("digits as text", with(text("1700000060")), invalid),
            ("bytes", with(bytes(b"\x7f")), invalid),
            ("negative", with(int(-1)), invalid),
            ("2^63", with(head(0, 1 << 63)), invalid),
            ("2^64 - 1", with(head(0, u64::MAX)), invalid),
            ("-2^64", with(head(1, u64::MAX)), invalid),
            ("half float", with(vec![0xf9, 0x7c, 0x00]), invalid),
            ("float", with(vec![0xfa, 0x4e, 0xca, 0xa7, 0xe3]), invalid),
            ("double", with([&[0xfb], &1_700_000_060.0_f64.to_be_bytes()[..]].concat()), invalid),
            ("null", with(vec![0xf6]), invalid),
            ("undefined", with(vec![0xf7]), invalid),
            ("true", with(vec![0xf5]), invalid),
            ("tagged as epoch time", with([vec![0xc1], int(1_700_000_060)].concat()), invalid),
            ("big number", with([vec![0xc2], bytes(&[0x7f; 9])].concat()), invalid),
            ("array", with(array(&[int(1_700_000_060)])), invalid),
        ]);
    }
    let last = RawToken::sound().with(EXP, head(0, (1 << 63) - 1));
    assert!(token::verify(&keys(), &last.to_text(), NOW).is_ok());
}

#[test]
fn token_is_expired_from_exp_on() {
    let text = RawToken::sound().to_text();
    let exp = UnixTime::from_secs(1_700_000_060);
    let at = |secs, leeway| {
        let verifier = Verifier::new().leeway(Duration::from_secs(leeway));
        verifier
            .verify(&keys(), &text, UnixTime::from_secs(secs))
            .map(|_| ())
    };
    let expired = Err(TokenError::Expired { at: exp });
    let early = Err(TokenError::NotYetValid { from: NOW });
    assert_eq!(at(1_700_000_059, 0), Ok(()));
    assert_eq!(at(1_700_000_060, 0), expired);
    assert_eq!(at(1_700_000_061, 0), expired);
    assert_eq!(at(u64::MAX, 0), expired);
    assert_eq!(at(1_700_000_064, 5), Ok(()));
    assert_eq!(at(1_700_000_065, 5), expired);
    assert_eq!(at(1_700_000_000, 0), Ok(()));
    assert_eq!(at(1_699_999_999, 0), early);
    assert_eq!(at(1_699_999_995, 5), Ok(()));
    assert_eq!(at(1_699_999_994, 5), early);
    assert_eq!(at(0, 0), early);
}

#[test]
#[rustfmt::skip]
fn claims_of_another_type_are_refused() {
    let invalid = |claim| TokenError::InvalidClaim { claim };
    let missing = |claim| TokenError::MissingClaim { claim };
    let with = |claim, value| RawToken::sound().with(claim, value);
    let nested = [[0x81; 200].to_vec(), int(0)].concat();
    expect_refusals(vec![
        ("iss", with(ISS, int(1)), invalid(ISS)),
        ("iss nested 200 deep", with(ISS, nested), invalid(ISS)),
        ("sub as bytes", with(SUB, bytes(b"anna")), invalid(SUB)),
        ("sub empty", with(SUB, text("")), invalid(SUB)),
        ("sub with a line end", with(SUB, text("anna\n")), invalid(SUB)),
        ("no sub", RawToken::sound().without(SUB), missing(SUB)),
        ("no exp", RawToken::sound().without(EXP), missing(EXP)),
        ("cti as text", with(CTI, text("0123456789abcdef")), invalid(CTI)),
        ("cti of 15 bytes", with(CTI, bytes(&[9; 15])), invalid(CTI)),
        ("cti of 17 bytes", with(CTI, bytes(&[9; 17])), invalid(CTI)),
        ("no cti", RawToken::sound().without(CTI), missing(CTI)),
        ("catv 2", with(CATV, int(2)), invalid(CATV)),
        ("catv as text", with(CATV, text("1")), invalid(CATV)),
        ("title as integer", with(TITLE_CLAIM, int(42)), invalid(TITLE_CLAIM)),
        ("no title", RawToken::sound().without(TITLE_CLAIM), missing(TITLE_CLAIM)),
    ]);
    for bad in ["", ".", "..", "a/b", "a\\b", "a\0"] {
        let raw = RawToken::sound().without(CATU).with(TITLE_CLAIM, text(bad));
        assert_eq!(refusal(&raw.to_text()), invalid(TITLE_CLAIM), "{bad:?}");
    }
}

#[test]
fn claims_that_nobody_evaluates_are_refused() {
    // aud, cnf, the other claims of CTA-5007, numbers that nobody knows, both ends of what an integer can be.
    let known = [
        3, 8, 282, 308, 309, 311, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323,
    ];
    for claim in known
        .into_iter()
        .chain([0, 9, 999, -1, -65_536, -65_538, i64::MAX, i64::MIN])
    {
        let raw = RawToken::sound().with(claim, text("x"));
        assert_eq!(refusal(&raw.to_text()), TokenError::UnsupportedClaim { claim });
    }
    let named = changed(|raw| raw.claims.push((text("exp"), int(1))));
    assert_eq!(refusal(&named.to_text()), unexpected("an integer"));
    let beyond = changed(|raw| raw.claims.push((head(0, u64::MAX), int(1))));
    assert_eq!(
        refusal(&beyond.to_text()),
        TokenError::Malformed(CborError::OutOfRange)
    );
}

#[test]
fn claim_twice_is_refused_even_with_the_same_value() {
    for at in 0..RawToken::sound().claims.len() {
        let raw = changed(|raw| raw.claims.push(raw.claims[at].clone()));
        assert_eq!(
            refusal(&raw.to_text()),
            TokenError::Malformed(CborError::DuplicateKey),
            "claim {at}"
        );
    }
}

#[test]
#[rustfmt::skip]
fn claims_in_loose_cbor_are_refused() {
    let payload = |payload: Vec<u8>| changed(|raw| raw.payload = Some(payload));
    let sound = || RawToken::sound().payload();
    let more = |count: u8| {
        let mut bytes = sound();
        bytes[0] += count;
        bytes
    };
    let exp = |value: &[u8]| RawToken::sound().with(EXP, value.to_vec());
    let iss = |value: &[u8]| RawToken::sound().with(ISS, value.to_vec());
    let malformed = TokenError::Malformed;
    expect_refusals(vec![
        ("empty", payload(vec![]), malformed(CborError::Truncated)),
        ("no map", payload(array(&[])), unexpected("a map")),
        ("one byte behind", payload([sound(), vec![0]].concat()), malformed(CborError::TrailingBytes)),
        ("one pair too many", payload(more(1)), malformed(CborError::Truncated)),
        ("2^64 - 1 pairs", payload([&[0xbb], &[0xff; 8][..], &sound()[1..]].concat()), malformed(CborError::Truncated)),
        ("indefinite map", payload([&[0xbf], &sound()[1..], &[0xff]].concat()), malformed(CborError::Indefinite)),
        ("indefinite text", iss(&[0x7f, 0x61, b'i', 0xff]), malformed(CborError::Indefinite)),
        ("indefinite bytes", exp(&[0x5f, 0xff]), malformed(CborError::Indefinite)),
        ("text not UTF-8", iss(&[0x62, 0xc3, 0x28]), malformed(CborError::NotUtf8)),
        ("surrogate in text", iss(&[0x63, 0xed, 0xa0, 0x80]), malformed(CborError::NotUtf8)),
        ("text of 2^64 - 1 bytes", iss(&[0x7b, 255, 255, 255, 255, 255, 255, 255, 255]), malformed(CborError::Truncated)),
        ("integer in 8 bytes", exp(&[0x1b, 0, 0, 0, 0, 0x77, 0, 0, 0]), malformed(CborError::NotShortest)),
        ("integer in 4 bytes", exp(&[0x1a, 0, 0, 0xff, 0xff]), malformed(CborError::NotShortest)),
        ("integer in 2 bytes", exp(&[0x19, 0, 0xff]), malformed(CborError::NotShortest)),
        ("integer in 1 byte", exp(&[0x18, 23]), malformed(CborError::NotShortest)),
        ("length not shortest", iss(&[0x78, 1, b'i']), malformed(CborError::NotShortest)),
        ("reserved head", exp(&[0x1c]), malformed(CborError::NotShortest)),
    ]);
}
