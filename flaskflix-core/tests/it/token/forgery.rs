//! Text that nobody signed never verifies, and no text at all makes the verifier panic.

use flaskflix_core::token::{self, TokenError};
use proptest::{collection::vec, prelude::*};

use super::raw::{NOW, RawToken, bytes, claims, decode, encode, head, int, keys, map, text};

#[test]
fn one_flipped_bit_anywhere_never_verifies() {
    let good = decode(&token::mint(&keys(), &claims(), [1; 16]).unwrap());
    assert!(token::verify(&keys(), &encode(&good), NOW).is_ok());
    for bit in 0..good.len() * 8 {
        let mut spoilt = good.clone();
        spoilt[bit / 8] ^= 1 << (bit % 8);
        assert!(
            token::verify(&keys(), &encode(&spoilt), NOW).is_err(),
            "bit {bit}"
        );
    }
}

#[test]
fn one_changed_character_anywhere_never_verifies() {
    let good = token::mint(&keys(), &claims(), [1; 16]).unwrap();
    for at in 0..good.len() {
        for other in (0_u8..128)
            .map(char::from)
            .filter(|&other| !good[at..].starts_with(other))
        {
            let spoilt = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            assert!(token::verify(&keys(), &spoilt, NOW).is_err(), "{other:?} at {at}");
        }
    }
}

#[test]
fn tag_covers_claims_and_nothing_can_be_moved_into_them() {
    // The tag of one token on the claims of another.
    let (one, mut two) = (RawToken::sound(), RawToken::sound().with(2, text("mallory")));
    let one = one.to_bytes();
    two.tag_bytes = 0;
    let mut swapped = two.to_bytes();
    swapped.pop();
    swapped.extend(&one[one.len() - 34..]);
    assert_eq!(
        token::verify(&keys(), &encode(&swapped), NOW),
        Err(TokenError::BadSignature)
    );
}

proptest! {
    #[test]
    fn several_flipped_bits_never_verify(flips in vec((any::<prop::sample::Index>(), 1_u8..), 1..4)) {
        let good = decode(&token::mint(&keys(), &claims(), [1; 16]).unwrap());
        let mut spoilt = good.clone();
        for (at, bits) in flips {
            spoilt[at.index(good.len())] ^= bits;
        }
        prop_assume!(spoilt != good);
        prop_assert!(token::verify(&keys(), &encode(&spoilt), NOW).is_err());
    }

    #[test]
    fn random_text_never_verifies(text in any::<String>()) {
        prop_assert!(token::verify(&keys(), &text, NOW).is_err());
    }

    #[test]
    fn random_bytes_never_verify(bytes in vec(any::<u8>(), 0..768)) {
        prop_assert!(token::verify(&keys(), &encode(&bytes), NOW).is_err());
    }

    #[test]
    fn random_bytes_behind_a_sound_opening_never_verify(bytes in vec(any::<u8>(), 0..700)) {
        let opening = [0xd8, 61, 0xd1, 0x84, 0x43, 0xa1, 0x01, 0x05];
        prop_assert!(token::verify(&keys(), &encode(&[&opening, &bytes[..]].concat()), NOW).is_err());
    }

    /// Claims that only a holder of the key can sign: garbage is refused there too.
    #[test]
    fn signed_garbage_never_verifies(garbage in vec(any::<u8>(), 0..600)) {
        let mut raw = RawToken::sound();
        raw.payload = Some(garbage);
        prop_assert!(token::verify(&keys(), &raw.to_text(), NOW).is_err());
    }

    /// A known claim with any item behind it verifies only with the one item that is sound there.
    #[test]
    fn signed_claim_with_random_item_verifies_only_when_it_is_sound(
        at in 0_usize..10, item in random_item(),
    ) {
        let mut raw = RawToken::sound();
        let sound = std::mem::replace(&mut raw.claims[at].1, item.clone());
        // A random text may be a sound issuer or viewer, and a random integer a sound time.
        let free = at < 5 && (item[0] >> 5 == 3 || item[0] >> 5 == 0);
        let verdict = token::verify(&keys(), &raw.to_text(), NOW);
        prop_assert!(verdict.is_err() || free || item == sound, "claim {at} = {item:02x?}");
    }
}

fn random_item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(int),
        any::<u64>().prop_map(|value| head(1, value)),
        vec(any::<u8>(), 0..20).prop_map(|value| bytes(&value)),
        "[a-z/]{0,20}".prop_map(|value| text(&value)),
        any::<u64>().prop_map(|value| head(7, value)),
        any::<u64>().prop_map(|value| head(6, value)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| super::raw::array(&items)),
            vec((inner.clone(), inner), 0..4).prop_map(|pairs| map(&pairs)),
        ]
    })
}
