//! What nodes have to agree on in time: tokens that are revoked, screens that a dead node held.

use std::{
    error::Error,
    io,
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

/// All screens of one viewer, opened through the node that is going to die.
#[derive(Debug)]
pub(crate) struct HeldScreens {
    /// Asks the node that is left.
    visitor: Visitor,
    path: String,
    opened: Instant,
}

impl HeldScreens {
    /// Opens as many as there may be, through the first node. The last one must refuse another.
    pub(crate) async fn open(
        cluster: &Cluster,
        movie: u64,
        viewer: usize,
        report: &mut Report,
    ) -> Result<Self, Box<dyn Error>> {
        let (first, last) = (cluster.nodes.first(), cluster.nodes.last());
        let (first, last) = first.zip(last).ok_or("no node")?;
        let mut visitor = Visitor::new(first.address);
        let cookie = visitor.log_in(&account(viewer)).await?;
        for _ in 0..MAX_SCREENS {
            let master = format!("{}{MASTER}", visitor.mint(movie).await?);
            watch(&mut visitor, &master).await?;
        }
        let mut held = Self {
            visitor: Visitor::with_session(last.address, &cookie),
            path: format!("/stream/{movie}/token"),
            opened: Instant::now(),
        };
        let refused = held.visitor.status(&held.path).await;
        let found = format!("{MAX_SCREENS} in use, {refused:?}");
        report.judge(
            refused == Some(409),
            "screens: another node refuses one more",
            &found,
        )?;
        Ok(held)
    }

    /// Waits until the other node gives one of them away.
    pub(crate) async fn judge_release(mut self, report: &mut Report) -> io::Result<()> {
        let mut asked = 0_u32;
        let mut is_free = false;
        while !is_free && self.opened.elapsed() < LEASE.saturating_mul(2) {
            asked = asked.saturating_add(1);
            is_free = self.visitor.status(&self.path).await == Some(200);
            sleep(POLL).await;
        }
        let after = self.opened.elapsed();
        let bound = if asked == 1 { "at most " } else { "" };
        let found = format!("{bound}{:.1} s after the last request", after.as_secs_f64());
        let what = format!(
            "screens: those of a dead node are free within {} s",
            LEASE.as_secs()
        );
        // One second for asking.
        let is_in_time = is_free && after <= LEASE.saturating_add(Duration::from_secs(1));
        report.judge(is_in_time, &what, &found)
    }
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
const POLL: Duration = Duration::from_millis(20);
