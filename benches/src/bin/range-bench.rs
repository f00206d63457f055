//! Byte ranges of one large file: `flaskflix-origin` beside nginx and tower-http's `ServeDir`, one worker each.
//!
//! Every server is pinned to one CPU, the client to another. What counts is the server's own CPU time.

use std::{
    env, fs,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use flaskflix_benches::{
    client::Waiting,
    contest::{self, Contest, Entrant, Schedule},
    cpu, film, machine, range_table,
    server::{Place, Sending, Server},
};

const FLASKFLIX: &str = "flaskflix-origin";
const NGINX: &str = "nginx";
const SERVE_DIR: &str = "ServeDir";

/// Measures 64 KiB and 2 MiB ranges over 16 and 256 keep-alive connections, loopback, page cache hot.
#[derive(Debug, Parser)]
struct Arguments {
    /// The flaskflix-origin to measure [default: beside this program].
    #[arg(long, value_name = "BINARY")]
    origin: Option<PathBuf>,
    /// Rounds; each server has one turn in each.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Milliseconds of a turn.
    #[arg(long, default_value_t = 2000)]
    turn_ms: u64,
    /// Size of the file in MiB.
    #[arg(long, default_value_t = 512)]
    file_mib: u64,
    /// CPU of the servers.
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// CPU of the client.
    #[arg(long, default_value_t = 1)]
    client_cpu: usize,
    /// Let the client spin instead of sleep: no server then pays for waking it.
    #[arg(long)]
    spin: bool,
    /// Two short rounds on a small file: shows that all works, measures nothing.
    #[arg(long)]
    quick: bool,
    /// Also write all turns as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "range-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let (rounds, turn_ms, file_mib) = if arguments.quick {
        (2, 200, 64)
    } else {
        (arguments.rounds, arguments.turn_ms, arguments.file_mib)
    };
    let waiting = if arguments.spin {
        Waiting::Spinning
    } else {
        Waiting::Asleep
    };
    let schedule = Schedule::of(rounds, turn_ms, waiting);
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("root");
    fs::create_dir(&root)?;
    let path = root.join("film.mp4");
    film::write_random(&path, file_mib << 20)?;
    let file = File::open(&path)?;
    let (entrants, left_out) = entrants(arguments, &root, folder.path());
    cpu::pin(arguments.client_cpu)?;

    let mut progress = |text: &str| {
        let _ = writeln!(io::stderr(), "{text}");
    };
    let contests = contest::run_ranges(&entrants, schedule, &file, &mut progress)?;
    print(&contests, &left_out, schedule, file_mib)?;
    match &arguments.json {
        Some(path) => fs::write(
            path,
            serde_json::to_vec_pretty(&contests).map_err(io::Error::other)?,
        ),
        None => Ok(()),
    }
}

/// The servers that could be started, and why the others could not.
fn entrants(arguments: &Arguments, root: &Path, private: &Path) -> (Vec<Entrant>, Vec<String>) {
    let place = Place::pinned(arguments.server_cpu);
    let origin = arguments.origin.clone().unwrap_or_else(|| beside_us(FLASKFLIX));
    let started = [
        (
            FLASKFLIX,
            "/stream/film.mp4/video",
            Server::flaskflix(&origin, root, place),
        ),
        (
            NGINX,
            "/film.mp4",
            Server::nginx(root, &private.join("nginx"), Sending::Sendfile, place),
        ),
        (
            "nginx, tcp_nopush on",
            "/film.mp4",
            Server::nginx(root, &private.join("nopush"), Sending::SendfileNopush, place),
        ),
        (
            "nginx, sendfile off",
            "/film.mp4",
            Server::nginx(root, &private.join("copy"), Sending::Copy, place),
        ),
        (
            SERVE_DIR,
            "/film.mp4",
            Server::peer(&beside_us("serve-dir-peer"), root, place),
        ),
    ];
    let mut entrants = Vec::new();
    let mut left_out = Vec::new();
    for (name, path, server) in started {
        match server {
            Ok(server) => entrants.push(Entrant {
                name: name.to_owned(),
                server,
                path: path.to_owned(),
            }),
            Err(error) => left_out.push(format!("LEFT OUT: {name}: {error}")),
        }
    }
    (entrants, left_out)
}

fn print(contests: &[Contest], left_out: &[String], schedule: Schedule, file_mib: u64) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(
        out,
        "Machine: {}. Medians of {} interleaved rounds of {} ms, file of {file_mib} MiB.\n",
        machine::describe(),
        schedule.rounds,
        schedule.turn.as_millis()
    )?;
    for contest in contests {
        writeln!(
            out,
            "{}",
            range_table::render(contest, &[NGINX, SERVE_DIR]).map_err(io::Error::other)?
        )?;
    }
    let turns = contests
        .iter()
        .flat_map(|contest| &contest.scores)
        .flat_map(|score| &score.turns);
    let compared: u64 = turns.map(|turn| turn.compared).sum();
    writeln!(
        out,
        "{compared} answers were compared with the file byte by byte."
    )?;
    for line in left_out {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn beside_us(name: &str) -> PathBuf {
    env::current_exe().map_or_else(|_| PathBuf::from(name), |path| path.with_file_name(name))
}
