//! One viewer: log in, token, playlists, segments at the pace of the film, positions.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use flaskflix_benches::load::line::Keep;
use tokio::time::{Instant, sleep_until};

use crate::{
    film::{Film, MASTER, Rendition},
    tally::{Seat, Tally},
    visitor::{GaveUp, Report, Visitor, gave_up},
};

/// What all viewers of a run do.
#[derive(Debug)]
pub(crate) struct Screening {
    /// Where they ask.
    pub(crate) proxy: SocketAddr,
    pub(crate) movie: u64,
    pub(crate) film: Film,
    /// How many times faster than life they watch.
    pub(crate) pace: u32,
    pub(crate) viewers: usize,
    /// When the first one comes, and the time until the last one does.
    pub(crate) begin: Instant,
    pub(crate) ramp: Duration,
    pub(crate) tally: Tally,
}

/// Comes, watches to the end, and tells how it went.
pub(crate) async fn live(screening: Arc<Screening>, number: usize) -> Seat {
    let mut seat = Seat::default();
    let mut visitor = Visitor::new(screening.proxy);
    if let Err(why) = screening.watch(&mut visitor, number, &mut seat).await {
        seat.ended = Some(why.to_string());
    }
    screening.tally.retried(&visitor.retries);
    seat
}

impl Screening {
    async fn watch(&self, visitor: &mut Visitor, number: usize, seat: &mut Seat) -> Result<(), GaveUp> {
        sleep_until(self.begin + self.arrival(number)).await;
        seat.cookie = Some(visitor.log_in(&account(number)).await?);
        let folder = visitor.mint(self.movie).await?;
        let rendition = self.film.rendition_of(number);
        let rendition = rendition.ok_or_else(|| gave_up(MASTER, "no rendition"))?;
        self.fetch(visitor, &folder, MASTER).await?;
        let inits = rendition.streams.iter().filter_map(|stream| stream.init.as_ref());
        for name in rendition.playlists.iter().chain(inits) {
            self.fetch(visitor, &folder, name).await?;
        }
        self.play(visitor, &folder, rendition, number, seat).await
    }

    async fn play(
        &self,
        visitor: &mut Visitor,
        folder: &str,
        rendition: &Rendition,
        number: usize,
        seat: &mut Seat,
    ) -> Result<(), GaveUp> {
        let begun = Instant::now();
        let timeline = rendition.timeline();
        let whole = timeline.iter().map(|(_, duration)| *duration).sum();
        for (place, (begin, duration)) in timeline.into_iter().enumerate() {
            // One that had to wait fetches what it missed at once.
            sleep_until(begun + begin / self.pace.max(1)).await;
            for stream in &rendition.streams {
                // Audio may have a segment less.
                if let Some((name, _)) = stream.segments.get(place) {
                    let wait = self.fetch(visitor, folder, name).await?;
                    self.tally.waited(wait);
                }
            }
            let position = begin.saturating_add(duration);
            if place % REPORT_EVERY == 1 && position < whole {
                self.report(visitor, number, position, whole, seat).await?;
            }
        }
        Ok(())
    }

    /// Fetches and compares; gives how long it took.
    async fn fetch(&self, visitor: &mut Visitor, folder: &str, name: &str) -> Result<Duration, GaveUp> {
        let had = visitor.get(&format!("{folder}{name}"), Keep::Hash).await?;
        let is_right = had.reply.hash.is_some() && had.reply.hash.as_ref() == self.film.hashes.get(name);
        self.tally.compared(is_right);
        Ok(had.wait)
    }

    /// Reports a position, and reads it back from whatever node is next.
    async fn report(
        &self,
        visitor: &mut Visitor,
        number: usize,
        position: Duration,
        whole: Duration,
        seat: &mut Seat,
    ) -> Result<(), GaveUp> {
        let position_ms = millis(position);
        let seq = seat.ledger.send(position_ms);
        let report = Report {
            session: &format!("screening-{}-{number}", self.movie),
            seq,
            position_ms,
            duration_ms: millis(whole),
        };
        let answer = visitor.report(self.movie, &report).await?;
        seat.ledger.acknowledge();
        self.tally.told(seat.ledger.judge(answer), true);
        let read = visitor.position(self.movie).await?;
        self.tally.told(seat.ledger.judge(read), false);
        Ok(())
    }

    fn arrival(&self, number: usize) -> Duration {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let viewers = u32::try_from(self.viewers).unwrap_or(u32::MAX).max(1);
        self.ramp.saturating_mul(number) / viewers
    }
}

/// The name of a viewer's account.
pub(crate) fn account(number: usize) -> String {
    format!("viewer-{number}")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// After every how many segments a position is reported.
const REPORT_EVERY: usize = 2;
