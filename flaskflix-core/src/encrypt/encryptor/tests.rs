use aes::Aes128;
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt as _, KeyIvInit as _, block_padding::Pkcs7},
};
use proptest::prelude::*;

use super::*;
use crate::{
    encrypt::{EncryptedRange, Iv},
    object::{Piece, VirtualObject},
    validator::EntityTag,
};

const KEY: [u8; 16] = *b"a key for a test";

fn key() -> ContentKey {
    ContentKey::new(KEY)
}

/// An object of these bytes: some made by us, the rest out of a source that is the same bytes.
fn object(clear: &[u8], head: usize) -> VirtualObject {
    let head = head.min(clear.len());
    let pieces = [
        Some(Piece::Bytes(Bytes::copy_from_slice(&clear[..head]))),
        ByteRange::new(head as u64, clear.len() as u64).map(Piece::Source),
    ];
    VirtualObject::new(pieces.into_iter().flatten().collect(), etag(), None)
}

fn etag() -> EntityTag {
    EntityTag::strong("clear").unwrap()
}

fn checkpoints(clear: &[u8]) -> Arc<Checkpoints> {
    Arc::new(Checkpoints::new(key().iv(&etag()), clear.len() as u64))
}

/// What a body does with pieces: reads the clear ones in chunks of `chunk` bytes and encrypts them.
fn bytes_of(pieces: impl IntoIterator<Item = Piece>, source: &[u8], chunk: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(&bytes),
            Piece::Source(range) => {
                out.extend_from_slice(&source[range.start() as usize..range.end() as usize]);
            }
            Piece::Encrypted(range) => out.extend(encrypted(&range, source, chunk)),
        }
    }
    out
}

fn encrypted(range: &EncryptedRange, source: &[u8], chunk: usize) -> Vec<u8> {
    let (pieces, mut encryptor) = range.open();
    let clear = bytes_of(pieces, source, chunk);
    let mut out = Vec::new();
    for chunk in clear.chunks(chunk) {
        let mut chunk = Bytes::copy_from_slice(chunk);
        while !chunk.is_empty() {
            out.extend(encryptor.encrypt(&mut chunk).into_iter().flatten());
        }
    }
    out.extend(encryptor.finish().into_iter().flatten());
    assert_eq!(out.len() as u64, range.len());
    out
}

/// The whole of an encrypted object, made from the start.
fn whole(clear: &[u8]) -> Vec<u8> {
    let object = object(clear, 100).encrypted(&key(), checkpoints(clear));
    let bytes = bytes_of(object.pieces().iter().cloned(), clear, 7_000);
    assert_eq!(bytes.len() as u64, object.info().len);
    bytes
}

fn decrypted(encrypted: &[u8], iv: Iv) -> Vec<u8> {
    Decryptor::<Aes128>::new(&KEY.into(), iv.as_bytes().into())
        .decrypt_padded_vec::<Pkcs7>(encrypted)
        .unwrap()
}

fn film(len: usize) -> Vec<u8> {
    (0..251_u8).cycle().take(len).collect()
}

/// NIST SP 800-38A, F.2.1 CBC-AES128.Encrypt.
#[test]
fn the_kernel_gives_the_blocks_of_the_standard() {
    let hex = |text: &str| u128::from_str_radix(text, 16).unwrap().to_be_bytes();
    let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
    let start = hex("000102030405060708090a0b0c0d0e0f");
    let mut text = [
        "6bc1bee22e409f96e93d7e117393172a",
        "ae2d8a571e03ac9c9eb76fac45af8e51",
        "30c81c46a35ce411e5fbc1191a0a52ef",
        "f69f2445df4f9b17ad2b417be66c3710",
    ]
    .map(hex)
    .concat();
    lanes::encrypt(&Aes128Enc::new(&key.into()), &[start], &mut text);
    let want = [
        "7649abac8119b246cee98e9b12e9197d",
        "5086cb9b507219ee95db113a917678b2",
        "73bed6b8e3c1743b7116e69e22229516",
        "3ff1caa1681fac09120eca307586e1a7",
    ];
    assert_eq!(text, want.map(hex).concat());
}

#[test]
fn decrypting_gives_what_was_encrypted_whatever_its_length() {
    for len in [
        0,
        1,
        15,
        16,
        17,
        31,
        32,
        1_000,
        STRETCH_BYTES,
        BATCH_BYTES - 1,
        BATCH_BYTES,
        BATCH_BYTES + 1,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
    ] {
        let clear = film(len);
        let encrypted = whole(&clear);
        assert_eq!(encrypted.len(), (len / 16 + 1) * 16, "{len}");
        assert!(decrypted(&encrypted, key().iv(&etag())) == clear, "{len}");
    }
}

#[test]
fn checkpoints_change_the_way_and_not_the_bytes() {
    let clear = film(3 * BATCH_BYTES + 5 * STRETCH_BYTES + 77);
    let shared = checkpoints(&clear);
    let object = object(&clear, 100).encrypted(&key(), Arc::clone(&shared));
    let (first, second): (Vec<u8>, Vec<u8>) = (
        bytes_of(object.pieces().iter().cloned(), &clear, 7_000),
        bytes_of(object.pieces().iter().cloned(), &clear, 500_000),
    );
    assert_eq!(shared.entry(u64::MAX), 29, "all whole stretches are known");
    assert!(first == second);
    assert!(decrypted(&second, shared.iv()) == clear);
}

#[test]
fn a_range_behind_a_checkpoint_does_not_read_what_is_before_it() {
    let clear = film(4 * STRETCH_BYTES);
    let object = object(&clear, 0).encrypted(&key(), checkpoints(&clear));
    let start_of_read = |object: &VirtualObject| {
        let range = ByteRange::from_len(3 * STRETCH_BYTES as u64 + 20, 10).unwrap();
        let piece = object.slice(range).next();
        let Some(Piece::Encrypted(range)) = piece else {
            panic!("{piece:?}")
        };
        match range.open().0.as_slice() {
            [Piece::Source(read)] => (read.start(), read.end()),
            other => panic!("{other:?}"),
        }
    };
    let end = 3 * STRETCH_BYTES as u64 + 32;
    assert_eq!(start_of_read(&object), (0, end));
    bytes_of(object.pieces().iter().cloned(), &clear, 7_000);
    assert_eq!(start_of_read(&object), (3 * STRETCH_BYTES as u64, end));
}

#[test]
fn checkpoints_of_another_object_are_not_used() {
    let (clear, other) = (film(2 * STRETCH_BYTES), EntityTag::strong("other").unwrap());
    let wrong = Arc::new(Checkpoints::new(key().iv(&other), clear.len() as u64));
    wrong.learn(0, [9; 16]);
    let object = object(&clear, 100).encrypted(&key(), wrong);
    assert!(bytes_of(object.pieces().iter().cloned(), &clear, 7_000) == whole(&clear));
}

#[test]
fn the_entity_tag_changes_with_the_key() {
    let tag = |key: [u8; 16]| {
        let checkpoints = checkpoints(b"x");
        let object = object(b"x", 0).encrypted(&ContentKey::new(key), checkpoints);
        object.info().etag.clone()
    };
    assert_eq!(tag([1; 16]), tag([1; 16]));
    assert_ne!(tag([1; 16]), tag([2; 16]));
    assert_ne!(tag([1; 16]), etag());
}

#[test]
fn an_encryptor_shows_neither_key_nor_media() {
    let object = object(&film(100), 50).encrypted(&key(), checkpoints(&film(100)));
    let text = format!("{object:?}");
    assert!(!text.contains("a key") && !text.contains("97, 32, 107"), "{text}");
    let Some(Piece::Encrypted(range)) = object.pieces().first() else {
        panic!()
    };
    let text = format!("{:?}", range.open().1);
    assert!(text.starts_with("Encryptor { stretch: 0"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 64 }, ..ProptestConfig::default() })]

    #[test]
    fn any_range_equals_the_slice_of_the_whole(
        len in prop_oneof![0_usize..100, 0_usize..3 * CHUNK_BYTES],
        known in 0_u64..40,
        head in 0_usize..3_000,
        chunk in prop_oneof![1_usize..40, 1_000_usize..600_000],
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_u64..400_000), 1..4),
    ) {
        let clear = film(len);
        let whole = whole(&clear);
        let shared = checkpoints(&clear);
        for stretch in 0..known.min((len / STRETCH_BYTES) as u64) {
            let end = (stretch as usize + 1) * STRETCH_BYTES;
            shared.learn(stretch, *whole[..end].last_chunk().unwrap());
        }
        let object = object(&clear, head).encrypted(&key(), shared);
        for (start, take) in cuts {
            let start = start.index(whole.len());
            let range = ByteRange::from_len(start as u64, take).unwrap();
            let end = whole.len().min(range.end() as usize);
            let got = bytes_of(object.slice(range), &clear, chunk.max(len / 500));
            prop_assert!(got == whole[start..end], "{start}..{end} of {}", whole.len());
        }
    }
}
