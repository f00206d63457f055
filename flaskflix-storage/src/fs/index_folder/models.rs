//! A model of the folder's account. The folder is a real one.

use flaskflix_core::{source::ObjectInfo, validator::EntityTag};
use shuttle::thread;

use super::*;
use crate::sync::models::explore;

const RECORD: [u8; 40] = [7; 40];

fn key(number: u64) -> RecordKey {
    RecordKey::of(&ObjectInfo {
        len: number,
        etag: EntityTag::strong("x").unwrap(),
        last_modified: None,
    })
}

#[test]
fn no_record_is_left_uncounted_when_many_write_and_room_is_made() {
    explore(|| {
        let folder = tempfile::tempdir().unwrap();
        let options = IndexFolderOptions::default().max_bytes(100);
        let records = IndexFolder::open_with(folder.path(), options).unwrap();
        // One begins while another makes room.
        let writers = [0, 1, 2, 3].map(|number| {
            let records = records.clone();
            thread::spawn(move || records.shared.write(&key(number), &RECORD).unwrap())
        });
        for writer in writers {
            writer.join().unwrap();
        }
        let there = Shelf::read(&records.shared.folder).unwrap().bytes();
        assert!(
            there <= records.bytes(),
            "{there} bytes are there, {} counted",
            records.bytes()
        );
        assert!(there <= 100, "{there} bytes");
    });
}
