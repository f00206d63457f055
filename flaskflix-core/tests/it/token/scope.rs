//! What a token opens: methods, paths, issuer.

use flaskflix_core::token::{self, TokenError, Verifier};

use super::{
    raw::{CATM, CATU, ISS, NOW, RawToken, array, bytes, int, keys, map, path_prefix, text},
    verdict::{expect_refusals, refusal},
};

#[test]
#[rustfmt::skip]
fn methods_without_get_and_head_are_refused() {
    let with = |value| RawToken::sound().with(CATM, value);
    let listed = |methods: &[&str]| with(array(&methods.iter().map(|m| text(m)).collect::<Vec<_>>()));
    let invalid = TokenError::InvalidClaim { claim: CATM };
    expect_refusals(vec![
        ("none", listed(&[]), TokenError::MethodsNotCovered),
        ("GET alone", listed(&["GET"]), TokenError::MethodsNotCovered),
        ("HEAD alone", listed(&["HEAD"]), TokenError::MethodsNotCovered),
        ("lower case", listed(&["get", "head"]), TokenError::MethodsNotCovered),
        ("POST", listed(&["POST", "PUT"]), TokenError::MethodsNotCovered),
        ("text", with(text("GET")), invalid),
        ("number in the list", with(array(&[text("GET"), text("HEAD"), int(1)])), invalid),
    ]);
    let more = listed(&["HEAD", "OPTIONS", "GET"]);
    assert!(token::verify(&keys(), &more.to_text(), NOW).is_ok());
}

#[test]
#[rustfmt::skip]
fn path_that_cannot_be_judged_is_refused() {
    let with = |value| RawToken::sound().with(CATU, value);
    let one = |part: i64, kind: i64| {
        with(map(&[(
            int(part),
            map(&[(int(kind), text("/stream/film.mp4/"))]),
        )]))
    };
    let invalid = TokenError::InvalidClaim { claim: CATU };
    let prefix = || (int(1), text("/stream/film.mp4/"));
    let second_matcher = map(&[(int(3), map(&[prefix(), (int(2), text(".m4s"))]))]);
    let second_part = map(&[
        (int(3), map(&[prefix()])),
        (int(1), map(&[(int(0), text("example.org"))])),
    ]);
    expect_refusals(vec![
        ("a second matcher", with(second_matcher), invalid),
        ("a second part", with(second_part), invalid),
        ("no part", with(map(&[])), invalid),
        ("no matcher", with(map(&[(int(3), map(&[]))])), invalid),
        ("prefix as bytes", with(map(&[(int(3), map(&[(int(1), bytes(b"/"))]))])), invalid),
        ("text", with(text("/stream/film.mp4/")), invalid),
    ]);
    for part in [0, 1, 2, 4, 5, 6, 7, 8, 9, -1] {
        assert_eq!(refusal(&one(part, 1).to_text()), invalid, "part {part}");
    }
    for kind in [0, 2, 3, 4, 5, -1, -2] {
        assert_eq!(refusal(&one(3, kind).to_text()), invalid, "match {kind}");
    }
}

#[test]
fn path_has_to_cover_the_title_at_segment_borders() {
    let verdict = |prefix: &str, mount: &str| {
        let raw = RawToken::sound().with(CATU, path_prefix(prefix));
        Verifier::new()
            .mount(mount)
            .verify(&keys(), &raw.to_text(), NOW)
            .map(|_| ())
    };
    for covers in [
        "/",
        "/stream/",
        "/stream/film.mp4/",
        "/stream/film%2Emp4/",
        "/%73tream/film%2emp4/",
    ] {
        assert_eq!(verdict(covers, ""), Ok(()), "{covers}");
    }
    #[rustfmt::skip]
    let others = [
        "", "/stream", "/stream/film", "/stream/film.mp4", "/stream/film.mp", "/stream/film.mp42/", "/stream/other/",
        "//", "//stream/film.mp4/", "/stream//film.mp4/", "/stream/film.mp4//", "/stream/film.mp4/video/", "/Stream/",
        "/stream/./film.mp4/", "/stream/x/../film.mp4/", "/stream/x/..%2ffilm.mp4/", "/stream%2Ffilm.mp4/",
        "/stream/film%252Emp4/", "/stream/film%2/", "/stream/film%2Gmp4/", "stream/film.mp4/", "/media/stream/film.mp4/",
        "https://example.org/stream/film.mp4/", "/stream/film.mp4/?", "/stream/film.mp4%00/", "/stream\\film.mp4/",
    ];
    for other in others {
        assert_eq!(verdict(other, ""), Err(TokenError::PathNotCovered), "{other}");
    }
    for mount in ["media", "/media", "/media/"] {
        assert_eq!(verdict("/media/stream/film.mp4/", mount), Ok(()));
        assert_eq!(verdict("/media/", mount), Ok(()));
        assert_eq!(
            verdict("/stream/film.mp4/", mount),
            Err(TokenError::PathNotCovered)
        );
    }
}

#[test]
fn issuer_is_checked_when_the_verifier_asks_for_one() {
    let verifier = Verifier::new().issuer("flaskflix");
    let verdict = |raw: &RawToken| verifier.verify(&keys(), &raw.to_text(), NOW).map(|_| ());
    assert_eq!(verdict(&RawToken::sound()), Ok(()));
    assert_eq!(
        verdict(&RawToken::sound().with(ISS, text("other"))),
        Err(TokenError::WrongIssuer)
    );
    assert_eq!(
        verdict(&RawToken::sound().without(ISS)),
        Err(TokenError::WrongIssuer)
    );
}
