//! Planning a read costs no allocation but for the specs of `Range`; hostile films cost little. A test binary of its own: it replaces the
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
    mp4::{Limits, index_bytes},
    plan::{ReadPlan, ReadRequest, plan},
    source::ObjectInfo,
    testing::mp4::{TestCodec, TestMovie, TestSample, TestTrack},
    time::UnixTime,
    validator::EntityTag,
};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Bytes held by this thread, and the most since it was last set.
    static HELD: Cell<u64> = const { Cell::new(0) };
    static PEAK: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread how often it is asked and for how much.
struct Counting;

// SAFETY: every call goes to `System` as it came; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get().saturating_add(layout.size() as u64));
        PEAK.set(PEAK.get().max(HELD.get()));
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get().saturating_sub(layout.size() as u64));
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

/// Patches the first box of this name: `at` counts from its type.
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the test films have the boxes that are patched"
)]
fn patched(film: &[u8], name: &[u8; 4], at: usize, value: u32) -> Vec<u8> {
    let mut film = film.to_vec();
    let found = film.windows(4).position(|window| window == name).unwrap();
    film[found + at..found + at + 4].copy_from_slice(&value.to_be_bytes());
    film
}

#[test]
fn hostile_films_cost_less_than_16_mib_beside_themselves() {
    let samples: Vec<TestSample> = (0..200)
        .map(|n| (100, 512, 1024 * (n % 3), n % 25 == 0))
        .collect();
    let track = TestTrack {
        edit: Some((1024, 0)),
        ..TestTrack::new(TestCodec::H264, 12_800, samples)
    };
    let good = TestMovie::new(vec![track]).build().to_vec();
    let mut films = vec![good.clone(), good[..good.len() / 3].to_vec()];
    // Counts stand behind the type and four bytes of version and flags; stsz has its fixed size in between.
    for name in [b"stts", b"ctts", b"stsc", b"stco", b"stss", b"elst", b"stsd"] {
        films.push(patched(&good, name, 8, u32::MAX));
    }
    films.push(patched(&patched(&good, b"stsz", 8, 1), b"stsz", 12, u32::MAX));
    films.push(patched(&good, b"stsz", 12, u32::MAX));
    films.push(patched(&good, b"mdhd", 16, 0));
    // 100,000 boxes, each in the one before it.
    let depth = 100_000_usize;
    films.push(
        (0..depth)
            .flat_map(|n| {
                let size = u32::try_from((depth - n) * 8).unwrap().to_be_bytes();
                [size, if n == 0 { *b"moov" } else { *b"trak" }].concat()
            })
            .collect(),
    );
    for (number, film) in films.iter().enumerate() {
        let before = HELD.get();
        PEAK.set(before);
        let index = index_bytes(film, &Limits::default());
        // The first is whole; of the others each has a fault.
        assert_eq!(index.is_ok(), number == 0, "film {number}: {:?}", index.err());
        let extra = PEAK.get().saturating_sub(before);
        assert!(extra < 16 << 20, "film {number} took {extra} bytes");
    }
}
