//! What packaging costs: segments of a 2-minute and a 2-hour film beside ranges of the same bytes, clear and encrypted;
//! playlists; the first request for a film; the memory of a film.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use clap::Parser;
use flaskflix_benches::{
    cpu, film, first_time, machine,
    segment_table::{self, Promise},
    segments::{self, Reel, Score},
    server::{Place, Server},
};

/// Segments asked for of each film.
const SEGMENTS: usize = 16;

/// Segments that are encrypted for the first time.
const FIRST_SEGMENTS: usize = 200;

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
    #[arg(long, default_value_t = 2530)]
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

/// How much is measured.
struct Scale {
    rounds: u32,
    turn_ms: u64,
    long: &'static str,
    /// How often the short film is played for the long one.
    times: u32,
    copies: (u32, u32),
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let scale = if arguments.quick {
        Scale {
            rounds: 2,
            turn_ms: 200,
            long: "10-minutes.mp4",
            times: 5,
            copies: (10, 5),
        }
    } else {
        Scale {
            rounds: arguments.rounds,
            turn_ms: arguments.turn_ms,
            long: "2-hours.mp4",
            times: 60,
            copies: (1000, 20),
        }
    };
    let folder = tempfile::tempdir()?;
    let films = folder.path().join("films");
    fs::create_dir(&films)?;
    film::encode(&films.join(SHORT), 120, arguments.kbps)?;
    film::repeat(&films.join(SHORT), &films.join(scale.long), scale.times)?;
    let binary = arguments.origin.clone().unwrap_or_else(|| {
        env::current_exe().map_or_else(|_| PathBuf::new(), |path| path.with_file_name("flaskflix-origin"))
    });
    let secret = folder.path().join("content.key");
    keygen(&binary, &secret)?;
    cpu::pin(arguments.client_cpu)?;
    let bench = Bench {
        arguments,
        scale,
        binary,
        films,
        secret,
    };
    let (rounds, turn_ms) = (bench.scale.rounds, bench.scale.turn_ms);
    let machine = machine::describe();
    let mut out = io::stdout();
    writeln!(
        out,
        "Machine: {machine}. Medians (min-max) of {rounds} interleaved rounds of {turn_ms} ms.\n"
    )?;
    let scores = bench.segments()?;
    let table = segment_table::render(&scores, PROMISES).map_err(io::Error::other)?;
    writeln!(out, "{table}")?;
    bench.first_encryption(&mut out)?;
    bench.first_time(&mut out)?;
    bench.memory(&mut out)?;
    match &arguments.json {
        Some(path) => fs::write(
            path,
            serde_json::to_vec_pretty(&scores).map_err(io::Error::other)?,
        ),
        None => Ok(()),
    }
}

struct Bench<'a> {
    arguments: &'a Arguments,
    scale: Scale,
    binary: PathBuf,
    films: PathBuf,
    secret: PathBuf,
}

impl Bench<'_> {
    fn clear(&self, root: &Path) -> io::Result<Server> {
        Server::packaging(&self.binary, root, Place::pinned(self.arguments.server_cpu))
    }

    fn segments(&self) -> io::Result<Vec<Score>> {
        let clear = self.clear(&self.films)?;
        let place = Place::pinned(self.arguments.server_cpu);
        let encrypting = Server::encrypting(&self.binary, &self.films, &self.secret, place)?;
        let long = self.scale.long;
        let len = fs::metadata(self.films.join(long))?.len();
        let short_segments = Reel::segments("segment, 2 minutes", &clear, SHORT, SEGMENTS)?;
        let long_segments = Reel::segments("segment, 2 hours", &clear, long, SEGMENTS)?;
        let reels = [
            Reel::ranges(
                "range of the file",
                &clear,
                &format!("/stream/{long}/video"),
                len,
                &long_segments,
            ),
            short_segments,
            long_segments,
            Reel::segments("segment, 2 hours, AES-128", &encrypting, long, SEGMENTS)?,
            Reel::playlist("playlist", &clear, long)?,
            Reel::playlist("playlist, 16 connections", &clear, long)?.over(16),
        ];
        let mut progress = |text: &str| {
            let _ = writeln!(io::stderr(), "{text}");
        };
        let turn = Duration::from_millis(self.scale.turn_ms);
        segments::run(&reels, self.scale.rounds, turn, &mut progress)
    }

    /// What a segment costs that nobody has encrypted before, beside the same segments in the clear.
    fn first_encryption(&self, out: &mut dyn Write) -> io::Result<()> {
        let clear = self.clear(&self.films)?;
        let place = Place::pinned(self.arguments.server_cpu);
        let sealed = Server::encrypting(&self.binary, &self.films, &self.secret, place)?;
        let mut asks = Reel::segments("", &clear, self.scale.long, FIRST_SEGMENTS)?.asks;
        let clear = first_time::cpu_us(&clear, &asks)?;
        for ask in &mut asks {
            // PKCS7: up to a whole block, one byte at least.
            ask.len = (ask.len / 16).saturating_add(1).saturating_mul(16);
        }
        // The plan is not what is measured.
        segments::whole(
            &sealed,
            &format!("http://{}/stream/{}/v1/1.m4s", sealed.host, self.scale.long),
        )?;
        let first = first_time::cpu_us(&sealed, &asks)?;
        writeln!(
            out,
            "A segment that is encrypted for the first time: {first:.0} us of CPU, {:.2} x a clear one ({} segments).\n",
            first / clear,
            asks.len()
        )
    }

    fn first_time(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "| first request of a new server | master playlist ms | then the first segment ms |"
        )?;
        writeln!(out, "|---|---:|---:|")?;
        for film in [SHORT, self.scale.long] {
            let times = first_time::ask(&|| self.clear(&self.films), film, self.scale.rounds)?;
            let (master, segment) = (times.master_ms, times.segment_ms);
            writeln!(out, "| {film} | {master:.2} | {segment:.2} |")?;
        }
        writeln!(out)
    }

    fn memory(&self, out: &mut dyn Write) -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (short, long) = (folder.path().join(SHORT), folder.path().join(self.scale.long));
        // As many samples in fewer bytes: memory goes with samples.
        film::encode(&short, 120, 100)?;
        film::repeat(&short, &long, self.scale.times)?;
        writeln!(
            out,
            "| film | copies | KB of memory for each, planned |\n|---|---:|---:|"
        )?;
        for (film, copies) in [(&short, self.scale.copies.0), (&long, self.scale.copies.1)] {
            let bytes = first_time::memory_of_a_film(&|root| self.clear(root), film, copies)?;
            let name = film.file_name().unwrap_or_default().display();
            writeln!(out, "| {name} | {copies} | {:.0} |", bytes / 1000.0)?;
        }
        Ok(())
    }
}

fn keygen(binary: &Path, secret: &Path) -> io::Result<()> {
    let made = Command::new(binary).arg("keygen").arg(secret).status()?;
    if made.success() {
        Ok(())
    } else {
        Err(io::Error::other("flaskflix-origin keygen failed"))
    }
}

const SHORT: &str = "2-minutes.mp4";

const PROMISES: &[Promise] = &[
    Promise {
        what: "a segment of a 2-hour film over a range of equal size",
        reels: ("segment, 2 hours", "range of the file"),
        at_most: 1.15,
    },
    Promise {
        what: "a segment of a 2-hour film over one of a 2-minute film",
        reels: ("segment, 2 hours", "segment, 2 minutes"),
        at_most: 1.1,
    },
    Promise {
        what: "an AES-128 segment over a clear one",
        reels: ("segment, 2 hours, AES-128", "segment, 2 hours"),
        at_most: 1.6,
    },
];
