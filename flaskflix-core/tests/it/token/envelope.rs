//! Refusals of the text and the envelope. Every row is a sound token with one thing wrong, signed with the right key.

use flaskflix_core::{
    time::UnixTime,
    token::{self, CborError, KeyRing, TokenError},
};

use super::{
    raw::{ISS, KID, NOW, RawToken, array, bytes, encode, int, keys, map, text, title},
    verdict::{changed, expect_refusals, refusal, unexpected},
};

/// The control of all tables: they fail for the one thing that they change.
#[test]
fn sound_token_is_accepted() {
    let grant = token::verify(&keys(), &RawToken::sound().to_text(), NOW).unwrap();
    assert_eq!(grant.title(), &title("film.mp4"));
    assert_eq!(grant.viewer().as_str(), "anna@example.org");
    assert_eq!(grant.expires(), UnixTime::from_secs(1_700_000_060));
    assert_eq!(grant.token_id(), &[9; 16]);
}

#[test]
fn text_that_is_not_canonical_base64url_is_refused() {
    // Of 1 modulo 3 bytes the last one takes two characters, with four stray bits in the second.
    let lengths = (9..12).map(|length| RawToken::sound().with(ISS, text(&"i".repeat(length))));
    let raw = lengths
        .into_iter()
        .find(|raw| raw.to_bytes().len() % 3 == 1)
        .unwrap();
    let good = raw.to_text();
    assert!(token::verify(&keys(), &good, NOW).is_ok());
    let (start, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    assert_eq!(at % 16, 0, "the four last bits of canonical text are zero");
    for stray in 1..16 {
        let text = format!("{start}{}", &alphabet[at + stray..=at + stray]);
        assert_eq!(refusal(&text), TokenError::NotBase64Url, "stray bits {stray:04b}");
    }
    let spoilt = [
        format!("{good}=="),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}AAA"),
        good.replacen('2', "+", 1),
        good.replacen('2', "/", 1),
        good.replacen('2', "%32", 1),
        good.replacen('2', "\u{ff12}", 1),
        good.replacen('2', "\0", 1),
    ];
    for text in spoilt {
        assert_eq!(refusal(&text), TokenError::NotBase64Url, "{text:?}");
    }
}

#[test]
fn text_beyond_one_kibibyte_is_not_looked_at() {
    for bytes in [1025, 64 * 1024] {
        let expected = TokenError::TooLong { bytes, limit: 1024 };
        assert_eq!(refusal(&"A".repeat(bytes)), expected);
        assert_eq!(refusal(&"!".repeat(bytes)), expected);
    }
    // Two heads grow with the issuer, by three bytes together.
    let full = changed(|raw| {
        let room = 768 - raw.to_bytes().len() - 3 + "flaskflix".len();
        *raw = raw.clone().with(ISS, text(&"i".repeat(room)));
    });
    assert_eq!(full.to_text().len(), 1024);
    assert!(token::verify(&keys(), &full.to_text(), NOW).is_ok());
}

#[test]
#[rustfmt::skip]
fn envelope_other_than_a_tagged_mac0_is_refused() {
    let not_cwt = unexpected("tag 61, a CBOR Web Token");
    let not_mac0 = unexpected("tag 17, a COSE_Mac0");
    let not_four = unexpected("an array of four items");
    let opening = |opening: &[u8]| changed(|raw| raw.opening = opening.to_vec());
    expect_refusals(vec![
        ("no tag at all", opening(&[0x84]), not_cwt),
        ("COSE_Mac0 without tag 61", opening(&[0xd1, 0x84]), not_cwt),
        ("tag 62", opening(&[0xd8, 62, 0xd1, 0x84]), not_cwt),
        ("tag 55799, self-described CBOR", opening(&[0xd9, 0xd9, 0xf7, 0xd8, 61, 0xd1, 0x84]), not_cwt),
        ("tag 61 without COSE tag", opening(&[0xd8, 61, 0x84]), not_mac0),
        ("tag 18, COSE_Sign1", opening(&[0xd8, 61, 0xd2, 0x84]), not_mac0),
        ("tag 16, COSE_Encrypt0", opening(&[0xd8, 61, 0xd0, 0x84]), not_mac0),
        ("tag 61 twice", opening(&[0xd8, 61, 0xd8, 61, 0xd1, 0x84]), not_mac0),
        ("array of three", opening(&[0xd8, 61, 0xd1, 0x83]), not_four),
        ("array of five", opening(&[0xd8, 61, 0xd1, 0x85]), not_four),
        ("array of indefinite length", opening(&[0xd8, 61, 0xd1, 0x9f]), TokenError::Malformed(CborError::Indefinite)),
        ("tag 61 in two bytes", opening(&[0xd9, 0, 61, 0xd1, 0x84]), TokenError::Malformed(CborError::NotShortest)),
        ("reserved head", opening(&[0xdc, 0xd1, 0x84]), TokenError::Malformed(CborError::NotShortest)),
        ("one byte behind", changed(|raw| raw.closing = vec![0]), TokenError::Malformed(CborError::TrailingBytes)),
        ("a break behind", changed(|raw| raw.closing = vec![0xff]), TokenError::Malformed(CborError::TrailingBytes)),
    ]);
    assert_eq!(refusal(""), TokenError::Malformed(CborError::Truncated));
    let whole = RawToken::sound().to_bytes();
    for length in 0..whole.len() {
        let expected = TokenError::Malformed(CborError::Truncated);
        assert_eq!(
            refusal(&encode(&whole[..length])),
            expected,
            "cut to {length} bytes"
        );
    }
}

#[test]
#[rustfmt::skip]
fn headers_other_than_hs256_and_kid_are_refused() {
    let protected = |protected: Vec<u8>| changed(|raw| raw.protected = protected);
    let unprotected = |unprotected: Vec<u8>| changed(|raw| raw.unprotected = unprotected);
    let alg = |value: Vec<u8>| protected(map(&[(int(1), value)]));
    let only_kid = unexpected("`kid` as the only unprotected header");
    let kid = || (int(4), bytes(KID.as_bytes()));
    expect_refusals(vec![
        ("HS256/64", alg(int(4)), TokenError::UnsupportedAlgorithm),
        ("HS384", alg(int(6)), TokenError::UnsupportedAlgorithm),
        ("ES256", alg(int(-7)), TokenError::UnsupportedAlgorithm),
        ("alg as text", alg(text("HS256")), TokenError::UnsupportedAlgorithm),
        ("no alg", protected(map(&[])), TokenError::UnsupportedAlgorithm),
        ("empty protected header", protected(vec![]), TokenError::UnsupportedAlgorithm),
        ("alg not shortest", protected(vec![0xa1, 0x01, 0x18, 0x05]), TokenError::UnsupportedAlgorithm),
        ("critical header", protected(map(&[(int(1), int(5)), (int(2), array(&[int(99)]))])), TokenError::UnsupportedAlgorithm),
        ("kid protected", protected(map(&[(int(1), int(5)), kid()])), TokenError::UnsupportedAlgorithm),
        ("no kid", unprotected(map(&[])), only_kid),
        ("kid twice", unprotected(map(&[kid(), kid()])), only_kid),
        ("alg beside kid", unprotected(map(&[(int(1), int(5)), kid()])), only_kid),
        ("another header", unprotected(map(&[(int(5), bytes(b"june"))])), only_kid),
        ("kid as text", unprotected(map(&[(int(4), text(KID))])), unexpected("a byte string")),
        ("unknown kid", unprotected(map(&[(int(4), bytes(b"july"))])), TokenError::UnknownKey),
        ("kid in upper case", unprotected(map(&[(int(4), bytes(b"JUNE"))])), TokenError::UnknownKey),
        ("empty kid", unprotected(map(&[(int(4), bytes(b""))])), TokenError::UnknownKey),
        ("header of indefinite length", unprotected(vec![0xbf, 0x04, 0x41, 0x61, 0xff]), TokenError::Malformed(CborError::Indefinite)),
        ("tag cut to 16 bytes", changed(|raw| raw.tag_bytes = 16), TokenError::BadSignature),
        ("empty tag", changed(|raw| raw.tag_bytes = 0), TokenError::BadSignature),
    ]);
    let other = KeyRing::new(KID, &[8; 32]).unwrap();
    let sound = RawToken::sound().to_text();
    assert_eq!(token::verify(&other, &sound, NOW), Err(TokenError::BadSignature));
}
