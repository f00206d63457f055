//! What the first request for a film costs, and the memory of a film that is known.

use std::{fs, io, path::Path, time::Duration};

use flaskflix_hls_check::fetch;

use crate::{
    client::{Client, Waiting},
    connection::Ask,
    numbers::{Spread, float},
    segments::whole,
    server::Server,
};

/// The first two requests to a server that has just been started, in milliseconds. The page cache is warm.
#[derive(Debug, Clone, Copy)]
pub struct FirstTime {
    /// The multivariant playlist: the film is indexed and planned for it.
    pub master_ms: Spread,
    /// Then the first media segment.
    pub segment_ms: Spread,
}

/// Starts a server for every round, and asks it for a film that it has never seen.
///
/// # Errors
/// When a server cannot be started, or answers wrongly.
pub fn ask(start: &dyn Fn() -> io::Result<Server>, film: &str, rounds: u32) -> io::Result<FirstTime> {
    let (mut masters, mut segments) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        let known = start()?;
        let url = |target: &str| format!("http://{}/stream/{film}/{target}", known.host);
        let master = whole(&known, &url("master.m3u8"))?;
        let segment = whole(&known, &url("v1/1.m4s"))?;
        drop(known);
        let server = start()?;
        let mut client = Client::connect(server.host, 1, Waiting::Asleep)?;
        let mut time = |ask| {
            let load = client.run(Duration::ZERO, None, &mut || Clone::clone(&ask))?;
            io::Result::Ok(load.wall.as_secs_f64() * 1e3)
        };
        masters.push(time(master)?);
        segments.push(time(segment)?);
    }
    // The first round may have read the film from the disk.
    let spread = |times: Vec<f64>| Spread::of(times.into_iter().skip(1));
    match (spread(masters), spread(segments)) {
        (Some(master_ms), Some(segment_ms)) => Ok(FirstTime {
            master_ms,
            segment_ms,
        }),
        _ => Err(io::Error::other("no rounds")),
    }
}

/// Microseconds of a server's CPU for each of some requests, one after the other, each sent once.
///
/// # Errors
/// At the first wrong answer, and when the server dies.
pub fn cpu_us(server: &Server, asks: &[Ask]) -> io::Result<f64> {
    let mut client = Client::connect(server.host, 1, Waiting::Asleep)?;
    let before = server.cpu_seconds()?;
    for ask in asks {
        client.run(Duration::ZERO, None, &mut || ask.clone())?;
    }
    let cpu = server.cpu_seconds()? - before;
    let count = u64::try_from(asks.len()).map_err(io::Error::other)?;
    Ok(cpu * 1e6 / float(count))
}

/// Bytes of memory that a server needs more for every film that it has planned: copies of one film, none evicted.
///
/// # Errors
/// When the disk is full, or the server answers wrongly.
pub fn memory_of_a_film(
    start: &dyn Fn(&Path) -> io::Result<Server>,
    film: &Path,
    copies: u32,
) -> io::Result<f64> {
    let folder = tempfile::tempdir()?;
    for copy in 0..copies {
        fs::copy(film, folder.path().join(format!("{copy}.mp4")))?;
    }
    let server = start(folder.path())?;
    let plan = |copy: u32| fetch::get(&format!("http://{}/stream/{copy}.mp4/master.m3u8", server.host));
    // What the server allocates once, it has allocated after a few.
    let warm = copies / 5;
    for copy in 0..warm {
        plan(copy).map_err(io::Error::other)?;
    }
    let before = server.memory_bytes()?;
    for copy in warm..copies {
        plan(copy).map_err(io::Error::other)?;
    }
    let more = server.memory_bytes()?.saturating_sub(before);
    Ok(float(more) / f64::from(copies.saturating_sub(warm)))
}
