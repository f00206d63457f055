//! FlaskFlix and its peers on the same files in one run: ranges, segments, idle connections.

use std::{
    env,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use flaskflix_benches::{
    client::Waiting,
    compare::{
        document,
        entrants::{ALL, Hall, NGINX, PACED, SERVE_DIR, Who},
        idle,
        rows::{Cost, Row, Target},
        tables,
    },
    connection::Ask,
    contest::{self, Contest, Entrant, LoadShape, Schedule},
    cpu,
    dice::Dice,
    film, machine,
    numbers::float,
    segments::{self, Reel},
    server::Server,
    tls::{self, Identity},
};

/// Measures CPU time and memory of flaskflix-origin, nginx, tower-http, actix-files and http-serve: one worker each, pinned to
/// one CPU, the client on another, the page cache hot, rounds interleaved. Needs ffmpeg for the segments. A peer that cannot be
/// started is left out, and the output says so.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where flaskflix-origin and serve-dir-peer are [default: beside this program].
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Where the programs of benches/peers are [default: beside this program].
    #[arg(long, value_name = "FOLDER")]
    peers: Option<PathBuf>,
    /// Rounds; each server has one turn in each.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Milliseconds of a turn.
    #[arg(long, default_value_t = 1500)]
    turn_ms: u64,
    /// CPU of the servers.
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// CPU of the client.
    #[arg(long, default_value_t = 1)]
    client_cpu: usize,
    /// Two short rounds on small files: shows that all works, measures nothing.
    #[arg(long)]
    quick: bool,
    /// Only rows whose title has this in it, for a profile: "64 KiB", "segments", "TLS", "idle". May be given again.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["page", "images"])]
    only: Vec<String>,
    /// Put the tables into this page, between its markers.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Put the plots into this folder.
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Also write all rounds as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench-compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let bench = Bench::prepare(arguments, folder.path())?;
    cpu::pin(arguments.client_cpu)?;
    let wanted = |title: &str| {
        let only = &arguments.only;
        only.is_empty() || only.iter().any(|text| title.contains(text))
    };
    let mut rows = Vec::new();
    for (range_bytes, connections) in [(2 << 20, 16), (2 << 20, 256), (64 << 10, 16), (64 << 10, 256)] {
        let shape = LoadShape {
            range_bytes,
            connections,
        };
        if wanted(&ranges_title(shape)) {
            rows.push(bench.ranges(shape)?);
        }
    }
    if wanted(SEGMENTS_TITLE) {
        rows.push(bench.segments()?);
    }
    if wanted(&tls_title()) {
        rows.extend(bench.tls()?);
    }
    let idle = if wanted(&bench.idle_title()) {
        vec![bench.idle()?]
    } else {
        Vec::new()
    };
    bench.tell(arguments, &rows, &idle)
}

/// What all rows share.
struct Bench {
    hall: Hall,
    present: Vec<Who>,
    left_out: Vec<String>,
    schedule: Schedule,
    idle_connections: usize,
    /// For TLS, when ours can do it.
    identity: Option<Identity>,
    file_mib: u64,
}

impl Bench {
    fn prepare(arguments: &Arguments, folder: &Path) -> io::Result<Self> {
        let beside = env::current_exe()?.with_file_name("");
        let root = folder.join("root");
        fs::create_dir(&root)?;
        let file_mib = if arguments.quick { 64 } else { 512 };
        film::write_random(&root.join(FILE), file_mib << 20)?;
        film::encode(
            &root.join(FILM),
            if arguments.quick { 30 } else { 120 },
            FILM_KBPS,
        )?;
        let hall = Hall {
            programs: arguments.programs.clone().unwrap_or_else(|| beside.clone()),
            peers: arguments.peers.clone().unwrap_or(beside),
            root,
            private: folder.to_owned(),
            cpu: arguments.server_cpu,
        };
        let (rounds, turn_ms) = if arguments.quick {
            (2, 150)
        } else {
            (arguments.rounds, arguments.turn_ms)
        };
        let mut bench = Self {
            hall,
            present: Vec::new(),
            left_out: Vec::new(),
            schedule: Schedule::of(rounds, turn_ms, Waiting::Asleep),
            idle_connections: if arguments.quick { 200 } else { 5000 },
            identity: None,
            file_mib,
        };
        for who in ALL {
            match who.start(&bench.hall) {
                Ok(_) => bench.present.push(who),
                Err(error) => bench.left_out.push(format!("LEFT OUT: {}: {error}", who.name())),
            }
        }
        let identity = Identity::make(folder);
        match identity.and_then(|identity| Who::Origin.start_tls(&bench.hall, &identity).map(|_| identity)) {
            Ok(identity) => bench.identity = Some(identity),
            Err(error) => bench.left_out.push(format!("LEFT OUT: TLS: {error}")),
        }
        Ok(bench)
    }

    fn entrants(&self, file: &str) -> io::Result<Vec<Entrant>> {
        let start = |who: &Who| {
            Ok(Entrant {
                name: who.name().to_owned(),
                server: who.start(&self.hall)?,
                path: who.path(file),
            })
        };
        self.present.iter().map(start).collect()
    }

    fn ranges(&self, shape: LoadShape) -> io::Result<Row> {
        let small = is_small(shape);
        let title = ranges_title(shape);
        let file = File::open(self.hall.root.join(FILE))?;
        let mut progress = |text: &str| say(&format!("{title}: {text}"));
        let contest = contest::run(&self.entrants(FILE)?, shape, self.schedule, &file, &mut progress)?;
        let of: fn(&contest::Turn) -> f64 = if small {
            |turn| turn.cpu_us_per_request
        } else {
            |turn| turn.cpu_secs_per_gb
        };
        Ok(Row {
            costs: costs(&contest, of),
            unit: if small { "CPU us per request" } else { "CPU s/GB" },
            targets: targets(if small { 0.9 } else { 0.7 }),
            title,
        })
    }

    /// Segments that are packaged as they are asked for, beside ranges of the same bytes of the file that they are made of.
    fn segments(&self) -> io::Result<Row> {
        let entrants = self.entrants(FILM)?;
        let origin = entrants.first().ok_or_else(|| io::Error::other("no entrants"))?;
        let whole = fs::metadata(self.hall.root.join(FILM))?.len();
        let packaged = Reel::segments(&origin.name, &origin.server, FILM, SEGMENTS)?.over(CONNECTIONS);
        let mut reels = Vec::new();
        for peer in entrants.iter().skip(1).filter(|peer| peer.name != PACED) {
            let ranges = Reel::ranges(&peer.name, &peer.server, &peer.path, whole, &packaged);
            reels.push(ranges.over(CONNECTIONS));
        }
        let anew = Server::packaging(&self.hall.origin(), &self.hall.root, self.hall.place())?;
        let made_anew = Reel::segments(MADE_ANEW, &anew, FILM, SEGMENTS)?;
        let own_range = Reel::ranges(OWN_RANGE, &origin.server, &origin.path, whole, &packaged);
        reels.insert(0, own_range.over(CONNECTIONS));
        reels.insert(0, made_anew.over(CONNECTIONS));
        reels.insert(0, packaged);
        let mut progress = |text: &str| say(&format!("segments: {text}"));
        let (rounds, turn) = (self.schedule.rounds, self.schedule.turn);
        let scores = segments::run(&reels, rounds, turn, &mut progress)?;
        let cost = |score: &segments::Score| Cost {
            server: score.name.clone(),
            rounds: score.turns.iter().map(|turn| turn.cpu_us).collect(),
        };
        Ok(Row {
            title: SEGMENTS_TITLE.to_owned(),
            unit: "CPU us each",
            costs: scores.iter().map(cost).collect(),
            targets: targets(0.85),
        })
    }

    /// 2 MiB ranges over TLS 1.3; nothing when ours cannot do it.
    fn tls(&self) -> io::Result<Option<Row>> {
        let Some(identity) = &self.identity else {
            return Ok(None);
        };
        let mut dice = Dice::new(1);
        let places = self.file_mib / 2;
        let start = |who: &Who| {
            let ask = |_| Ask {
                path: who.path(FILE),
                range_start: Some(dice.below(places) << 21),
                len: 2 << 20,
                compare: false,
            };
            let asks: Vec<Ask> = (0..256).map(ask).collect();
            Ok((who.name(), who.start_tls(&self.hall, identity)?, asks))
        };
        let present = self.present.iter().filter(|who| who.speaks_tls());
        let entrants: Vec<_> = present.map(start).collect::<io::Result<_>>()?;
        let mut costs: Vec<Cost> = entrants.iter().map(|(name, _, _)| Cost::none(name)).collect();
        for round in 0..self.schedule.rounds {
            for ((name, server, asks), cost) in entrants.iter().zip(&mut costs) {
                say(&format!("TLS: round {}: {name}", round.saturating_add(1)));
                let mut clients = tls::Clients::connect(server.host, identity, CONNECTIONS)?;
                clients.run(self.schedule.warm_up, asks)?;
                let before = server.cpu_seconds()?;
                let load = clients.run(self.schedule.turn, asks)?;
                let cpu = server.cpu_seconds()? - before;
                cost.rounds.push(cpu * 1e9 / float(load.bytes));
            }
        }
        Ok(Some(Row {
            title: tls_title(),
            unit: "CPU s/GB",
            costs,
            targets: vec![Target::Ratio {
                peer: NGINX,
                at_most: 1.0,
            }],
        }))
    }

    fn idle_title(&self) -> String {
        format!("{} idle keep-alive connections", self.idle_connections)
    }

    fn idle(&self) -> io::Result<Row> {
        let mut costs: Vec<Cost> = self.present.iter().map(|who| Cost::none(who.name())).collect();
        for round in 0..self.schedule.rounds {
            for (who, cost) in self.present.iter().zip(&mut costs) {
                say(&format!(
                    "idle connections: round {}: {}",
                    round.saturating_add(1),
                    who.name()
                ));
                let ask = Ask {
                    path: who.path(FILE),
                    range_start: Some(0),
                    len: 64 << 10,
                    compare: false,
                };
                // A new server each time: what it had for connections, it keeps.
                let server = who.start(&self.hall)?;
                cost.rounds
                    .push(idle::kib_each(&server, &ask, self.idle_connections)?);
            }
        }
        Ok(Row {
            title: self.idle_title(),
            unit: "KiB each",
            costs,
            targets: vec![Target::Cost { at_most: 12.0 }],
        })
    }

    fn tell(&self, arguments: &Arguments, rows: &[Row], idle: &[Row]) -> io::Result<()> {
        let all: Vec<Row> = rows.iter().chain(idle).cloned().collect();
        let promises = tables::promises(&all).map_err(io::Error::other)?;
        let costs = tables::costs(&all, &[NGINX, SERVE_DIR]).map_err(io::Error::other)?;
        let about = format!(
            "Machine: {}. Medians (min-max) of {} interleaved rounds of {} ms, file of {} MiB.\n",
            machine::describe(),
            self.schedule.rounds,
            self.schedule.turn.as_millis(),
            self.file_mib
        );
        let left_out = self.left_out.join("\n");
        let promises = format!("{about}\n{promises}\n{left_out}");
        writeln!(io::stdout(), "{promises}\n\n{costs}")?;
        if let Some(path) = &arguments.page {
            let page = fs::read_to_string(path)?;
            let page = document::replace(&page, "bench-compare promises", &promises)?;
            let page = document::replace(&page, "bench-compare costs", &costs)?;
            fs::write(path, page)?;
        }
        if let Some(folder) = &arguments.images {
            fs::write(folder.join("compare-cpu.svg"), tables::plot_ratios(rows, NGINX))?;
            let memory = tables::plot_costs("Memory of a connection that does nothing", idle);
            fs::write(folder.join("compare-idle.svg"), memory)?;
        }
        match &arguments.json {
            Some(path) => fs::write(path, serde_json::to_vec_pretty(&all).map_err(io::Error::other)?),
            None => Ok(()),
        }
    }
}

/// Against nginx this much; against `ServeDir` 2.5 times less everywhere.
fn targets(nginx: f64) -> Vec<Target> {
    vec![
        Target::Ratio {
            peer: NGINX,
            at_most: nginx,
        },
        Target::Ratio {
            peer: SERVE_DIR,
            at_most: 0.4,
        },
    ]
}

const fn is_small(shape: LoadShape) -> bool {
    shape.range_bytes < 1 << 20
}

fn ranges_title(shape: LoadShape) -> String {
    let size = if is_small(shape) { "64 KiB" } else { "2 MiB" };
    format!("{size} ranges, {} connections", shape.connections)
}

fn tls_title() -> String {
    format!("2 MiB ranges over TLS 1.3, {CONNECTIONS} connections")
}

fn costs(contest: &Contest, of: fn(&contest::Turn) -> f64) -> Vec<Cost> {
    let cost = |score: &contest::Score| Cost {
        server: score.name.clone(),
        rounds: score.turns.iter().map(of).collect(),
    };
    contest.scores.iter().map(cost).collect()
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

const FILE: &str = "random.mp4";
const FILM: &str = "2-minutes.mp4";

/// Its segments of six seconds have 1.9 MB.
const FILM_KBPS: u32 = 2530;

const SEGMENTS_TITLE: &str = "Packaged 1.9 MB segments over static ranges of the same bytes";
const SEGMENTS: usize = 16;
const CONNECTIONS: usize = 16;
const OWN_RANGE: &str = "flaskflix-origin, range";
const MADE_ANEW: &str = "flaskflix-origin, anew";
