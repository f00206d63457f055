//! `flaskflix-load`: simulated viewers against a `flaskflix-server`, over loopback.

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
use flaskflix_benches::load::{
    crowd,
    house::{Film, House},
    proof::Proof,
    report::Report,
    scenario::{Buffering, Scenario},
};

/// Simulated viewers against a flaskflix-server.
///
/// Each has its own account. They come one after the other during the ramp: log in, ask for a token, read the playlists,
/// and begin somewhere in the film. They fetch its segments at the pace at which a player with a buffer plays them, over and
/// over, and post their position. Segments and positions are measured after the ramp; log-ins, tokens and starts
/// during it. Standard output gets Markdown; the exit code is 1 when anything went wrong.
///
/// Without --host it starts a server of its own on a free port, with an empty data folder, and limits that let one
/// address act for all viewers. With --host the server must have such limits: --registrations-per-address,
/// --login-attempts-per-address, --mint-per-address.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A server that runs already.
    #[arg(long, value_name = "IP:PORT")]
    host: Option<SocketAddr>,
    /// Its process, on this machine, to watch its CPU, memory and open files.
    #[arg(long, requires = "host")]
    pid: Option<u32>,
    /// Its movie to watch.
    #[arg(long, requires = "host", default_value_t = 1)]
    movie: u64,
    /// The program to start [default: flaskflix-server beside this one].
    #[arg(long, value_name = "BINARY", conflicts_with = "host")]
    server: Option<PathBuf>,
    /// A film for the server that is started: a file, or `demo` for its own [default: two minutes of --kbps, made with
    /// ffmpeg].
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    film: Option<PathBuf>,
    /// Bit rate in kbit/s: of the film that is made, and of the rendition that is chosen.
    #[arg(long, default_value_t = 1000)]
    kbps: u32,
    /// Viewers that watch at once.
    #[arg(long, default_value_t = 1000)]
    viewers: u32,
    /// Seconds in which they come. Checking one password takes a processor tens of milliseconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    ramp: u64,
    /// Seconds that are measured after that.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    steady: u64,
    /// Seconds between two positions of a viewer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    progress: u64,
    /// Seconds of film that a player keeps ahead.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    buffer: u64,
    /// One segment of so many is hashed and compared with the same request made alone; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 64)]
    check: u64,
    /// Seconds after which a missing answer is an error.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    patience: u64,
    /// The beginning of the accounts' names.
    #[arg(long, default_value = "load-")]
    name: String,
    /// The password of all accounts.
    #[arg(long, default_value = "a password for load")]
    password: String,
    /// The accounts are there already: make none.
    #[arg(long)]
    no_register: bool,
    /// Where viewers begin and what is compared follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of this program. One leaves the rest of the machine to the server.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Also write everything as JSON, with the server second by second.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
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
    let house = match arguments.host {
        Some(_) => None,
        None => Some(House::open(&arguments.binary(), &arguments.film())?),
    };
    let (host, pid, movie) = match (&house, arguments.host) {
        (Some(house), _) => (house.host, Some(house.pid()), house.movie),
        (None, Some(host)) => (host, arguments.pid, arguments.movie),
        (None, None) => return Err(io::Error::other("no server")),
    };
    let scenario = Arc::new(arguments.scenario(host, movie));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.threads.max(1))
        .enable_all()
        .build()?;
    let (outcome, proof) = runtime.block_on(async {
        let outcome = crowd::run(&scenario, pid, !arguments.no_register).await?;
        let proof = Proof::of(&scenario, &outcome.totals).await;
        Ok::<_, io::Error>((outcome, proof))
    })?;
    let report = Report::of(&scenario, outcome, proof);
    io::stdout().write_all(report.markdown().as_bytes())?;
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(&report).map_err(io::Error::other)?;
        fs::write(path, json)?;
    }
    Ok(report.is_clean())
}

impl Arguments {
    fn scenario(&self, host: SocketAddr, movie: u64) -> Scenario {
        Scenario {
            host,
            viewers: self.viewers,
            ramp: Duration::from_secs(self.ramp),
            steady: Duration::from_secs(self.steady),
            movie,
            bits_per_second: u64::from(self.kbps).saturating_mul(1000),
            progress_every: Duration::from_secs(self.progress.max(1)),
            buffer: Buffering {
                target: Duration::from_secs(self.buffer),
                ..Buffering::default()
            },
            check_one_in: self.check,
            patience: Duration::from_secs(self.patience),
            name: self.name.clone(),
            password: self.password.replace(' ', "+"),
            seed: self.seed,
        }
    }

    fn film(&self) -> Film {
        match &self.film {
            None => Film::Made { kbps: self.kbps },
            Some(path) if path.as_os_str() == "demo" => Film::Demo,
            Some(path) => Film::File(path.clone()),
        }
    }

    fn binary(&self) -> PathBuf {
        let beside = || env::current_exe().map(|path| path.with_file_name("flaskflix-server"));
        self.server.clone().or_else(|| beside().ok()).unwrap_or_default()
    }
}
