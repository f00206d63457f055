//! `flaskflix-load`: simulated viewers against a server, over loopback.

use std::{
    env, fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use flaskflix_benches::{
    film,
    load::{
        arrivals::{Arrivals, Window},
        crowd,
        house::Movie,
        measured::Measured,
        proof::Proof,
        report::Report,
        scenario::{Buffering, Entry, Habits, Scenario},
        stage::{Against, Stage},
        tally::Totals,
    },
};

/// Simulated viewers against a flaskflix-server, a flaskflix-origin, or a peer with the same film as static files.
///
/// They come one after the other during the ramp: log in, ask for a token, read the playlists, and begin somewhere in the
/// film. They fetch its segments at the pace at which a player with a buffer plays them, over and over; they jump, change the
/// quality, and post their position. Some have slow lines, some have lines that break. Segments are measured after the ramp,
/// log-ins and starts during it. Standard output gets Markdown; the exit code is 1 when anything went wrong.
///
/// Without --host it starts a server of its own on a free port of the loopback interface. A flaskflix-server gets an empty
/// data folder and limits that let one machine act for all viewers; one that is named with --host must have such limits:
/// --registrations-per-address, --login-attempts-per-address, --mint-per-address, --max-connections-per-address.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The server to start.
    #[arg(long, value_enum, default_value_t = Against::Server, conflicts_with = "host")]
    against: Against,
    /// A flaskflix-server that runs already, or with --master any server of HLS.
    #[arg(long, value_name = "IP:PORT")]
    host: Option<SocketAddr>,
    /// Its process, on this machine, to watch its CPU, memory and open files.
    #[arg(long, requires = "host")]
    pid: Option<u32>,
    /// Its movie to watch.
    #[arg(long, requires = "host", default_value_t = 1)]
    movie: u64,
    /// Path of a master playlist that is open to all: no accounts, no positions.
    #[arg(long, value_name = "PATH", requires = "host", conflicts_with = "movie")]
    master: Option<String>,
    /// Where flaskflix-server, flaskflix-origin and serve-dir-peer are [default: beside this program].
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// A film for the server that is started: a file, or `demo` for its own [default: two minutes in three qualities
    /// around --kbps, made with ffmpeg once and kept in the target folder].
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    film: Option<PathBuf>,
    /// Bit rate in kbit/s: of the film that is made, and of the rendition that is chosen first.
    #[arg(long, default_value_t = 1000)]
    kbps: u32,
    /// Viewers that watch at once; with --knee the most.
    #[arg(long, default_value_t = 1000)]
    viewers: u32,
    /// Seconds in which they come. Checking one password takes a processor tens of milliseconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 90, conflicts_with = "knee")]
    ramp: u64,
    /// Seconds that are measured after that [default: 60; with --soak 600; with --knee 15 at each step].
    #[arg(long, value_name = "SECONDS")]
    steady: Option<u64>,
    /// Search for the number of viewers with which the server breaks: so many more come at each step, in as much time as is
    /// then measured, until there are errors or more than 1 % of them run out of film.
    #[arg(long, value_name = "VIEWERS")]
    knee: Option<u32>,
    /// Watch the server's memory for ten minutes; it is an error when it grows.
    #[arg(long, conflicts_with = "knee")]
    soak: bool,
    /// Seconds between two positions of a viewer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    progress: u64,
    /// Seconds of film that a player keeps ahead.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    buffer: u64,
    /// Seconds between two jumps of a viewer, on average; 0 for none.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    seek: u64,
    /// Seconds between two changes of quality of a viewer, on average; 0 for none.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    switch: u64,
    /// Viewers of a hundred whose line carries little more than the film.
    #[arg(long, value_name = "PERCENT", default_value_t = 5)]
    slow: u8,
    /// Viewers of a hundred whose line breaks in the middle of a segment now and then.
    #[arg(long, value_name = "PERCENT", default_value_t = 5)]
    flaky: u8,
    /// One segment of so many is hashed and compared with the same request made alone; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 64)]
    check: u64,
    /// Seconds after which a missing answer is an error.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    patience: u64,
    /// Loopback addresses from which the viewers come, 127.1.0.1 and so on: each has ports of its own. 0 leaves the choice
    /// to the kernel.
    #[arg(long, value_name = "N", default_value_t = 16)]
    sources: u32,
    /// The beginning of the accounts' names.
    #[arg(long, default_value = "load-")]
    name: String,
    /// The password of all accounts.
    #[arg(long, default_value = "a password for load")]
    password: String,
    /// The accounts are there already: make none.
    #[arg(long)]
    no_register: bool,
    /// Where viewers begin, what they do and what is compared follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of this program. One leaves the rest of the machine to the server.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// 40 viewers for some seconds: shows that everything works, measures nothing.
    #[arg(long, conflicts_with_all = ["viewers", "ramp", "steady", "soak"])]
    quick: bool,
    /// Also write everything as JSON, second by second.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also draw it.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "flaskflix-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<bool> {
    crowd::allow_files(arguments.viewers())?;
    let stage = match arguments.host {
        Some(_) => None,
        None => Some(Stage::open(
            arguments.against,
            &arguments.programs()?,
            &arguments.movie()?,
        )?),
    };
    let (host, pid, entry) = match (&stage, arguments.host) {
        (Some(stage), _) => (stage.host, Some(stage.pid), stage.entry.clone()),
        (None, Some(host)) => (host, arguments.pid, arguments.entry()),
        (None, None) => return Err(io::Error::other("no server")),
    };
    let server = stage
        .as_ref()
        .map_or_else(|| host.to_string(), |_| arguments.against.to_string());
    let scenario = Arc::new(arguments.scenario(host, entry));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.threads.max(1))
        .enable_all()
        .build()?;
    let (outcome, proof) = runtime.block_on(async {
        let register = !arguments.no_register;
        let outcome = crowd::run(&scenario, pid, register, &goes_on).await?;
        let proof = Proof::of(&scenario, &outcome.totals).await;
        Ok::<_, io::Error>((outcome, proof))
    })?;
    let report = Report::of(server, &scenario, outcome, proof, arguments.soak);
    io::stdout().write_all(report.markdown().as_bytes())?;
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(&report).map_err(io::Error::other)?;
        fs::write(path, json)?;
    }
    if let Some(path) = &arguments.svg {
        fs::write(path, report.plot())?;
    }
    Ok(report.is_clean())
}

/// Tells what a step showed, and ends a search for the knee with the first one in which the server did not stand.
fn goes_on(totals: &Totals, window: Window) -> bool {
    let measured = Measured::of(totals, &[], window);
    let _ = writeln!(
        io::stderr(),
        "{} viewers: {:.0} Mbit/s, segments p99 {:.0} ms, {} rebuffers, {} errors",
        window.viewers,
        measured.megabits_per_second,
        measured.segments.p99_ms,
        measured.rebuffers,
        measured.errors
    );
    measured.still_stands()
}

impl Arguments {
    fn viewers(&self) -> u32 {
        if self.quick { 40 } else { self.viewers }
    }

    fn entry(&self) -> Entry {
        match &self.master {
            Some(master) => Entry::Open {
                master: master.clone(),
            },
            None => Entry::Account { movie: self.movie },
        }
    }

    fn arrivals(&self) -> Arrivals {
        let usual = match (self.soak, self.knee) {
            (true, _) => 600,
            (false, Some(_)) => 15,
            (false, None) => 60,
        };
        let (ramp, steady) = if self.quick {
            (Duration::from_secs(4), Duration::from_secs(8))
        } else {
            let steady = Duration::from_secs(self.steady.unwrap_or(usual));
            (Duration::from_secs(self.ramp), steady)
        };
        match self.knee {
            None => Arrivals::Ramp { ramp, steady },
            Some(viewers) => Arrivals::Steps {
                viewers: if self.quick { 20 } else { viewers },
                ramp: steady,
                steady,
            },
        }
    }

    fn scenario(&self, host: SocketAddr, entry: Entry) -> Scenario {
        Scenario {
            host,
            viewers: self.viewers(),
            arrivals: self.arrivals(),
            entry,
            bits_per_second: u64::from(self.kbps).saturating_mul(1000),
            progress_every: Duration::from_secs(self.progress.max(1)),
            buffer: Buffering {
                target: Duration::from_secs(self.buffer),
                ..Buffering::default()
            },
            habits: Habits {
                seek_every: Duration::from_secs(self.seek),
                switch_every: Duration::from_secs(self.switch),
                slow_percent: self.slow,
                flaky_percent: self.flaky,
            },
            check_one_in: self.check,
            patience: Duration::from_secs(self.patience),
            sources: self.sources,
            name: self.name.clone(),
            password: self.password.replace(' ', "+"),
            seed: self.seed,
        }
    }

    fn movie(&self) -> io::Result<Movie> {
        match &self.film {
            Some(path) if path.as_os_str() == "demo" => Ok(Movie::Demo),
            Some(path) => Ok(Movie::Files(vec![path.clone()])),
            None => {
                // Beside the folder of this program: target/tmp.
                let programs = env::current_exe()?;
                let kept = programs.ancestors().nth(2).map(|target| target.join("tmp/load"));
                let kept = kept.ok_or(io::ErrorKind::NotFound)?;
                film::ladder(&kept, self.kbps).map(Movie::Files)
            }
        }
    }

    fn programs(&self) -> io::Result<PathBuf> {
        match &self.programs {
            Some(folder) => Ok(folder.clone()),
            None => Ok(env::current_exe()?.with_file_name("")),
        }
    }
}
