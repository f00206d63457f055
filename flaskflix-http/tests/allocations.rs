//! What a range costs in allocations, from the socket and back, and what a connection holds when it is idle. A test binary of its own:
//! it replaces the allocator.
#![expect(
    unsafe_code,
    reason = "only an allocator sees every allocation, and its trait is unsafe"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

/// Of all threads together.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// Bytes that are allocated now.
static HELD: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counting how often it is asked and what is held.
struct Counting;

// SAFETY: every call goes to `System` as it came; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        HELD.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: `pointer` came from `System.alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{SocketAddr, TcpStream},
        sync::{Arc, Mutex, PoisonError, atomic::Ordering, mpsc},
        thread,
        time::{Duration, Instant},
    };

    use flaskflix_http::{Streamer, serve::Server};
    use flaskflix_storage::fs::{FolderCatalog, LocalFiles, ReadOptions};
    use tokio::net::TcpListener;

    use super::{ALLOCATIONS, HELD};

    /// What is counted is the whole process': one test at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    /// An open server over one file of 1 MiB, on a thread of its own. It sends what is long without a copy.
    fn serve() -> SocketAddr {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("f.bin"), vec![7; 1 << 20]).unwrap();
            let options = ReadOptions::default().zero_copy_after(Duration::ZERO);
            let files = Arc::new(LocalFiles::open_with(folder.path(), options).unwrap());
            let catalog = Arc::new(FolderCatalog::new(&files));
            let streamer = Streamer::open_builder(catalog, files).build().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let server = Server::new();
                server
                    .serve_direct_until(listener, streamer, std::future::pending())
                    .await;
            });
        });
        told.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// A request for the first bytes, so many.
    fn request(bytes: usize) -> String {
        let last = bytes - 1;
        format!("GET /stream/f.bin/video HTTP/1.1\r\nHost: test\r\nRange: bytes=0-{last}\r\n\r\n")
    }

    /// Asks so often over one connection. Allocates nothing itself.
    fn ask(socket: &mut TcpStream, request: &str, bytes: usize, times: usize) {
        let mut buffer = [0_u8; LONG_BYTES + 1024];
        for _ in 0..times {
            socket.write_all(request.as_bytes()).unwrap();
            let mut filled = 0;
            let body = loop {
                filled += socket.read(&mut buffer[filled..]).unwrap();
                let head = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n");
                if let Some(head) = head {
                    break head + 4;
                }
            };
            assert!(buffer.starts_with(b"HTTP/1.1 206 "));
            socket.read_exact(&mut buffer[filled..body + bytes]).unwrap();
        }
    }

    /// Read and written.
    const SHORT_BYTES: usize = 2000;
    /// Sent from the file.
    const LONG_BYTES: usize = 100_000;

    /// As it is today, and one more that comes now and then; 12 are the aim.
    ///
    /// | whose | short | long |
    /// |---|---:|---:|
    /// | hyper: its buffer for the next head, and the sharing of this one | 2 | 2 |
    /// | the peer's address, an extension of the request | 3 | 3 |
    /// | the futures of the streamer, the catalogue and the source | 3 | 3 |
    /// | the open file | 1 | 1 |
    /// | the crate that judges `Range` | 1 | 1 |
    /// | header values | 1 | 1 |
    /// | what is read: its ranges, the stream, the bytes; or what is sent | 3 | 1 |
    const MOST: [(usize, u64); 2] = [(SHORT_BYTES, 14 + 1), (LONG_BYTES, 12 + 1)];

    #[test]
    fn a_range_takes_a_bounded_number_of_allocations() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut socket = TcpStream::connect(serve()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        for (bytes, most) in MOST {
            let request = request(bytes);
            // The first ones make what is kept.
            ask(&mut socket, &request, bytes, 100);
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            ask(&mut socket, &request, bytes, 1000);
            let each = (ALLOCATIONS.load(Ordering::Relaxed) - before).div_ceil(1000);
            assert!(each <= most, "{each} allocations for each range of {bytes} bytes");
        }
    }

    /// Bytes. hyper's two buffers alone are 16 KiB.
    const MOST_HELD: u64 = 5 << 9;

    #[test]
    fn a_connection_that_rests_holds_next_to_nothing_and_goes_on() {
        const CONNECTIONS: u64 = 300;
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let address = serve();
        let open = || {
            let mut socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            ask(&mut socket, &request(SHORT_BYTES), SHORT_BYTES, 1);
            socket
        };
        // The first ones make what is kept.
        drop((0..20).map(|_| open()).collect::<Vec<_>>());
        let before = HELD.load(Ordering::Relaxed);
        let mut sockets: Vec<TcpStream> = (0..CONNECTIONS).map(|_| open()).collect();
        let each = || HELD.load(Ordering::Relaxed).saturating_sub(before) / CONNECTIONS;
        let deadline = Instant::now() + Duration::from_secs(20);
        while each() > MOST_HELD {
            assert!(Instant::now() < deadline, "{} bytes for each connection", each());
            thread::yield_now();
        }
        for socket in &mut sockets {
            ask(socket, &request(LONG_BYTES), LONG_BYTES, 2);
        }
    }
}
