//! The segment benchmark: what a media segment costs, and whether that grows with the length of the film.

use std::{
    fmt::{self, Write},
    io,
    time::Duration,
};

use flaskflix_hls_check::{
    fetch,
    playlist::{Media, Multivariant},
};
use serde::Serialize;

use crate::{
    client::{Client, Waiting},
    connection::Ask,
    numbers::{Spread, float},
    server::Server,
};

/// The segments of one film that are asked for, again and again.
#[derive(Debug, Clone)]
pub struct Reel {
    /// What the table calls the film.
    pub name: String,
    /// Segments that the film has in all.
    pub segments_in_film: usize,
    /// URL path and length of each segment asked for.
    pub segments: Vec<(String, u64)>,
}

/// What one turn on one film showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Turn {
    /// Median of the times from request to response head, microseconds.
    pub first_byte_us: f64,
    /// The 99th percentile of the same.
    pub first_byte_p99_us: f64,
    /// Server CPU microseconds per segment.
    pub cpu_us: f64,
    /// Segments that were served.
    pub requests: u64,
}

/// All turns on one film.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// The film.
    pub film: String,
    /// Segments that the film has in all.
    pub segments_in_film: usize,
    /// Mean length of the segments asked for, in bytes.
    pub bytes_per_segment: f64,
    /// One for each round.
    pub turns: Vec<Turn>,
}

impl Reel {
    /// The last `count` segments of a film's first variant, without the very last, which may be short.
    ///
    /// The last ones, because a packager that walks tables from the front pays most there; only a few, so that the
    /// media bytes of a long film are as hot in the CPU's caches as those of a short one.
    ///
    /// # Errors
    /// When the server does not serve the film as HLS.
    pub fn of(server: &Server, film: &str, count: usize) -> io::Result<Self> {
        let base = format!("http://{}", server.host);
        let master_url = format!("{base}/stream/{film}/master.m3u8");
        let master = Multivariant::parse(&text(&master_url)?).map_err(io::Error::other)?;
        let variant = master
            .variants
            .first()
            .ok_or_else(|| io::Error::other("no variant"))?;
        let media_url = fetch::resolve(&master_url, &variant.uri);
        let media = Media::parse(&text(&media_url)?).map_err(io::Error::other)?;
        let segments_in_film = media.segments.len();
        let first = segments_in_film.saturating_sub(count.saturating_add(1));
        let segments = media
            .segments
            .iter()
            .take(segments_in_film.saturating_sub(1))
            .skip(first)
            .map(|segment| {
                let url = fetch::resolve(&media_url, &segment.uri);
                let body = fetch::get(&url).map_err(io::Error::other)?;
                let path = url.strip_prefix(&base).unwrap_or(&url).to_owned();
                Ok((path, u64::try_from(body.len()).map_err(io::Error::other)?))
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            name: film.to_owned(),
            segments_in_film,
            segments,
        })
    }
}

/// Serves every reel in each round, one request at a time, and measures.
///
/// # Errors
/// At the first wrong answer, and when the server dies.
pub fn run(
    server: &Server,
    reels: &[Reel],
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
            score.turns.push(take_turn(server, reel, duration)?);
        }
    }
    Ok(scores)
}

fn take_turn(server: &Server, reel: &Reel, duration: Duration) -> io::Result<Turn> {
    let mut segments = reel.segments.iter().cycle();
    let mut next = || {
        let (path, len) = segments.next().cloned().unwrap_or_default();
        Ask {
            path,
            range_start: None,
            len,
            compare: false,
        }
    };
    let mut client = Client::connect(server.host, 1, Waiting::Asleep)?;
    client.run(duration / 8, None, &mut next)?;
    let before = server.cpu_seconds()?;
    let mut load = client.run(duration, None, &mut next)?;
    let cpu = server.cpu_seconds()? - before;
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
    fn empty(reel: &Reel) -> Self {
        let bytes: u64 = reel.segments.iter().map(|(_, len)| len).sum();
        let count = u64::try_from(reel.segments.len()).unwrap_or(u64::MAX);
        Self {
            film: reel.name.clone(),
            segments_in_film: reel.segments_in_film,
            bytes_per_segment: float(bytes) / float(count),
            turns: Vec::new(),
        }
    }

    fn spread(&self, of: fn(&Turn) -> f64) -> Option<Spread> {
        Spread::of(self.turns.iter().map(of))
    }
}

/// Renders the Markdown table, with the ratio of the last film to the first below it.
///
/// # Errors
/// Never in practice: writing to a `String` does not fail.
pub fn render(scores: &[Score]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "| film | segments | bytes/segment | first byte us | p99 us | server CPU us/segment |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    for score in scores {
        write!(
            out,
            "| {} | {} | {:.0} |",
            score.film, score.segments_in_film, score.bytes_per_segment
        )?;
        let columns: [fn(&Turn) -> f64; 3] = [
            |turn| turn.first_byte_us,
            |turn| turn.first_byte_p99_us,
            |turn| turn.cpu_us,
        ];
        for of in columns {
            match score.spread(of) {
                Some(spread) => write!(out, " {spread:.0} |")?,
                None => write!(out, " - |")?,
            }
        }
        writeln!(out)?;
    }
    if let (Some(short), Some(long)) = (scores.first(), scores.last()) {
        let cpu = |score: &Score| score.turns.iter().map(|turn| turn.cpu_us).collect::<Vec<_>>();
        if let Some(ratio) = Spread::of_ratios(&cpu(long), &cpu(short)) {
            writeln!(
                out,
                "\nCPU per segment, {} over {}: {ratio:.2}.",
                long.film, short.film
            )?;
        }
    }
    Ok(out)
}

fn text(url: &str) -> io::Result<String> {
    String::from_utf8(fetch::get(url).map_err(io::Error::other)?).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_the_long_film_over_the_short_one() {
        let score = |film: &str, cpu_us| Score {
            film: film.to_owned(),
            segments_in_film: 20,
            bytes_per_segment: 1000.0,
            turns: vec![Turn {
                first_byte_us: 100.0,
                first_byte_p99_us: 200.0,
                cpu_us,
                requests: 10,
            }],
        };
        let text = render(&[score("short", 300.0), score("long", 330.0)]).unwrap();
        assert!(text.contains("long over short: 1.10 (1.10-1.10)"), "{text}");
        assert!(text.contains("| short | 20 | 1000 | 100 (100-100) |"), "{text}");
    }
}
