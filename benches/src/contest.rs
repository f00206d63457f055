//! The range benchmark: the same load on every server, in interleaved rounds.

use std::{fs::File, io, time::Duration};

use serde::Serialize;

use crate::{
    client::{Client, Load, Waiting},
    connection::Ask,
    dice::Dice,
    numbers::float,
    server::Server,
};

/// Every so many answers, one is compared with the file byte by byte.
pub const COMPARE_EVERY: u64 = 64;

/// One server of a contest.
#[derive(Debug)]
pub struct Entrant {
    /// What the tables call it.
    pub name: String,
    /// The running process.
    pub server: Server,
    /// URL path of the file.
    pub path: String,
}

/// One kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LoadShape {
    /// Bytes of every range; offsets are random multiples of it.
    pub range_bytes: u64,
    /// Keep-alive connections.
    pub connections: usize,
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Rounds in which every server has its turn.
    pub rounds: u32,
    /// Length of a turn.
    pub turn: Duration,
    /// Load before each turn that is not counted.
    pub warm_up: Duration,
    /// What the client does while no answer comes.
    pub waiting: Waiting,
}

impl Schedule {
    /// Turns of so many milliseconds, after an eighth of that as warm-up.
    #[must_use]
    pub const fn of(rounds: u32, turn_ms: u64, waiting: Waiting) -> Self {
        Self {
            rounds,
            turn: Duration::from_millis(turn_ms),
            warm_up: Duration::from_millis(turn_ms / 8),
            waiting,
        }
    }
}

/// What one turn of one server showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Turn {
    /// Server CPU seconds per 10^9 body bytes.
    pub cpu_secs_per_gb: f64,
    /// 10^9 body bytes per second of wall time.
    pub gb_per_sec: f64,
    /// Requests per second of wall time.
    pub requests_per_sec: f64,
    /// Server CPU microseconds per request.
    pub cpu_us_per_request: f64,
    /// Answers that were compared with the file.
    pub compared: u64,
}

/// All turns of one server under one load.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// The server.
    pub name: String,
    /// One for each round, in order.
    pub turns: Vec<Turn>,
}

/// All servers under one load.
#[derive(Debug, Clone, Serialize)]
pub struct Contest {
    /// The load.
    pub shape: LoadShape,
    /// In the order of the entrants.
    pub scores: Vec<Score>,
}

/// Runs one load on all servers. Rounds are interleaved, and each round begins with another server.
///
/// # Errors
/// At the first wrong answer, and when a server dies.
pub fn run(
    entrants: &[Entrant],
    shape: LoadShape,
    schedule: Schedule,
    file: &File,
    progress: &mut dyn FnMut(&str),
) -> io::Result<Contest> {
    let score = |entrant: &Entrant| Score {
        name: entrant.name.clone(),
        turns: Vec::new(),
    };
    let mut scores: Vec<Score> = entrants.iter().map(score).collect();
    for round in 0..schedule.rounds {
        let first = usize::try_from(round).map_err(io::Error::other)?;
        let order = (0..entrants.len()).cycle().skip(first).take(entrants.len());
        for at in order {
            let (Some(entrant), Some(score)) = (entrants.get(at), scores.get_mut(at)) else {
                continue;
            };
            progress(&format!(
                "round {} of {}: {}",
                round.saturating_add(1),
                schedule.rounds,
                entrant.name
            ));
            let turn = take_turn(entrant, shape, schedule, file, u64::from(round))
                .map_err(|error| io::Error::other(format!("{}: {error}", entrant.name)))?;
            score.turns.push(turn);
        }
    }
    Ok(Contest { shape, scores })
}

/// Runs ranges of 64 KiB and 2 MiB over 16 and 256 connections on all servers.
///
/// # Errors
/// As [`run`].
pub fn run_ranges(
    entrants: &[Entrant],
    schedule: Schedule,
    file: &File,
    progress: &mut dyn FnMut(&str),
) -> io::Result<Vec<Contest>> {
    let mut contests = Vec::new();
    for range_bytes in [64 << 10, 2 << 20] {
        for connections in [16, 256] {
            let shape = LoadShape {
                range_bytes,
                connections,
            };
            let mut tell = |text: &str| progress(&format!("{range_bytes} bytes x {connections}: {text}"));
            contests.push(run(entrants, shape, schedule, file, &mut tell)?);
        }
    }
    Ok(contests)
}

fn take_turn(
    entrant: &Entrant,
    shape: LoadShape,
    schedule: Schedule,
    file: &File,
    seed: u64,
) -> io::Result<Turn> {
    let places = file.metadata()?.len().checked_div(shape.range_bytes).unwrap_or(0);
    let mut dice = Dice::new(seed);
    let mut asked = 0_u64;
    let mut compared = 0_u64;
    let mut next = || {
        asked = asked.saturating_add(1);
        let compare = asked % COMPARE_EVERY == 1;
        compared = compared.saturating_add(u64::from(compare));
        Ask {
            path: entrant.path.clone(),
            range_start: Some(dice.below(places).saturating_mul(shape.range_bytes)),
            len: shape.range_bytes,
            compare,
        }
    };
    let mut client = Client::connect(entrant.server.host, shape.connections, schedule.waiting)?;
    client.run(schedule.warm_up, Some(file), &mut next)?;
    let before = entrant.server.cpu_seconds()?;
    let load = client.run(schedule.turn, Some(file), &mut next)?;
    let cpu = entrant.server.cpu_seconds()? - before;
    Ok(describe(&load, cpu, compared))
}

fn describe(load: &Load, cpu: f64, compared: u64) -> Turn {
    let gigabytes = float(load.bytes) / 1e9;
    let requests = float(load.requests);
    Turn {
        cpu_secs_per_gb: cpu / gigabytes,
        gb_per_sec: gigabytes / load.wall.as_secs_f64(),
        requests_per_sec: requests / load.wall.as_secs_f64(),
        cpu_us_per_request: cpu * 1e6 / requests,
        compared,
    }
}
