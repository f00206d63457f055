//! What can be minted verifies to what was meant; what cannot be judged later is not minted.

use std::time::Duration;

use flaskflix_core::{
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::{self, Claims, InvalidPathPrefix, MAX_TTL, MintError, PathPrefix, TokenError, Verifier},
};
use proptest::prelude::*;

use super::raw::{
    CATM, CATU, CTI, EXP, IAT, ISS, NOW, RawToken, SUB, array, bytes, claims, decode, int, keys, path_prefix,
    text, title,
};

/// The whole wire form, against a second implementation of it.
#[test]
fn minted_bytes_are_what_the_format_says() {
    let mut expected = RawToken::sound();
    expected.claims = vec![
        (int(ISS), text("flaskflix")),
        (int(SUB), text("anna@example.org")),
        (int(EXP), int(1_700_000_060)),
        (int(IAT), int(1_700_000_000)),
        (int(CTI), bytes(&[9; 16])),
        (int(CATU), path_prefix("/stream/film.mp4/")),
        (int(CATM), array(&[text("GET"), text("HEAD")])),
        (int(-65_537), text("film.mp4")),
    ];
    assert_eq!(
        token::mint(&keys(), &claims(), [9; 16]).unwrap(),
        expected.to_text()
    );

    expected.claims.insert(3, (int(5), int(1_700_000_030)));
    expected.claims.remove(6);
    expected.claims[0].1 = text("shop");
    let claims = claims()
        .not_before(UnixTime::from_secs(1_700_000_030))
        .issuer("shop")
        .without_path_prefix();
    assert_eq!(
        token::mint(&keys(), &claims, [9; 16]).unwrap(),
        expected.to_text()
    );
}

#[test]
fn grant_permits_its_own_title_alone() {
    let text = token::mint(&keys(), &claims(), [1; 16]).unwrap();
    let grant = token::verify(&keys(), &text, NOW).unwrap();
    assert!(grant.permits(&title("film.mp4")));
    for other in [
        "film.mp42",
        "film.mp",
        "Film.mp4",
        "film%2Emp4",
        "film.mp4 ",
        "other.mp4",
    ] {
        assert!(!grant.permits(&title(other)), "{other}");
    }
}

#[test]
fn debug_of_a_grant_hides_viewer_and_token() {
    let text = token::mint(&keys(), &claims(), [0xab; 16]).unwrap();
    let shown = format!("{:?}", token::verify(&keys(), &text, NOW).unwrap());
    assert!(shown.contains("film.mp4"), "{shown}");
    for secret in ["anna", "171", "ab", &text] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn errors_tell_nothing_of_the_content() {
    let text = token::mint(&keys(), &claims(), [1; 16]).unwrap();
    let late = UnixTime::from_secs(1_800_000_000);
    let error = token::verify(&keys(), &text, late).unwrap_err();
    assert_eq!(error.to_string(), "the token expired at 1700000060");
    assert_eq!(format!("{error:?}"), "Expired { at: UnixTime(1700000060) }");
}

#[test]
fn life_is_at_most_366_days_and_at_least_a_second() {
    let mint = |ttl| token::mint(&keys(), &Claims::new(title("a"), viewer(), NOW, ttl), [1; 16]);
    assert!(mint(MAX_TTL).is_ok());
    assert!(mint(Duration::from_secs(1)).is_ok());
    let limit = 366 * 24 * 60 * 60;
    let too_long = mint(MAX_TTL + Duration::from_secs(1)).unwrap_err();
    assert!(
        matches!(too_long, MintError::TtlTooLong { secs, limit_secs } if secs == limit + 1 && limit_secs == limit)
    );
    assert!(matches!(mint(Duration::ZERO), Err(MintError::NeverValid)));
    assert!(matches!(
        mint(Duration::from_millis(999)),
        Err(MintError::NeverValid)
    ));
    let late = claims().not_before(UnixTime::from_secs(1_700_000_060));
    assert!(matches!(
        token::mint(&keys(), &late, [1; 16]),
        Err(MintError::NeverValid)
    ));
}

#[test]
fn times_saturate_and_are_refused_beyond_63_bits() {
    let mint = |now| {
        let claims = Claims::new(
            title("a"),
            viewer(),
            UnixTime::from_secs(now),
            Duration::from_secs(60),
        );
        token::mint(&keys(), &claims, [1; 16])
    };
    assert!(mint((1 << 63) - 61).is_ok());
    assert!(matches!(mint((1 << 63) - 60), Err(MintError::TimeOutOfRange)));
    assert!(matches!(mint(u64::MAX), Err(MintError::TimeOutOfRange)));
    let claims = Claims::new(title("a"), viewer(), NOW, Duration::MAX);
    assert_eq!(claims.expires(), UnixTime::from_secs(u64::MAX));
    assert!(matches!(
        token::mint(&keys(), &claims, [1; 16]),
        Err(MintError::TimeOutOfRange)
    ));
}

#[test]
fn token_that_would_be_too_long_is_not_minted() {
    let long = title(&"\u{65e5}".repeat(85));
    let claims = Claims::new(long.clone(), viewer(), NOW, Duration::from_secs(60));
    let error = token::mint(&keys(), &claims, [1; 16]).unwrap_err();
    assert!(matches!(error, MintError::TooLong { bytes, limit: 1024 } if bytes > 1024));
    let text = token::mint(&keys(), &claims.without_path_prefix(), [1; 16]).unwrap();
    assert!(token::verify(&keys(), &text, NOW).unwrap().permits(&long));
}

#[test]
fn prefix_without_closing_slash_is_refused() {
    use InvalidPathPrefix::{BadSegment, NoClosingSlash, NoOpeningSlash};
    for good in ["/", "/movies/4/", "/a%20b/", "/a;b=c/@!$&'()*+,:~/", "/.../"] {
        assert_eq!(PathPrefix::parse(good).unwrap().as_str(), good);
    }
    for (bad, expected) in [
        ("/movies/4", NoClosingSlash),
        ("", NoOpeningSlash),
        ("movies/4/", NoOpeningSlash),
        ("https://example.org/", NoOpeningSlash),
    ] {
        assert_eq!(PathPrefix::parse(bad), Err(expected), "{bad}");
    }
    #[rustfmt::skip]
    let segments = [
        "//", "/a//", "/a//b/", "/./", "/a/../b/", "/%2e%2E/", "/.%2e/", "/a%2Fb/", "/a%2fb/", "/a%5Cb/", "/a\\b/", "/a%00/",
        "/a%0A/", "/a\n/", "/a b/", "/a?/", "/a#/", "/a%/", "/a%2/", "/a%zz/", "/\u{e9}/", "/a\"/", "/<a>/",
    ];
    for bad in segments {
        assert_eq!(PathPrefix::parse(bad), Err(BadSegment), "{bad}");
    }
}

#[test]
fn minted_prefix_is_judged_with_the_mount() {
    let prefix = PathPrefix::of_title("/media/", &title("film.mp4"));
    assert_eq!(prefix.as_str(), "/media/stream/film.mp4/");
    let text = token::mint(&keys(), &claims().path_prefix(prefix), [1; 16]).unwrap();
    assert!(Verifier::new().mount("media").verify(&keys(), &text, NOW).is_ok());
    assert_eq!(
        token::verify(&keys(), &text, NOW),
        Err(TokenError::PathNotCovered)
    );
}

fn viewer() -> ViewerId {
    ViewerId::parse("anna").unwrap()
}

proptest! {
    #[test]
    fn minted_token_verifies_to_its_claims(
        name in "[^/\\\\\\pC]{1,40}", who in "[^\\pC]{1,40}", now in 0_u64..1 << 40, ttl in 1_u64..31_622_400,
        token_id in any::<[u8; 16]>(), key in any::<[u8; 32]>(), mount in "(/[a-z %]{1,5}){0,3}",
    ) {
        let Ok(title) = TitleId::parse(&name) else { return Ok(()) };
        let (viewer, now) = (ViewerId::parse(&who).unwrap(), UnixTime::from_secs(now));
        let keys = token::KeyRing::new("june", &key).unwrap();
        let prefix = PathPrefix::of_title(&mount, &title);
        prop_assert_eq!(PathPrefix::parse(prefix.as_str()), Ok(prefix.clone()));
        let claims = Claims::new(title.clone(), viewer.clone(), now, Duration::from_secs(ttl)).path_prefix(prefix);
        let text = match token::mint(&keys, &claims, token_id) {
            Err(MintError::TooLong { .. }) => return Ok(()),
            minted => minted.unwrap(),
        };
        let verifier = Verifier::new().mount(mount);
        let grant = verifier.verify(&keys, &text, now).unwrap();
        prop_assert_eq!(grant.title(), &title);
        prop_assert_eq!(grant.viewer(), &viewer);
        prop_assert_eq!(grant.expires(), claims.expires());
        prop_assert_eq!(grant.token_id(), &token_id);
        prop_assert!(verifier.verify(&keys, &text, claims.expires()).is_err());
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert!(!decode(&text).is_empty());
    }
}
