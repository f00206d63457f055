//! What an index costs: the bound on memory that the README promises.

use flaskflix_core::{
    mp4::{Index, Indexer, Limits, Step},
    testing::mp4::long_film,
};

/// Indexes the `moov` box of a film whose media data is not there.
fn index(moov: &flaskflix_core::Bytes, object_len: u64) -> Index {
    let mut indexer = Indexer::new(object_len, Limits::default());
    loop {
        match indexer.step().unwrap() {
            Step::Done(index) => return index,
            Step::Read(range) => {
                let end = usize::try_from(range.end()).unwrap().min(moov.len());
                let mut bytes = moov.slice(usize::try_from(range.start()).unwrap()..end).to_vec();
                bytes.resize(usize::try_from(range.len()).unwrap(), 0);
                indexer.supply(bytes.into());
            }
        }
    }
}

#[test]
fn an_index_of_three_hours_holds_less_than_two_mebibytes_beside_the_moov() {
    let (moov, object_len) = long_film(3);
    let index = index(&moov, object_len);
    let samples: u64 = index
        .tracks()
        .iter()
        .map(|track| u64::from(track.samples.len()))
        .sum();
    assert_eq!((index.tracks().len(), samples), (3, 1_271_700));
    let beside = index.memory_bytes() - moov.len() as u64;
    println!(
        "{samples} samples, {} bytes of moov, {beside} bytes beside it",
        moov.len()
    );
    assert!(beside < 2 << 20, "{beside}");
}

#[test]
fn lookups_at_the_end_of_ten_hours_are_right() {
    let (moov, object_len) = long_film(10);
    let index = index(&moov, object_len);
    for track in index.tracks() {
        let table = &track.samples;
        let last = table.sample(table.len() - 1).unwrap();
        assert_eq!(last.decode_time + u64::from(last.duration), table.duration());
        assert_eq!(table.sample_at(last.decode_time), last.index);
        assert_eq!(table.duration() / u64::from(track.timescale.get()), 36_000);
        let middle = table.sample_at(table.duration() / 2);
        assert_eq!(
            table
                .samples(middle..middle + 1)
                .next()
                .map(|sample| sample.index),
            Some(middle)
        );
    }
}
