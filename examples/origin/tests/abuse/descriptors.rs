//! The machine says no more open files.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt as _, net::TcpStream, time::interval};

use crate::{
    http2::without_a_window,
    peers::{connect, connect_narrow, get, say, slow_reader, status},
    process::Origin,
    siege::{LONG_BYTES, PATIENCE, Setting, alone, besiege_with, film_byte, folder, sized, within},
};

/// What a service has where nobody has set anything; of these, 416 are for connections and 416 for their films.
const OPEN_FILES: u32 = 1024;
const READERS: usize = 300;
const GET: &str = "Range: bytes=0-0\r\n";

/// The good client has its connection, and opens a file for every range.
#[test]
fn those_who_want_every_descriptor_do_not_get_those_of_the_films() {
    let setting = Setting {
        open_files: Some(OPEN_FILES),
        ..Setting::default()
    };
    besiege_with("descriptors", setting, async |target| {
        let mut held = Vec::new();
        for number in 0..READERS {
            held.push(slow_reader(number, target.address()).await);
        }
        // They ask, and stay when they were answered.
        let mut refused = 0;
        for number in 0..sized(3000, 1100) {
            let mut socket = connect(number, target.address()).await;
            say(&mut socket, get("film.bin", GET)).await;
            match status(&mut socket).await {
                Some(206) => held.push(socket),
                // A farewell, or none when there were too many.
                Some(503) | None => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(held.len() > 400 && refused > 0, "{} held", held.len());
        // They come all at once, and say nothing.
        for number in 0..600 {
            held.push(connect(number, target.address()).await);
        }
        let open = target.origin.descriptors();
        assert!(open < OPEN_FILES as usize, "{open} descriptors");
        // The running films go on.
        for socket in &mut held[..READERS] {
            assert!(within(PATIENCE, socket.read(&mut [0; 4096])).await.unwrap() > 0);
        }
    });
}

/// One connection has up to 128 requests under way, each with a film of its own.
#[test]
fn requests_of_few_connections_do_not_take_every_descriptor() {
    alone(async || {
        let folder = folder();
        // Who asks for the same film shares its descriptor.
        for number in 0..CONNECTIONS * REQUESTS {
            link(folder.path(), "long.bin", &format!("{number}.bin"));
        }
        let mut origin = Origin::start_within(OPEN_FILES, folder.path(), &[]);
        let mut known = connect(0, origin.address).await;
        assert!(say(&mut known, get("film.bin", GET)).await);
        assert_eq!(status(&mut known).await, Some(206));
        let mut attackers = Vec::new();
        for number in 0..CONNECTIONS {
            let films = (number * REQUESTS..).map(|film| format!("/stream/{film}.bin/video"));
            let films: Vec<String> = films.take(REQUESTS).collect();
            let wanted: Vec<_> = films.iter().map(|film| (film.as_str(), None)).collect();
            attackers.push(without_a_window(number, origin.address, &wanted).await);
        }
        // Of 416 requests two connections have 100 each, one 8, and the others 8 each.
        let begun = Instant::now();
        while origin.descriptors() < 280 {
            assert!(begun.elapsed() < PATIENCE, "{} descriptors", origin.descriptors());
            tokio::task::yield_now().await;
        }
        // There is room for those who are there, and for those who come now.
        let mut late = connect(1, origin.address).await;
        for client in [&mut known, &mut late] {
            assert!(say(client, get("film.bin", GET)).await);
            assert_eq!(status(client).await, Some(206));
        }
        let open = origin.descriptors();
        assert!(open < 350, "{open} descriptors");
        drop(attackers);
        assert!(say(&mut late, get("film.bin", GET)).await);
        itself_again(&origin, late, known, 64).await;
        assert!(origin.runs(), "the server died");
    });
}

/// Nothing is left: what the limits of the server are to prevent. No new connection, no new film, but what runs runs.
#[test]
fn without_one_descriptor_the_server_waits_and_streams_go_on() {
    alone(async || {
        let folder = folder();
        link(folder.path(), "film.bin", "other.bin");
        let mut origin = Origin::start(folder.path(), &[]);
        let mut running = connect_narrow(0, origin.address).await;
        assert!(say(&mut running, get("long.bin", "Connection: close\r\n")).await);
        let mut bytes = vec![0; 4096];
        within(PATIENCE, running.read_exact(&mut bytes)).await.unwrap();
        let mut known = connect(1, origin.address).await;
        assert!(say(&mut known, get("film.bin", GET)).await);
        assert_eq!(status(&mut known).await, Some(206));

        let most = origin.descriptors() + ROOM;
        origin.limit_open_files(most);
        let mut attackers = Vec::new();
        for number in 0..3 * ROOM {
            attackers.push(connect(number, origin.address).await);
        }
        let begun = Instant::now();
        while origin.descriptors() < most {
            assert!(begun.elapsed() < PATIENCE, "there are descriptors left");
            tokio::task::yield_now().await;
        }
        // In the kernel's queue.
        let mut waiting = connect(2, origin.address).await;
        assert!(say(&mut waiting, get("film.bin", GET)).await);

        // The one that is there is told at once that there is no other film now, and keeps its connection.
        for _ in 0..20 {
            let asked = Instant::now();
            assert!(say(&mut known, get("other.bin", GET)).await);
            assert_eq!(status(&mut known).await, Some(503));
            assert!(asked.elapsed() < TOLD_WITHIN, "{:?}", asked.elapsed());
        }
        // Failing to accept takes no processor.
        let before = origin.processor_time();
        let mut window = interval(WINDOW);
        window.tick().await;
        window.tick().await;
        let taken = origin.processor_time() - before;
        assert!(taken < WINDOW / 5, "{taken:?} of {WINDOW:?} for nothing");
        assert!(
            waiting.try_read(&mut [0]).is_err(),
            "it was not for want of descriptors"
        );
        // A film that was opened before is sent to its end.
        within(PATIENCE, running.read_to_end(&mut bytes)).await.unwrap();
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let right = (0..LONG_BYTES).map(film_byte).eq(bytes[head..].iter().copied());
        assert!(right, "not the film");

        drop(attackers);
        let recovered = itself_again(&origin, waiting, known, most - ROOM).await;
        assert!(origin.runs(), "the server died");
        println!("| no descriptor left | {taken:?} of processor in {WINDOW:?} | back after {recovered:?} |");
    });
}

/// Until the queue is served, films are opened, and no more than so many descriptors are open.
async fn itself_again(
    origin: &Origin,
    mut waiting: TcpStream,
    mut known: TcpStream,
    descriptors: usize,
) -> Duration {
    let left = Instant::now();
    assert!(
        status(&mut waiting).await.is_some(),
        "nobody came back to the queue"
    );
    loop {
        assert!(say(&mut known, get("film.bin", GET)).await);
        if status(&mut known).await == Some(206) {
            break;
        }
        assert!(left.elapsed() < PATIENCE, "no film is opened any more");
    }
    let recovered = left.elapsed();
    drop((waiting, known));
    while origin.descriptors() > descriptors {
        assert!(left.elapsed() < PATIENCE, "descriptors are lost");
        tokio::task::yield_now().await;
    }
    recovered
}

/// The same film by another name.
fn link(folder: &Path, film: &str, name: &str) {
    std::fs::hard_link(folder.join(film), folder.join(name)).unwrap();
}

const CONNECTIONS: usize = 12;
const REQUESTS: usize = 100;
/// How many descriptors the attackers find.
const ROOM: usize = 64;
const TOLD_WITHIN: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_secs(3);
