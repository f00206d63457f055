//! Planning a read costs no allocation, but for several parts. A test binary of its own: it replaces the
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
fn whole_part_and_refusals_allocate_nothing() {
    let plain = ReadRequest::default();
    let date = Some(b"Fri, 01 Mar 2024 12:00:00 GMT".as_slice());
    #[rustfmt::skip]
    let requests = [
        plain,
        ReadRequest { range: Some(b"bytes=1000-"), ..plain },
        ReadRequest { range: Some(b"bytes=0-9,5-20,21-30"), ..plain },
        ReadRequest { range: Some(b"bytes=9-1"), ..plain },
        ReadRequest { range: Some(b"bytes=2000000-"), ..plain },
        ReadRequest { range: Some(b"bytes=0-9"), if_range: Some(b"\"76\""), if_match: Some(b"\"v0\", \"76\""), ..plain },
        ReadRequest { range: Some(b"bytes=0-9"), if_range: date, if_unmodified_since: date, ..plain },
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
fn several_parts_allocate_their_list_once() {
    let request = ReadRequest {
        range: Some(b"bytes=0-9,100-109,200-209,300-309,400-409,500-509"),
        ..ReadRequest::default()
    };
    let (allocations, decided) = allocations_of(&request);
    assert!(matches!(decided, ReadPlan::Parts(parts) if parts.len() == 6));
    assert_eq!(allocations, 1);
}
