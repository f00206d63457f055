//! Just-in-time media segments of a 2-minute and a 2-hour film: time to first byte and CPU, index cached.

use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use flaskflix_benches::{
    cpu, film, machine,
    segments::{self, Reel},
    server::Server,
};

/// Segments asked for of each film.
const SEGMENTS: usize = 16;

/// Measures one keep-alive connection, loopback, page cache and index cache hot. Needs ffmpeg.
#[derive(Debug, Parser)]
struct Arguments {
    /// The flaskflix-origin to measure [default: beside this program].
    #[arg(long, value_name = "BINARY")]
    origin: Option<PathBuf>,
    /// Rounds; each film has one turn in each.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Milliseconds of a turn.
    #[arg(long, default_value_t = 2000)]
    turn_ms: u64,
    /// Video bit rate in kbit/s; the 2-hour film takes about 1 GB for each 1000.
    #[arg(long, default_value_t = 2000)]
    kbps: u32,
    /// CPU of the server.
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// CPU of the client.
    #[arg(long, default_value_t = 1)]
    client_cpu: usize,
    /// Two short rounds and a 10-minute film: shows that all works, measures nothing.
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
            let _ = writeln!(io::stderr(), "segment-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let (rounds, turn_ms, times, long) = if arguments.quick {
        (2, 200, 5, "10-minutes.mp4")
    } else {
        (arguments.rounds, arguments.turn_ms, 60, "2-hours.mp4")
    };
    let short = "2-minutes.mp4";
    let folder = tempfile::tempdir()?;
    film::encode(&folder.path().join(short), 120, arguments.kbps)?;
    film::repeat(&folder.path().join(short), &folder.path().join(long), times)?;
    let binary = arguments.origin.clone().unwrap_or_else(|| {
        env::current_exe().map_or_else(|_| PathBuf::new(), |path| path.with_file_name("flaskflix-origin"))
    });
    let server = Server::flaskflix(&binary, folder.path(), arguments.server_cpu)?;
    cpu::pin(arguments.client_cpu)?;
    let reels = [short, long]
        .iter()
        .map(|film| Reel::of(&server, film, SEGMENTS))
        .collect::<io::Result<Vec<_>>>()?;
    let turn = Duration::from_millis(turn_ms);
    let mut progress = |text: &str| {
        let _ = writeln!(io::stderr(), "{text}");
    };
    let scores = segments::run(&server, &reels, rounds, turn, &mut progress)?;
    let mut out = io::stdout();
    let machine = machine::describe();
    writeln!(
        out,
        "Machine: {machine}. Medians (min-max) of {rounds} interleaved rounds of {turn_ms} ms.\n"
    )?;
    writeln!(out, "{}", segments::render(&scores).map_err(io::Error::other)?)?;
    match &arguments.json {
        Some(path) => fs::write(
            path,
            serde_json::to_vec_pretty(&scores).map_err(io::Error::other)?,
        ),
        None => Ok(()),
    }
}
