//! The key ring: the known vector, rotation, key files, nothing secret in sight.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use flaskflix_core::token::{
    self, KeyError, KeyFileError, KeyId, KeyLineProblem, KeyRing, MAX_KEYS, MacError, TokenError, TokenSigner,
};

use super::raw::{NOW, claims, decode, keys};

/// The test vector of the public Common Access Token libraries (claims `iss` and two times, kid `Symmetric256`).
const VECTOR_KEY: &str = "403697de87af64611c1d32a05dab0fe1fcb715a86ab435f1ec99192d79569388";
const VECTOR_MESSAGE: &str = "84644d41433043a10105405828a3017818636f61703a2f2f6a6f6e61732e6578616d706c652e636f6d061a\
                              67d498a9051a67d498a9";
const VECTOR_TAG: &str = "97e2741bf12610a1ad1214bc44d91877e437538e803d4f3392cb520ff4ed4119";

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn known_vector_has_its_tag() {
    let ring = KeyRing::parse(&format!("Symmetric256:{VECTOR_KEY}")).unwrap();
    let signed = ring.sign(&hex(VECTOR_MESSAGE)).unwrap();
    assert_eq!(signed.tag.to_vec(), hex(VECTOR_TAG));
    assert_eq!(signed.kid.as_str(), "Symmetric256");
    assert_eq!(
        ring.verify(b"Symmetric256", &hex(VECTOR_MESSAGE), &hex(VECTOR_TAG)),
        Ok(())
    );
}

/// The same vector as a whole token: its tag is right, and the claims miss what we ask for.
#[test]
fn known_vector_gets_past_the_signature_to_its_claims() {
    let claims = &hex(VECTOR_MESSAGE)[13..];
    let envelope = [
        &[0xd8, 61, 0xd1, 0x84, 0x43, 0xa1, 0x01, 0x05, 0xa1, 0x04, 0x4c][..],
        b"Symmetric256",
        &hex("5828"),
        claims,
        &hex("5820"),
        &hex(VECTOR_TAG),
    ];
    let ring = KeyRing::new("Symmetric256", &hex(VECTOR_KEY)).unwrap();
    let text = super::raw::encode(&envelope.concat());
    assert_eq!(
        token::verify(&ring, &text, NOW),
        Err(TokenError::MissingClaim { claim: 4 })
    );
    let other = KeyRing::new("Symmetric256", &[7; 32]).unwrap();
    assert_eq!(token::verify(&other, &text, NOW), Err(TokenError::BadSignature));
}

#[test]
fn old_tokens_verify_until_their_key_is_retired() {
    let ring = KeyRing::new("may", &[1; 32]).unwrap();
    let old = token::mint(&ring, &claims(), [1; 16]).unwrap();
    ring.rotate_to("june", &[2; 32]).unwrap();
    let new = token::mint(&ring, &claims(), [1; 16]).unwrap();
    assert_ne!(old, new);
    assert_eq!(ring.signing_key().as_str(), "june");
    assert!(token::verify(&ring, &old, NOW).is_ok());
    assert!(token::verify(&ring, &new, NOW).is_ok());
    ring.retire("may").unwrap();
    assert_eq!(token::verify(&ring, &old, NOW), Err(TokenError::UnknownKey));
    assert!(token::verify(&ring, &new, NOW).is_ok());
}

#[test]
fn added_key_verifies_before_it_signs() {
    let next = KeyRing::new("june", &[2; 32]).unwrap();
    let early = token::mint(&next, &claims(), [1; 16]).unwrap();
    let ring = KeyRing::new("may", &[1; 32]).unwrap();
    assert_eq!(token::verify(&ring, &early, NOW), Err(TokenError::UnknownKey));
    ring.add("june", &[2; 32]).unwrap();
    assert!(token::verify(&ring, &early, NOW).is_ok());
    assert_eq!(ring.signing_key().as_str(), "may");
}

#[test]
fn replaced_ring_forgets_all_old_keys() {
    let ring = KeyRing::new("may", &[1; 32]).unwrap();
    let old = token::mint(&ring, &claims(), [1; 16]).unwrap();
    ring.replace_with(KeyRing::new("may", &[2; 32]).unwrap());
    assert_eq!(token::verify(&ring, &old, NOW), Err(TokenError::BadSignature));
}

#[test]
fn ring_refuses_what_would_make_it_unsafe() {
    let ring = KeyRing::new("may", &[1; 32]).unwrap();
    let short = |bytes| Err(KeyError::TooShort { bytes, limit: 32 });
    assert_eq!(ring.add("june", &[2; 31]), short(31));
    assert_eq!(ring.rotate_to("june", &[]), short(0));
    assert_eq!(KeyRing::new("june", &[2; 31]).map(|_| ()), short(31));
    assert_eq!(
        short(31).unwrap_err().to_string(),
        "the key has 31 bytes, at least 32 are needed"
    );
    let may = KeyId::parse("may").unwrap();
    assert_eq!(
        ring.add("may", &[2; 32]),
        Err(KeyError::DuplicateName { kid: may.clone() })
    );
    assert_eq!(
        ring.rotate_to("may", &[2; 32]),
        Err(KeyError::DuplicateName { kid: may.clone() })
    );
    assert_eq!(ring.retire("may"), Err(KeyError::StillSigning { kid: may }));
    assert_eq!(ring.retire("june"), Err(KeyError::UnknownName));
    assert_eq!(ring.promote("june"), Err(KeyError::UnknownName));
    assert_eq!(ring.promote("may"), Ok(()));
    for bad in ["", "a b", "a:b", "a#b", "a\n", "\u{e9}", &"k".repeat(33)] {
        assert_eq!(
            ring.add(bad, &[2; 32]),
            Err(KeyError::BadName { limit: 32 }),
            "{bad:?}"
        );
    }
    ring.add(&"k".repeat(32), &[2; 32]).unwrap();
    for nth in 2..MAX_KEYS {
        ring.add(&format!("key-{nth}"), &[2; 32]).unwrap();
    }
    assert_eq!(
        ring.add("one-more", &[2; 32]),
        Err(KeyError::TooMany { limit: 64 })
    );
}

#[test]
fn tags_of_other_lengths_and_keys_never_match() {
    let ring = keys();
    let signed = ring.sign(b"message").unwrap();
    assert_eq!(ring.verify(b"june", b"message", &signed.tag), Ok(()));
    for length in 0..32 {
        assert_eq!(
            ring.verify(b"june", b"message", &signed.tag[..length]),
            Err(MacError::Mismatch)
        );
    }
    let longer = [&signed.tag[..], &[0]].concat();
    assert_eq!(ring.verify(b"june", b"message", &longer), Err(MacError::Mismatch));
    assert_eq!(
        ring.verify(b"june", b"massage", &signed.tag),
        Err(MacError::Mismatch)
    );
    assert_eq!(
        ring.verify(b"july", b"message", &signed.tag),
        Err(MacError::UnknownKey)
    );
}

#[test]
fn rotation_under_load_never_refuses_a_live_token() {
    let ring = Arc::new(KeyRing::new("key-0", &[0; 32]).unwrap());
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (ring, done) = (Arc::clone(&ring), Arc::clone(&done));
            thread::spawn(move || {
                let signer: Arc<dyn TokenSigner> = ring;
                while !done.load(Ordering::Relaxed) {
                    let text = token::mint(&*signer, &claims(), [1; 16]).unwrap();
                    // Two rotations in between retire the key that signed: then, and only then, it is unknown.
                    let verdict = token::verify(&*signer, &text, NOW).map(|_| ());
                    assert!(
                        matches!(verdict, Ok(()) | Err(TokenError::UnknownKey)),
                        "{verdict:?}"
                    );
                }
            })
        })
        .collect();
    for nth in 1..=500_u16 {
        let key = nth.to_be_bytes().repeat(16);
        ring.rotate_to(&format!("key-{nth}"), &key).unwrap();
        if nth >= 2 {
            ring.retire(&format!("key-{}", nth - 2)).unwrap();
        }
    }
    done.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
}

#[test]
fn debug_shows_names_and_never_keys() {
    let ring = KeyRing::new("may", b"a secret that nobody should see!").unwrap();
    ring.rotate_to("june", &[0xab; 32]).unwrap();
    let shown = format!("{ring:?}");
    assert_eq!(
        shown,
        r#"KeyRing { signing: KeyId("june"), verifying: [KeyId("may")], .. }"#
    );
}

#[test]
fn key_file_holds_one_key_per_line_and_the_first_signs() {
    let june = token::render_key("june", &[2; 32]).unwrap();
    let file = format!(
        "\u{20}\n# keys of the shop\r\n{}\n  may : {}  \n",
        june.as_str(),
        "01".repeat(32)
    );
    let ring = KeyRing::parse(&file).unwrap();
    assert_eq!(ring.signing_key().as_str(), "june");
    for (kid, byte) in [("june", 2), ("may", 1)] {
        let other = KeyRing::new(kid, &[byte; 32]).unwrap();
        let text = token::mint(&other, &claims(), [1; 16]).unwrap();
        assert!(token::verify(&ring, &text, NOW).is_ok(), "{kid}");
    }
}

#[test]
fn bare_key_is_named_default() {
    let ff = KeyRing::new("default", &[0xff; 32]).unwrap();
    let text = token::mint(&ff, &claims(), [1; 16]).unwrap();
    for file in [
        "ff".repeat(32),
        "FF".repeat(32),
        format!("{}8", "_".repeat(42)),
        format!("{}8=", "_".repeat(42)),
        format!("{}8=", "/".repeat(42)),
        format!("# a key\n\n{}\n", "ff".repeat(32)),
    ] {
        let ring = KeyRing::parse(&file).unwrap();
        assert!(token::verify(&ring, &text, NOW).is_ok(), "{file}");
    }
}

#[test]
fn key_file_errors_name_the_line_and_never_the_key() {
    let good = "01".repeat(32);
    let line = |line, problem| Err(KeyFileError::Line { line, problem });
    let not_a_key = || KeyLineProblem::NotHexOrBase64;
    let june = KeyId::parse("june").unwrap();
    for (file, expected) in [
        (String::new(), Err(KeyFileError::Empty)),
        ("# nothing\n\n".into(), Err(KeyFileError::Empty)),
        (
            "#".repeat(65_537),
            Err(KeyFileError::TooLong {
                bytes: 65_537,
                limit: 65_536,
            }),
        ),
        (
            format!("june:{good}\n{good}"),
            line(2, KeyLineProblem::BareKeyAmongOthers),
        ),
        (
            format!("{good}\njune:{good}"),
            line(1, KeyLineProblem::BareKeyAmongOthers),
        ),
        ("\njune:hush hush".into(), line(2, not_a_key())),
        (
            "june:".into(),
            line(1, KeyError::TooShort { bytes: 0, limit: 32 }.into()),
        ),
        (
            format!("june:{}", &good[2..]),
            line(1, KeyError::TooShort { bytes: 31, limit: 32 }.into()),
        ),
        (format!("june:{good}0"), line(1, not_a_key())),
        (
            format!(":{good}"),
            line(1, KeyError::BadName { limit: 32 }.into()),
        ),
        (
            format!("june:{good}\n#\njune:{good}"),
            line(3, KeyError::DuplicateName { kid: june }.into()),
        ),
    ] {
        let verdict = KeyRing::parse(&file).map(|_| ());
        assert_eq!(verdict, expected, "{file}");
        let error = verdict.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(!shown.contains("0101") && !shown.contains("hush"), "{shown}");
    }
}

#[test]
fn rendered_key_is_read_back() {
    let random = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
    let line = token::render_key("2026-06.a", &random).unwrap();
    let ring = KeyRing::parse(&line).unwrap();
    let same = KeyRing::new("2026-06.a", &random).unwrap();
    assert_eq!(ring.sign(b"m").unwrap(), same.sign(b"m").unwrap());
    assert!(token::render_key("a b", &random).is_err());
    assert!(!decode(&token::mint(&ring, &claims(), [1; 16]).unwrap()).is_empty());
}
