//! Planning a read costs no allocation but for the specs of `Range`. A test binary of its own: it replaces the
//! allocator.
#![expect(
    unsafe_code,
    reason = "only an allocator sees every allocation, and its trait is unsafe"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use flaskflix_core::{
    plan::{ReadPlan, ReadRequest, plan},
    source::ObjectInfo,
    time::UnixTime,
    validator::EntityTag,
};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread how often it is asked.
struct Counting;

// SAFETY: every call goes to `System` as it came; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System.alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Plans a read of an object with the tag `"76"`.
fn allocations_of(request: &ReadRequest<'_>) -> (u64, ReadPlan) {
    let info = ObjectInfo {
        len: 1_000_000,
        etag: EntityTag::from_identity(b"v"),
        last_modified: Some(UnixTime::from_secs(1_709_294_400)),
    };
    let before = ALLOCATIONS.get();
    let decided = plan(request, &info, UnixTime::from_secs(1_800_000_000));
    (ALLOCATIONS.get() - before, decided)
}

#[test]
fn requests_without_range_allocate_nothing() {
    let plain = ReadRequest::default();
    let date = Some(b"Fri, 01 Mar 2024 12:00:00 GMT".as_slice());
    #[rustfmt::skip]
    let requests = [
        plain,
        ReadRequest { if_match: Some(b"\"v0\", \"76\""), ..plain },
        ReadRequest { if_unmodified_since: date, ..plain },
        ReadRequest { if_none_match: Some(b"W/\"76\""), ..plain },
        ReadRequest { if_modified_since: date, ..plain },
        ReadRequest { if_match: Some(b"v1"), ..plain },
    ];
    for request in requests {
        let (allocations, decided) = allocations_of(&request);
        assert_eq!(allocations, 0, "{decided:?} for {request:?}");
    }
}

#[test]
fn a_range_allocates_twice_a_spec_and_once_for_several_parts() {
    #[rustfmt::skip]
    let rows: [(&[u8], u64); 4] = [
        (b"bytes=1000-", 2),
        (b"bytes=2000000-", 2),
        (b"items=0-9", 0),
        (b"bytes=0-9,100-109,200-209,300-309,400-409,500-509", 6 * 2 + 1),
    ];
    for (range, most) in rows {
        let request = ReadRequest {
            range: Some(range),
            ..ReadRequest::default()
        };
        let (allocations, decided) = allocations_of(&request);
        assert!(allocations <= most, "{allocations} for {decided:?}");
    }
}
