//! Any bytes as the record of an index, and any film through a record: what comes back is the index that was kept, or an error.
#![no_main]

use flaskflix_core::{
    Bytes,
    mp4::{Index, Limits, RecordError, index_bytes},
    source::ObjectInfo,
    validator::EntityTag,
};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|input: &[u8]| {
    let Some((&kind, input)) = input.split_first() else {
        return;
    };
    match kind {
        b'R' => raw(input),
        b'S' => sealed(input),
        _ => film(input, usize::from(kind)),
    }
});

/// Bytes of anybody: without a checksum that fits they are no record.
fn raw(bytes: &[u8]) {
    let record = Bytes::copy_from_slice(bytes);
    if let Ok(index) = Index::from_record(record.clone(), &info(b""), &Limits::default()) {
        // Only what we write is read.
        assert_eq!(index.to_record(&info(b"")), record);
    }
}

/// Bytes behind a checksum that fits: an index within the object, or an error that says what is wrong with the film.
///
/// Not of films in fragments: their `moov` is written anew, with the samples of all fragments, and as it came it is no record.
fn sealed(moov: &[u8]) {
    if moov.windows(4).any(|four| four == b"mvex") {
        return;
    }
    let whole = film_around(moov);
    let Ok(good) = index_bytes(&whole, &Limits::default()) else {
        return;
    };
    let mut record = good.to_record(&info(&whole)).to_vec();
    // The payload as it came, with what the writer leaves out.
    let kept = record.len() - moov_len(&record);
    record.truncate(kept);
    record.extend_from_slice(moov);
    record[kept - 8..kept].copy_from_slice(&(moov.len() as u64).to_be_bytes());
    let checksum = Sha256::digest(&record[44..]);
    record[12..44].copy_from_slice(&checksum);
    match Index::from_record(record.into(), &info(&whole), &Limits::default()) {
        Ok(index) => same(&index, &good, whole.len() as u64),
        Err(error) => panic!("the film was understood, and its record is not: {error:?}"),
    }
}

/// A film, its record, and the record with one byte changed.
fn film(file: &[u8], flip_at: usize) {
    let Ok(index) = index_bytes(file, &Limits::default()) else {
        return;
    };
    let info = info(file);
    let record = index.to_record(&info);
    match Index::from_record(record.clone(), &info, &Limits::default()) {
        Ok(restored) => same(&restored, &index, file.len() as u64),
        Err(error) => panic!("its own record is refused: {error:?}"),
    }
    let mut flipped = record.to_vec();
    let at = flip_at * 31 % flipped.len();
    flipped[at] ^= 1;
    let error = Index::from_record(flipped.into(), &info, &Limits::default()).unwrap_err();
    assert!(
        !matches!(error, RecordError::Film(_) | RecordError::OtherObject),
        "{error:?} at {at}"
    );
}

fn same(restored: &Index, index: &Index, len: u64) {
    assert_eq!(restored.tracks().len(), index.tracks().len());
    for (restored, track) in restored.tracks().iter().zip(index.tracks()) {
        assert_eq!(restored.samples.len(), track.samples.len());
        let first = 0..track.samples.len().min(10_000);
        for (restored, sample) in restored
            .samples
            .samples(first.clone())
            .zip(track.samples.samples(first))
        {
            assert_eq!(restored, sample);
            assert!(sample.offset + u64::from(sample.size) <= len);
        }
    }
}

/// A file with this payload of `moov`, and media behind it for its samples to lie in.
fn film_around(moov: &[u8]) -> Vec<u8> {
    let size = u32::try_from(moov.len() + 8).unwrap_or(8);
    [
        &size.to_be_bytes()[..],
        b"moov",
        moov,
        b"\0\0\x40\x08mdat",
        &[0; 0x4000],
    ]
    .concat()
}

/// Length of the payload: it stands in front of it, and the payload is the rest. These films have no brands.
fn moov_len(record: &[u8]) -> usize {
    record.len() - (44 + 16 + 8 + 2 + 8)
}

fn info(file: &[u8]) -> ObjectInfo {
    ObjectInfo {
        len: file.len() as u64,
        etag: EntityTag::of_bytes(file),
        last_modified: None,
    }
}
