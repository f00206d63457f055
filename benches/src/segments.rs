//! The segment benchmark: what a media segment costs beside a range of a file, and whether that grows with the film.

use std::{io, time::Duration};

use flaskflix_hls_check::{
    fetch,
    playlist::{Media, Multivariant},
};
use serde::Serialize;

use crate::{
    client::{Client, Waiting},
    connection::Ask,
    numbers::float,
    server::Server,
};

/// What is asked for, again and again.
#[derive(Debug)]
pub struct Reel<'a> {
    /// What the table calls it.
    pub name: String,
    /// Who is asked.
    pub server: &'a Server,
    /// One after the other, from the front again at the end.
    pub asks: Vec<Ask>,
    /// Keep-alive connections that ask at once. 1 where the time of an answer counts.
    pub connections: usize,
}

/// What one turn on one reel showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Turn {
    /// Median of the times from request to response head, microseconds.
    pub first_byte_us: f64,
    /// The 99th percentile of the same.
    pub first_byte_p99_us: f64,
    /// Server CPU microseconds per request.
    pub cpu_us: f64,
    /// Requests that were answered.
    pub requests: u64,
}

/// All turns on one reel.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// The reel.
    pub name: String,
    /// Mean length of an answer in bytes.
    pub bytes: f64,
    /// One for each round.
    pub turns: Vec<Turn>,
}

impl<'a> Reel<'a> {
    /// The last `count` segments of a film's first variant, without the very last, which may be short.
    ///
    /// The last ones, because a packager that walks tables from the front pays most there; only a few, so that the
    /// media bytes of a long film are as hot in the CPU's caches as those of a short one.
    ///
    /// # Errors
    /// When the server does not serve the film as HLS.
    pub fn segments(name: &str, server: &'a Server, film: &str, count: usize) -> io::Result<Self> {
        let playlist_url = playlist_url(server, film)?;
        let playlist = Media::parse(&text(&playlist_url)?).map_err(io::Error::other)?;
        let in_film = playlist.segments.len();
        let first = in_film.saturating_sub(count.saturating_add(1));
        let segments = playlist
            .segments
            .iter()
            .take(in_film.saturating_sub(1))
            .skip(first);
        let asks = segments.map(|segment| whole(server, &fetch::resolve(&playlist_url, &segment.uri)));
        Ok(Self {
            name: name.to_owned(),
            server,
            asks: asks.collect::<io::Result<_>>()?,
            connections: 1,
        })
    }

    /// Ranges of the same lengths as the answers of another reel, out of the file that it is made of, which is at this path of
    /// this server: its last bytes.
    #[must_use]
    pub fn ranges(name: &str, server: &'a Server, path: &str, file_len: u64, like: &Reel<'_>) -> Self {
        let all: u64 = like.asks.iter().map(|ask| ask.len).sum();
        let mut start = file_len.saturating_sub(all);
        let asks = like.asks.iter().map(|ask| {
            let range_start = Some(start);
            start = start.saturating_add(ask.len);
            Ask {
                path: path.to_owned(),
                range_start,
                len: ask.len,
                compare: false,
            }
        });
        Self {
            name: name.to_owned(),
            server,
            asks: asks.collect(),
            connections: 1,
        }
    }

    /// The media playlist of a film's first variant, not compressed.
    ///
    /// # Errors
    /// When the server does not serve the film as HLS.
    pub fn playlist(name: &str, server: &'a Server, film: &str) -> io::Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            server,
            asks: vec![whole(server, &playlist_url(server, film)?)?],
            connections: 1,
        })
    }

    /// The same over several connections: how much a server can do that does not wait for one client.
    #[must_use]
    pub fn over(self, connections: usize) -> Self {
        Self { connections, ..self }
    }
}

/// Serves every reel in each round, one request at a time, and measures.
///
/// # Errors
/// At the first wrong answer, and when a server dies.
pub fn run(
    reels: &[Reel<'_>],
    rounds: u32,
    duration: Duration,
    progress: &mut dyn FnMut(&str),
) -> io::Result<Vec<Score>> {
    let mut scores: Vec<Score> = reels.iter().map(Score::empty).collect();
    for round in 0..rounds {
        let first = usize::try_from(round).map_err(io::Error::other)?;
        for at in (0..reels.len()).cycle().skip(first).take(reels.len()) {
            let (Some(reel), Some(score)) = (reels.get(at), scores.get_mut(at)) else {
                continue;
            };
            progress(&format!(
                "round {} of {rounds}: {}",
                round.saturating_add(1),
                reel.name
            ));
            score.turns.push(take_turn(reel, duration)?);
        }
    }
    Ok(scores)
}

fn take_turn(reel: &Reel<'_>, duration: Duration) -> io::Result<Turn> {
    let asks = || reel.asks.iter().cycle().cloned();
    let mut ahead = asks();
    let mut client = Client::connect(reel.server.host, reel.connections, Waiting::Asleep)?;
    let empty = || io::Error::other("nothing to ask for");
    let none = reel.asks.first().cloned().ok_or_else(empty)?;
    let mut next = || ahead.next().unwrap_or_else(|| none.clone());
    client.run(duration / 8, None, &mut next)?;
    let before = reel.server.cpu_seconds()?;
    let mut load = client.run(duration, None, &mut next)?;
    let cpu = reel.server.cpu_seconds()? - before;
    load.first_bytes.sort_unstable();
    let percentile = |percent: usize| {
        let at = load.first_bytes.len().saturating_mul(percent) / 100;
        load.first_bytes
            .get(at)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    };
    Ok(Turn {
        first_byte_us: percentile(50),
        first_byte_p99_us: percentile(99),
        cpu_us: cpu * 1e6 / float(load.requests),
        requests: load.requests,
    })
}

impl Score {
    fn empty(reel: &Reel<'_>) -> Self {
        let bytes: u64 = reel.asks.iter().map(|ask| ask.len).sum();
        let count = u64::try_from(reel.asks.len()).unwrap_or(u64::MAX);
        Self {
            name: reel.name.clone(),
            bytes: float(bytes) / float(count),
            turns: Vec::new(),
        }
    }
}

/// The request for the whole of a URL of this server.
///
/// # Errors
/// When the server does not answer with 200.
pub fn whole(server: &Server, url: &str) -> io::Result<Ask> {
    let body = fetch::get(url).map_err(io::Error::other)?;
    let base = format!("http://{}", server.host);
    Ok(Ask {
        path: url.strip_prefix(&base).unwrap_or(url).to_owned(),
        range_start: None,
        len: u64::try_from(body.len()).map_err(io::Error::other)?,
        compare: false,
    })
}

fn playlist_url(server: &Server, film: &str) -> io::Result<String> {
    let master_url = format!("http://{}/stream/{film}/master.m3u8", server.host);
    let master = Multivariant::parse(&text(&master_url)?).map_err(io::Error::other)?;
    let variant = master.variants.first();
    let variant = variant.ok_or_else(|| io::Error::other("no variant"))?;
    Ok(fetch::resolve(&master_url, &variant.uri))
}

fn text(url: &str) -> io::Result<String> {
    String::from_utf8(fetch::get(url).map_err(io::Error::other)?).map_err(io::Error::other)
}
