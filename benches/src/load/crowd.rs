//! All viewers, from the first account to the last byte.

use std::{io, sync::Arc, time::Duration};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    task::JoinSet,
    time::{self, Instant},
};

use super::{
    arrivals::Window,
    line::Line,
    scenario::{Entry, Scenario},
    tally::{Tally, Totals},
    viewer::{Counted, Viewer},
    watch::{Moment, Watch},
};

/// What a run brought.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the viewers saw.
    pub totals: Totals,
    /// The windows that were measured, in order.
    pub windows: Vec<Window>,
    /// What the server was, second by second; empty when its pid is not known.
    pub moments: Vec<Moment>,
    /// How long making the accounts took.
    pub registering: Duration,
}

/// Whether the run goes on after a window.
pub type GoesOn = dyn Fn(&Totals, Window) -> bool + Send + Sync;

/// Makes the accounts, lets the viewers come and watch, and lets the curtain fall after the last window, or after
/// the first one that `goes_on` does not like.
///
/// # Errors
/// When the process may not open enough files, or a viewer panics.
pub async fn run(
    scenario: &Arc<Scenario>,
    server: Option<u32>,
    register: bool,
    goes_on: &GoesOn,
) -> io::Result<Outcome> {
    allow_files(scenario.viewers)?;
    let tally = Arc::new(Tally::default());
    let begun = Instant::now();
    if register && matches!(scenario.entry, Entry::Account { .. }) {
        make_accounts(scenario, &tally).await?;
    }
    let registering = begun.elapsed();
    let begin = Instant::now();
    let (curtain, seen) = tokio::sync::watch::channel(false);
    let watch = server.map(|pid| tokio::spawn(Watch::of(pid).look_until(seen.clone())));
    let mut viewers = JoinSet::new();
    for number in 0..scenario.viewers {
        viewers.spawn(viewer(number, scenario, &tally, begin).live(seen.clone()));
    }
    let mut windows = Vec::new();
    for window in scenario.arrivals.windows(scenario.viewers) {
        time::sleep_until(begin + window.to).await;
        windows.push(window);
        if !goes_on(&tally.totals(), window) {
            break;
        }
    }
    let _ = curtain.send(true);
    while let Some(left) = viewers.join_next().await {
        left.map_err(io::Error::other)?;
    }
    let moments = match watch {
        Some(watch) => watch.await.map_err(io::Error::other)?,
        None => Vec::new(),
    };
    let totals = tally.totals().clone();
    Ok(Outcome {
        totals,
        windows,
        moments,
        registering,
    })
}

pub(super) fn viewer(number: u32, scenario: &Arc<Scenario>, tally: &Arc<Tally>, begin: Instant) -> Viewer {
    Viewer {
        number,
        scenario: Arc::clone(scenario),
        tally: Arc::clone(tally),
        begin,
    }
}

/// A few at a time: hashing passwords is the server's slowest work, and nothing is measured here.
async fn make_accounts(scenario: &Arc<Scenario>, tally: &Arc<Tally>) -> io::Result<()> {
    let mut clerks = JoinSet::new();
    for clerk in 0..CLERKS {
        let (scenario, tally) = (Arc::clone(scenario), Arc::clone(tally));
        clerks.spawn(async move {
            let mut line = Line::new(scenario.host, scenario.patience).from(scenario.source(clerk));
            for number in (clerk..scenario.viewers).step_by(CLERK_STEP) {
                // Counted; a viewer without an account will fail to log in.
                let _: Result<(), Counted> = viewer(number, &scenario, &tally, Instant::now())
                    .register(&mut line)
                    .await;
            }
        });
    }
    while let Some(done) = clerks.join_next().await {
        done.map_err(io::Error::other)?;
    }
    Ok(())
}

/// A connection for each viewer, and some. Children inherit what was raised: call it before a server is started, too.
///
/// # Errors
/// When the hard limit is lower.
pub fn allow_files(viewers: u32) -> io::Result<()> {
    let needed = u64::from(viewers).saturating_add(400);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|maximum| maximum < needed) {
        return Err(io::Error::other(format!(
            "{needed} open files are needed and not allowed: raise the hard limit (ulimit -Hn), or let fewer viewers come"
        )));
    }
    // All that is allowed: a server may need more for each viewer than we do.
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}

const CLERKS: u32 = 4;
const CLERK_STEP: usize = 4;
