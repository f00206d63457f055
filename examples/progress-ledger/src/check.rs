//! The run: start, read back, write, kill, and again.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt, fs,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    args::CheckArgs,
    badges::Badges,
    client::Client,
    database::{Database, LONGEST_RETURN, Returns},
    flaskflix_server,
    judge::{self, Kind, Violation},
    ledger::Ledger,
    process::Server,
    story::{self, Row, Words},
    writer::{self, Dice, Shared},
};

/// What a run found. `Display` is the table, one line.
#[derive(Debug)]
pub(crate) struct Outcome {
    acknowledged: u64,
    refused: u64,
    kills: u32,
    kinds: BTreeMap<Kind, usize>,
    /// Sessions that were gone after a kill.
    signed_out: usize,
    /// Of a database that was killed, too.
    returns: Option<Returns>,
    wall: Duration,
}

impl Outcome {
    /// How many violations there were.
    pub(crate) fn violations(&self) -> usize {
        let late = self.returns.map_or(0, |returns| returns.late);
        let found: usize = self.kinds.values().sum();
        found.saturating_add(self.signed_out).saturating_add(late)
    }
}

/// Runs, prints every violation and the table.
pub(crate) async fn run(args: CheckArgs) -> Result<Outcome, Box<dyn Error>> {
    let deadline = Duration::from_secs(args.deadline);
    let temporary = tempfile::tempdir()?;
    let data = args.data.as_deref().unwrap_or(temporary.path());
    fs::create_dir_all(data)?;
    let outcome = timeout(deadline, judge_server(&args, data))
        .await
        .map_err(|_| format!("no verdict within {} s", args.deadline))??;
    writeln!(io::stdout(), "{outcome}")?;
    Ok(outcome)
}

async fn judge_server(args: &CheckArgs, data: &Path) -> Result<Outcome, Box<dyn Error>> {
    let started = Instant::now();
    let server_data = data.join("server");
    // A ledger is about everything that its server has seen.
    if server_data.exists() {
        return Err(format!("{} holds the data of another run", data.display()).into());
    }
    fs::create_dir(&server_data)?;
    let mut database = Database::start(args)?;
    let database_url = database
        .as_ref()
        .map(Database::url)
        .or_else(|| args.database_url.clone());
    let badges = prepare(args, &server_data, database_url.as_deref()).await?;
    let ledger = Ledger::create(&data.join("ledger.txt"))?;
    let shared = Arc::new(Shared::new(ledger, badges));
    let (address, server_address) = watch::channel(None);
    let mut writers = JoinSet::new();
    for viewer in 0..args.writers {
        writers.spawn(writer::run(
            Arc::clone(&shared),
            viewer,
            args.titles,
            server_address.clone(),
        ));
    }
    let mut dice = Dice::new(u64::from(args.kills));
    for kill in 0..args.kills {
        let server = start(args, &shared, &server_data).await?;
        address.send_replace(Some(server.address));
        let deaths = database
            .as_ref()
            .map_or(0, |database| database.kills_in_life(kill));
        let acks = args.acks / (deaths + 1);
        wait_for_reports(&shared, &mut dice, acks).await?;
        for _ in 0..deaths {
            if let Some(database) = &mut database {
                database.kill(&shared).await?;
            }
            wait_for_reports(&shared, &mut dice, acks).await?;
        }
        // The server's last word before the kill is a session.
        let viewer = story::viewer_name(u16::try_from(kill % u32::from(args.writers))?);
        shared.badges.log_in(server.address, &viewer).await?;
        server.kill().await?;
        address.send_replace(None);
    }
    drop(address);
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    start(args, &shared, &server_data).await?.kill().await?;
    let mut outcome = outcome(args, &shared, started.elapsed())?;
    outcome.returns = database.map(|database| database.returns());
    Ok(outcome)
}

/// Sets the server up; how its viewers are told to it.
async fn prepare(args: &CheckArgs, data: &Path, database_url: Option<&str>) -> io::Result<Badges> {
    let Some(program) = &args.flaskflix_server else {
        return Ok(Badges::Headers);
    };
    flaskflix_server::prepare(program, data, database_url, args.writers, args.titles).await?;
    Ok(Badges::Sessions(Mutex::default()))
}

/// Waits for from half to one and a half times so many acknowledgements, so that a kill comes at no certain moment.
async fn wait_for_reports(shared: &Shared, dice: &mut Dice, acks: u32) -> Result<(), Box<dyn Error>> {
    let reports = u64::from(acks / 2) + dice.throw(acks.into()) + 1;
    let goal = shared.with(|ledger| ledger.acknowledged()) + reports;
    let mut acknowledged = shared.acknowledged.subscribe();
    acknowledged
        .wait_for(|&acknowledged| acknowledged >= goal)
        .await?;
    Ok(())
}

/// Starts the server and judges what it still knows.
async fn start(args: &CheckArgs, shared: &Shared, data: &Path) -> io::Result<Server> {
    let server = Server::start(args, data).await?;
    let viewers = story::viewer_names(args.writers);
    shared.badges.present(server.address, viewers).await?;
    read_back(args, shared, &server).await?;
    Ok(server)
}

/// Reads every row in both ways that there are, while nobody writes, and judges it.
async fn read_back(args: &CheckArgs, shared: &Shared, server: &Server) -> io::Result<()> {
    let connect = |viewer: &str| Client::connect(server.address, shared.badges.of(viewer));
    for viewer in 0..args.writers {
        let mut client = connect(&story::viewer_name(viewer)).await?;
        let shown = client.continue_watching().await?;
        for title in 0..args.titles {
            let row = Row { viewer, title };
            let read = client.read(row).await?;
            let in_the_row = shown.iter().find(|(name, _)| *name == row.title_name());
            for found in [read, in_the_row.map(|&(_, words)| words)] {
                judge_row(shared, row, found);
            }
        }
        if shown.len() > usize::from(args.titles) {
            return Err(io::Error::other("the row holds titles that nobody watched"));
        }
    }
    let mut nobody = connect(story::NOBODY).await?;
    match nobody.continue_watching().await?.is_empty() {
        true => Ok(()),
        false => Err(io::Error::other("a viewer who watched nothing has a row")),
    }
}

fn judge_row(shared: &Shared, row: Row, found: Option<Words>) {
    let account = shared.with(|ledger| ledger.account(row));
    if let Some(violation) = judge::judge(row, &account, found) {
        shared.tell(violation);
    }
}

fn outcome(args: &CheckArgs, shared: &Shared, wall: Duration) -> io::Result<Outcome> {
    let mut kinds = BTreeMap::new();
    let mut out = io::stdout().lock();
    for violation in shared.violations() {
        writeln!(out, "{violation}")?;
        let Violation { kind, .. } = violation;
        let count: &mut usize = kinds.entry(kind).or_default();
        *count = count.saturating_add(1);
    }
    let signed_out = shared.badges.signed_out();
    for viewer in &signed_out {
        writeln!(
            out,
            "signed out: viewer {viewer}: the session it was given is gone"
        )?;
    }
    Ok(shared.with(|ledger| Outcome {
        acknowledged: ledger.acknowledged(),
        refused: ledger.refused(),
        kills: args.kills,
        kinds,
        signed_out: signed_out.len(),
        returns: None,
        wall,
    }))
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (acknowledged, refused, kills) = (self.acknowledged, self.refused, self.kills);
        write!(
            f,
            "| acknowledged {acknowledged} | refused {refused} | kills {kills} |"
        )?;
        if let Some(Returns { kills, slowest, late }) = self.returns {
            let (slowest, limit) = (slowest.as_secs_f64(), LONGEST_RETURN.as_secs());
            write!(
                f,
                " database kills {kills} | back in {slowest:.2} s, later than {limit} s {late} |"
            )?;
        }
        for kind in Kind::ALL {
            let count = self.kinds.get(&kind).copied().unwrap_or_default();
            write!(f, " {kind} {count} |")?;
        }
        let (signed_out, secs) = (self.signed_out, self.wall.as_secs_f64());
        write!(f, " signed out {signed_out} | {secs:.1} s |")
    }
}
