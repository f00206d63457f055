//! A run: all viewers watch, and in the middle one node goes away.

use std::{error::Error, pin::pin, process::ExitStatus, sync::Arc, time::Duration};

use tokio::{
    select,
    task::{JoinError, JoinSet},
    time::Instant,
};

use crate::{
    args::Args,
    cluster::{Cluster, Guests},
    film::Film,
    ledger::Finding,
    proxy::{self, Proxy, Served},
    tally::{Counts, Seat, Tally},
    viewer::{self, Screening, account},
    visitor::Visitor,
};

/// How a node goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// SIGKILL.
    Killed,
    /// SIGTERM.
    Drained,
}

/// What a run showed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) departure: Departure,
    pub(crate) status: ExitStatus,
    /// How long the node took to go.
    pub(crate) leaving: Duration,
    pub(crate) viewers: usize,
    pub(crate) segments: u64,
    /// Of these so many were fetched before the node went away.
    pub(crate) before: u64,
    pub(crate) counts: Counts,
    /// Why viewers ended before their film did.
    pub(crate) ended: Vec<String>,
    /// Rows that were read back, from all nodes together.
    pub(crate) read_back: u64,
    pub(crate) lost: u64,
    /// Sessions that a node does not know, and rows that it does not tell.
    pub(crate) unread: Vec<String>,
    /// What each node did.
    pub(crate) served: Vec<Served>,
    /// Whether the nodes make the same bytes.
    pub(crate) is_one_film: bool,
    pub(crate) wall: Duration,
}

/// Lets the viewers come, and takes the first node away when half of the segments are fetched.
pub(crate) async fn run(
    cluster: &mut Cluster,
    args: &Args,
    movie: u64,
    departure: Departure,
) -> Result<Outcome, Box<dyn Error>> {
    let viewers = usize::from(args.viewers);
    let (film, is_one_film) = read_film(cluster, movie, Guests::after(args.viewers)).await?;
    let folder = cluster.folder().join(format!("proxy-{movie}"));
    let proxy = Proxy::start(&folder, &cluster.addresses()).await?;
    let segments = film.segments_of(viewers);
    let begin = Instant::now();
    let screening = Arc::new(Screening {
        proxy: proxy.address,
        movie,
        film,
        pace: args.pace,
        viewers,
        begin,
        ramp: BETWEEN_ARRIVALS.saturating_mul(args.viewers.into()),
        tally: Tally::new(),
    });
    let mut crowd = pin!(gather(&screening));
    let mut fetched = screening.tally.fetched.subscribe();
    // All of them may have ended before.
    let early = select! {
        biased;
        _ = fetched.wait_for(|&fetched| fetched.saturating_mul(2) >= segments) => None,
        seats = &mut crowd => Some(seats?),
    };
    let before = *fetched.borrow();
    let (status, leaving) = take_away(cluster, departure).await?;
    let seats = match early {
        Some(seats) => seats,
        None => crowd.await?,
    };
    let wall = begin.elapsed();
    drop(proxy);
    for node in &mut cluster.nodes {
        if !node.runs() {
            node.start().await?;
        }
    }
    let mut outcome = Outcome {
        departure,
        status,
        leaving,
        viewers,
        segments,
        before,
        counts: screening.tally.counts(),
        ended: seats.iter().enumerate().filter_map(ended).collect(),
        read_back: 0,
        lost: 0,
        unread: Vec::new(),
        served: Vec::new(),
        is_one_film,
        wall,
    };
    for address in cluster.addresses() {
        outcome.served.push(proxy::served(&folder, address)?);
    }
    outcome.read_back(cluster, movie, &seats).await;
    Ok(outcome)
}

/// Reads the film from every node; whether all of them have the same.
async fn read_film(cluster: &Cluster, movie: u64, guests: Guests) -> Result<(Film, bool), Box<dyn Error>> {
    let mut first: Option<Film> = None;
    let mut is_one = true;
    for (address, critic) in cluster.addresses().into_iter().zip(guests.critic..) {
        let mut visitor = Visitor::new(address);
        visitor.log_in(&account(critic)).await?;
        let film = Film::read(&mut visitor, movie).await?;
        match &first {
            Some(first) => is_one &= *first == film,
            None => first = Some(film),
        }
    }
    Ok((first.ok_or("no node")?, is_one))
}

async fn gather(screening: &Arc<Screening>) -> Result<Vec<Seat>, JoinError> {
    let mut crowd = JoinSet::new();
    for number in 0..screening.viewers {
        let life = viewer::live(Arc::clone(screening), number);
        crowd.spawn(async move { (number, life.await) });
    }
    let mut seats = Vec::with_capacity(screening.viewers);
    while let Some(seat) = crowd.join_next().await {
        seats.push(seat?);
    }
    seats.sort_by_key(|(number, _)| *number);
    Ok(seats.into_iter().map(|(_, seat)| seat).collect())
}

/// Ends the first node; gives how it ended and how long that took. The only node there is starts again at once, as its
/// supervisor would see to.
async fn take_away(
    cluster: &mut Cluster,
    departure: Departure,
) -> Result<(ExitStatus, Duration), Box<dyn Error>> {
    let is_only_one = cluster.nodes.len() == 1;
    let node = cluster.nodes.first_mut().ok_or("no node")?;
    let begun = Instant::now();
    let status = match departure {
        Departure::Killed => node.kill().await?,
        Departure::Drained => node.drain().await?,
    };
    let leaving = begun.elapsed();
    if is_only_one {
        node.start().await?;
    }
    Ok((status, leaving))
}

fn ended((number, seat): (usize, &Seat)) -> Option<String> {
    let why = seat.ended.as_ref()?;
    Some(format!("{} ended: {why}", account(number)))
}

impl Outcome {
    /// Asks every node for every viewer's position.
    async fn read_back(&mut self, cluster: &Cluster, movie: u64, seats: &[Seat]) {
        for node in &cluster.nodes {
            for (number, seat) in seats.iter().enumerate() {
                let Some(cookie) = &seat.cookie else {
                    continue;
                };
                let mut visitor = Visitor::with_session(node.address, cookie);
                match visitor.position(movie).await {
                    Ok(stored) => {
                        self.read_back = self.read_back.saturating_add(1);
                        let is_lost = seat.ledger.judge(stored) != Finding::Kept;
                        self.lost = self.lost.saturating_add(is_lost.into());
                    }
                    Err(error) => self.unread.push(format!("{}: {error}", account(number))),
                }
            }
        }
    }
}

/// Log-ins cost the most of all that viewers do.
const BETWEEN_ARRIVALS: Duration = Duration::from_millis(25);
