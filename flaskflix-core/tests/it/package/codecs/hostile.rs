//! Broken configuration records: an error that names the box, or a track, never a panic.

use bytes::Bytes;
use flaskflix_core::{
    mp4::{BoxFault, FourCc, Limits, Mp4Error, index_bytes},
    testing::mp4::TestMovie,
};
use proptest::prelude::*;

use super::{entries::track, records::every};

fn error_of(entry: Vec<u8>, picture: bool) -> Option<(FourCc, BoxFault)> {
    let film = TestMovie::new(vec![track(Bytes::from(entry), picture)]).build();
    match index_bytes(&film, &Limits::default()) {
        Ok(_) => None,
        Err(Mp4Error::Box { fourcc, fault, .. }) => Some((fourcc, fault)),
        Err(error) => panic!("{error}"),
    }
}

/// Where the payload of the entry's record starts: it is the last box of the entry.
fn payload(entry: &[u8], name: [u8; 4]) -> usize {
    entry.windows(4).rposition(|four| four == name).unwrap() + 4
}

/// The entry with its record cut to so many bytes.
fn cut(entry: &[u8], name: [u8; 4], bytes: usize) -> Vec<u8> {
    let at = payload(entry, name);
    let mut cut = entry[..at + bytes].to_vec();
    let all = cut.len() as u32;
    cut[..4].copy_from_slice(&all.to_be_bytes());
    cut[at - 8..at - 4].copy_from_slice(&(bytes as u32 + 8).to_be_bytes());
    cut
}

#[test]
fn a_cut_record_is_an_error_of_its_box() {
    for (name, entry, picture) in every() {
        let whole = entry.len() - payload(&entry, name);
        let errors = (0..whole).filter_map(|bytes| {
            let (fourcc, fault) = error_of(cut(&entry, name, bytes), picture)?;
            assert_eq!(fourcc, FourCc(name));
            assert!(
                matches!(fault, BoxFault::CutOff { .. } | BoxFault::BadField { .. }),
                "{fault}"
            );
            Some(bytes)
        });
        let errors: Vec<usize> = errors.collect();
        // The shorter it is the less can be missing.
        assert!(
            errors.iter().copied().eq(0..errors.len()) && errors.len() >= 3,
            "{} of {whole} bytes: {errors:?}",
            name.escape_ascii()
        );
        assert_eq!(error_of(entry.to_vec(), picture), None);
    }
}

#[test]
fn an_entry_without_its_record_is_an_error() {
    for (name, entry, picture) in every() {
        let mut entry = entry.to_vec();
        let at = payload(&entry, name);
        entry[at - 4..at].copy_from_slice(b"free");
        assert_eq!(
            error_of(entry, picture),
            Some((FourCc(name), BoxFault::Missing)),
            "{}",
            name.escape_ascii()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn records_of_any_bytes_do_no_harm(which in 0_usize..9, place in 0_usize..64, bytes in prop::collection::vec(any::<u8>(), 1..32)) {
        let (name, entry, picture) = every().swap_remove(which);
        let mut entry = entry.to_vec();
        let at = payload(&entry, name) + place % (entry.len() - payload(&entry, name));
        for (old, new) in entry[at..].iter_mut().zip(bytes) {
            *old = new;
        }
        let film = TestMovie::new(vec![track(Bytes::from(entry), picture)]).build();
        if let Ok(index) = index_bytes(&film, &Limits::default()) {
            let codec = &index.tracks()[0].codec;
            // What stands between the quotes of CODECS.
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
            prop_assert!(codec.rfc6381.as_deref().is_none_or(|text| plain(text) && text.len() < 48));
        }
    }
}
