//! A film far larger than memory, in a store that makes it up as it is read.

use std::{
    convert::Infallible,
    env, fs,
    io::{self, Write as _},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{Bytes, range::ByteRange, source::ByteSource};
use flaskflix_storage::{
    object::{ObjectOptions, StoreAddress},
    tiers::{TierOptions, TieredSource},
};
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::{
    Method, Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::key;
use crate::{KEY_ID, SECRET};

/// Says where the warm tier of the child lies.
const FOLDER: &str = "FLASKFLIX_TEST_SPARSE_STORE";
/// How many seconds the pass over the whole object may take; it stops there. `FLASKFLIX_TEST_SPARSE_SECS=900` makes it whole.
const SECONDS: &str = "FLASKFLIX_TEST_SPARSE_SECS";
const LEN: u64 = 10 << 30;
const MEMORY: u64 = 32 << 20;
const DISK: u64 = 64 << 20;
const FILLS: u64 = 8 << 20;
/// How much the pass covers at least, however slow the machine is: more than the tiers hold together.
const LEAST: u64 = 192 << 20;
/// So often stands a number in the film, which is its place.
const STAMP_EVERY: u64 = 64 << 10;
const ZEROS: Bytes = Bytes::from_static(&[0; 64 << 10]);

#[test]
fn ten_gibibytes_pass_through_the_tiers_in_a_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let name = "tiers::sparse::the_child_reads_the_film_and_tells_its_memory";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{text}{complaint}");
    let (_, told) = text.split_once("peak of memory: ").unwrap();
    let mut numbers = told
        .split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok());
    let (memory, passed) = numbers.next().zip(numbers.next()).unwrap();
    assert!(passed >= LEAST.min(LEN), "only {passed} bytes in the time");
    // Blocks at rest, blocks on their way, and what connections and the allocator keep, of the store, too.
    let bound = MEMORY + FILLS + (48 << 20);
    assert!(memory < bound, "{memory} bytes for {passed}");
    let _ = writeln!(
        io::stderr(),
        "{} MiB passed in {} MiB",
        passed >> 20,
        memory >> 20
    );
}

/// Not a test by itself: a process of its own, whose memory is nobody else's.
#[tokio::test]
async fn the_child_reads_the_film_and_tells_its_memory() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let address = format!("s3://films?endpoint={}", serve().await);
    let credentials = [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    let address = StoreAddress::parse(&address).unwrap().credentials(credentials);
    let store = address.connect(ObjectOptions::default()).unwrap();
    let options = TierOptions::default()
        .memory_bytes(MEMORY)
        .max_fill_bytes(FILLS)
        .disk(folder, DISK);
    let source = TieredSource::new(Arc::new(store), &options).unwrap();
    let before = peak_bytes();
    let deadline = Instant::now() + Duration::from_secs(seconds());
    let film = source.open(&key("film.mp4")).await.unwrap();
    for start in [LEN - STAMP_EVERY, 1 << 31, (1 << 32) - STAMP_EVERY, 0] {
        let range = ByteRange::new(start, start + STAMP_EVERY).unwrap();
        let part = flaskflix_core::source::read_to_bytes(&film, range).await.unwrap();
        assert_eq!(stamps_in(&part, start), 1, "at {start}");
    }
    let mut stream = film.read(vec![ByteRange::new(0, LEN).unwrap()]);
    let (mut passed, mut stamps) = (0, 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.unwrap();
        stamps += stamps_in(&chunk, passed);
        passed += chunk.len() as u64;
        if Instant::now() > deadline && passed > LEAST {
            break;
        }
    }
    let stats = source.stats();
    assert!(
        stamps > passed / STAMP_EVERY / 2,
        "{stamps} places were looked at"
    );
    assert!(
        stats.memory_bytes <= MEMORY && stats.disk_bytes <= DISK,
        "{stats:?}"
    );
    println!("peak of memory: {} passed {passed}", peak_bytes() - before);
}

/// How many stamps lie whole in these bytes of the film; all of them must be right.
fn stamps_in(bytes: &[u8], at: u64) -> u64 {
    let first = at.next_multiple_of(STAMP_EVERY);
    let places = (first..).step_by(64 << 10);
    let stamps = places.map_while(|place| {
        let start = usize::try_from(place - at).unwrap();
        Some((place, bytes.get(start..start + 8)?))
    });
    stamps
        .inspect(|(place, stamp)| assert_eq!(*stamp, place.to_be_bytes(), "at {place}"))
        .count() as u64
}

fn seconds() -> u64 {
    let named = env::var(SECONDS).ok();
    named.and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// The most memory that this process has had.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}

/// Starts the store; its endpoint.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service_fn(async |request| Ok::<_, Infallible>(answer(&request)));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    });
    endpoint
}

fn answer(request: &Request<Incoming>) -> Response<BoxBody<Bytes, Infallible>> {
    let head = Response::builder()
        .header("last-modified", "Sat, 01 Jan 2028 00:00:00 GMT")
        .header("etag", "\"1\"");
    if *request.method() == Method::HEAD {
        let nothing = BodyExt::boxed(StreamBody::new(stream::empty()));
        return head.header("content-length", LEN).body(nothing).unwrap();
    }
    let range = request.headers().get("range").unwrap().to_str().unwrap();
    let (first, last) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .unwrap();
    let (start, end) = (first.parse().unwrap(), last.parse::<u64>().unwrap() + 1);
    let pieces = stream::unfold(start, move |at| async move {
        let piece = piece(at, end)?;
        let next = at + piece.len() as u64;
        Some((Ok(Frame::data(piece)), next))
    });
    head.status(206)
        .header("content-range", format!("bytes {first}-{last}/{LEN}"))
        .header("content-length", end - start)
        .body(BodyExt::boxed(StreamBody::new(pieces)))
        .unwrap()
}

/// Some of the bytes from `at` on: of a stamp, or of the zeros behind it.
fn piece(at: u64, end: u64) -> Option<Bytes> {
    let left = usize::try_from(end.checked_sub(at)?).unwrap();
    let inside = usize::try_from(at % STAMP_EVERY).unwrap();
    let stamp = Bytes::copy_from_slice(&(at - at % STAMP_EVERY).to_be_bytes());
    let mut rest = match stamp.get(inside..) {
        Some(of_stamp) if !of_stamp.is_empty() => stamp.slice_ref(of_stamp),
        _ => ZEROS.slice(inside..),
    };
    rest.truncate(left);
    (!rest.is_empty()).then_some(rest)
}
