//! Any `Range` and `If-Range` on an object of any length: the plan stays inside it and never costs more than it.
//!
//! Input: the length (8 bytes, little endian), `Range`, and optionally a zero byte and `If-Range`.
#![no_main]

use flaskflix_core::{
    plan::{Method, ReadPlan, ReadRequest, plan},
    source::ObjectInfo,
    time::UnixTime,
    validator::EntityTag,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((len, headers)) = data.split_first_chunk::<8>() else {
        return;
    };
    let len = u64::from_le_bytes(*len);
    let mut headers = headers.splitn(2, |&byte| byte == 0);
    let (range, if_range) = (headers.next(), headers.next());
    let info = ObjectInfo {
        len,
        etag: EntityTag::strong("v1").unwrap(),
        last_modified: Some(UnixTime::from_secs(1_000)),
    };
    let get = ReadRequest {
        range,
        if_range,
        ..ReadRequest::default()
    };
    let now = UnixTime::from_secs(1_000_000);
    match plan(&get, &info, now) {
        ReadPlan::Part(part) => assert!(part.end() <= len, "{part:?} of {len}"),
        ReadPlan::Parts(parts) => {
            assert!(
                parts.len() >= 2 && parts.iter().all(|part| part.end() <= len),
                "{parts:?} of {len}"
            );
            assert!(parts.iter().map(|part| u128::from(part.len())).sum::<u128>() <= u128::from(len));
            let mut sorted = parts.clone();
            sorted.sort();
            assert!(
                sorted.windows(2).all(|pair| pair[0].end() < pair[1].start()),
                "{parts:?} touch"
            );
        }
        ReadPlan::Whole | ReadPlan::NotSatisfiable => {}
        refused => panic!("{refused:?} without a condition that refuses"),
    }
    let head = ReadRequest {
        method: Method::Head,
        ..get
    };
    assert_eq!(plan(&head, &info, now), ReadPlan::Whole, "HEAD has no ranges");
});
