//! One runtime with a thread for each CPU, beside a process for each CPU that share a port (`SO_REUSEPORT`).
//!
//! Nothing is pinned: whoever shares threads pays for moving work between them, and whoever does not leaves a CPU idle while connections
//! wait for another. The client runs on the same CPUs; what counts is the servers' own time.

use std::{
    env,
    fs::File,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use flaskflix_benches::{
    client::Waiting,
    contest::{self, Entrant, Schedule},
    film, machine, range_table,
    server::{Place, Server},
};

const SHARED: &str = "one runtime";

/// Measures 64 KiB and 2 MiB ranges over 16 and 256 keep-alive connections, loopback, page cache hot.
#[derive(Debug, Parser)]
struct Arguments {
    /// The flaskflix-origin to measure [default: beside this program].
    #[arg(long, value_name = "BINARY")]
    origin: Option<PathBuf>,
    /// Rounds; each way of serving has one turn in each.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Milliseconds of a turn.
    #[arg(long, default_value_t = 2000)]
    turn_ms: u64,
    /// Two short rounds on a small file: shows that all works, measures nothing.
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "workers-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let (rounds, turn_ms, file_mib) = if arguments.quick {
        (2, 200, 64)
    } else {
        (arguments.rounds, arguments.turn_ms, 512)
    };
    let schedule = Schedule::of(rounds, turn_ms, Waiting::Asleep);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("film.mp4");
    film::write_random(&path, file_mib << 20)?;
    let file = File::open(&path)?;
    let beside_us = || Ok::<_, io::Error>(env::current_exe()?.with_file_name("flaskflix-origin"));
    let origin = arguments.origin.clone().map_or_else(beside_us, Ok)?;
    let place = Place::whole_machine();
    let entrant = |name: &str, server| Entrant {
        name: name.to_owned(),
        server,
        path: "/stream/film.mp4/video".to_owned(),
    };
    let entrants = [
        entrant(SHARED, Server::flaskflix(&origin, folder.path(), place)?),
        entrant(
            "processes that share a port",
            Server::flaskflix_processes(&origin, folder.path(), place.workers)?,
        ),
    ];
    let mut out = io::stdout();
    writeln!(
        out,
        "Machine: {}. Medians of {rounds} interleaved rounds of {turn_ms} ms, file of {file_mib} MiB; {} threads or processes.\n",
        machine::describe(),
        place.workers,
    )?;
    let mut progress = |text: &str| {
        let _ = writeln!(io::stderr(), "{text}");
    };
    for contest in contest::run_ranges(&entrants, schedule, &file, &mut progress)? {
        let table = range_table::render(&contest, &[SHARED]).map_err(io::Error::other)?;
        writeln!(out, "{table}")?;
    }
    Ok(())
}
