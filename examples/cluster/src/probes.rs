//! What nodes have to agree on in time: tokens that are revoked, screens that a dead node held.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use flaskflix_benches::load::line::Keep;
use tokio::time::sleep;

use crate::{
    cluster::Cluster,
    engines::MAX_SCREENS,
    film::MASTER,
    report::Report,
    viewer::account,
    visitor::{GaveUp, Visitor},
};

/// Revokes a viewer's tokens through the first node, and judges when each node stops.
pub(crate) async fn judge_revocation(
    cluster: &Cluster,
    movie: u64,
    viewer: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let (first, name) = (cluster.nodes.first().ok_or("no node")?, account(viewer));
    let mut minter = Visitor::new(first.address);
    minter.log_in(&name).await?;
    let path = format!("{}{MASTER}", minter.mint(movie).await?);
    let mut readers: Vec<Visitor> = cluster.addresses().into_iter().map(Visitor::new).collect();
    let mut is_open = true;
    for reader in &mut readers {
        is_open &= reader.status(&path).await == Some(200);
    }
    report.judge(
        is_open,
        "revocation: until then the token opens the film on every node",
        "asked",
    )?;
    first.task(&["revoke", "--viewer", &name])?;
    let begun = Instant::now();
    let mut stopped = vec![None; readers.len()];
    while stopped.contains(&None) && begun.elapsed() < REVOKED_WITHIN.saturating_mul(3) {
        for (reader, stopped) in readers.iter_mut().zip(&mut stopped) {
            if stopped.is_none() && reader.status(&path).await == Some(401) {
                *stopped = Some(begun.elapsed());
            }
        }
        sleep(POLL).await;
    }
    let is_in_time = stopped
        .iter()
        .all(|stopped| stopped.is_some_and(|time| time <= REVOKED_WITHIN));
    let times: Vec<String> = stopped.iter().map(|time| shown(*time)).collect();
    let what = format!(
        "revocation: every node stops within {} s",
        REVOKED_WITHIN.as_secs()
    );
    report.judge(is_in_time, &what, &times.join(", "))?;
    Ok(())
}

/// Opens all screens of a viewer through the first node, kills it, and judges when the last node gives them away.
pub(crate) async fn judge_screens(
    cluster: &mut Cluster,
    movie: u64,
    viewer: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let (first, last) = cluster.nodes.split_first_mut().ok_or("no node")?;
    let last = last.last().ok_or("no other node")?;
    let mut visitor = Visitor::new(first.address);
    let cookie = visitor.log_in(&account(viewer)).await?;
    for _ in 0..MAX_SCREENS {
        let master = format!("{}{MASTER}", visitor.mint(movie).await?);
        watch(&mut visitor, &master).await?;
    }
    let opened = Instant::now();
    first.kill().await?;
    let mut visitor = Visitor::with_session(last.address, &cookie);
    let path = format!("/stream/{movie}/token");
    let refused = visitor.status(&path).await;
    let found = format!("{MAX_SCREENS} in use, {refused:?}");
    let what = "screens: another node refuses one more";
    report.judge(refused == Some(409), what, &found)?;
    let free = given_away(&mut visitor, &path, opened).await;
    let found = format!("{} after their last request", shown(free));
    let what = format!(
        "screens: those of a dead node are free within {} s",
        LEASE.as_secs()
    );
    // They are asked for once in every second.
    let is_in_time = free.is_some_and(|free| free <= LEASE.saturating_add(SECOND.saturating_mul(2)));
    report.judge(is_in_time, &what, &found)?;
    Ok(())
}

/// When a screen was to be had: twice in a row, for while Redis is slow to answer everybody may watch.
async fn given_away(visitor: &mut Visitor, path: &str, since: Instant) -> Option<Duration> {
    let mut given = None;
    while since.elapsed() < LEASE.saturating_mul(2) {
        let is_given = visitor.status(path).await == Some(200);
        if is_given && given.is_some() {
            return given;
        }
        given = is_given.then(|| since.elapsed());
        sleep(SECOND).await;
    }
    None
}

async fn watch(visitor: &mut Visitor, path: &str) -> Result<(), GaveUp> {
    visitor.get(path, Keep::Nothing).await.map(|_| ())
}

fn shown(time: Option<Duration>) -> String {
    time.map_or_else(
        || "never".to_owned(),
        |time| format!("{:.2} s", time.as_secs_f64()),
    )
}

/// docs/TOKENS.md: a token that is revoked stops everywhere within this time.
const REVOKED_WITHIN: Duration = Duration::from_secs(3);
/// docs/TOKENS.md: a screen that is not heard of is free again after this time.
const LEASE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(20);
