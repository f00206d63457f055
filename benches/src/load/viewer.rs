//! One viewer's life: it gets in, reads the playlists, and watches at the pace of the film, on one connection.
//!
//! Positions go over the same connection between two segments, as a browser uses a kept connection again: 10,000 viewers are
//! 10,000 open files on each side.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch::Receiver,
    time::{self, Instant},
};

use super::{
    door::Ticket,
    film::{Choice, Film, Stream},
    line::{Ask, Keep, Line, Reading, Reply},
    scenario::{BREAKS_ONE_IN, Entry, Kind, SLOW_LINE_PERCENT, Scenario},
    seat::{Deed, Seat, Waits},
    tally::{Step, Tally, micros},
};

/// One viewer.
#[derive(Debug)]
pub struct Viewer {
    /// Which one.
    pub number: u32,
    /// What all of them do.
    pub scenario: Arc<Scenario>,
    /// What they saw.
    pub tally: Arc<Tally>,
    /// When the first viewer came.
    pub begin: Instant,
}

/// What a step that failed leaves behind: it has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted;

/// The film, and what opens it.
struct Show {
    ticket: Ticket,
    film: Film,
}

impl Show {
    fn video(&self) -> Result<&Stream, Counted> {
        self.film.streams().first().ok_or(Counted)
    }

    /// The path of what a playlist names.
    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.ticket.folder)
    }
}

impl Viewer {
    /// Comes at its time, watches until the curtain falls, and leaves its numbers in the tally. Ends early at the first
    /// error before its film plays; errors after that are counted, and it goes on.
    pub async fn live(self, mut curtain: Receiver<bool>) {
        let mut line = self.line();
        let mut seat = None;
        tokio::select! {
            biased;
            _ = curtain.wait_for(|fallen| *fallen) => {}
            // Failures are in the tally.
            _ = self.come_and_watch(&mut line, &mut seat) => {}
        }
        if let Some(mut seat) = seat {
            seat.buffer.advance(self.now());
            self.note_rebuffer(&mut seat);
            self.tally.left(self.kind(), &seat.buffer);
        }
        let mut totals = self.tally.totals();
        totals.connects = totals.connects.saturating_add(u64::from(line.connects));
    }

    /// Its own line to the server, not connected yet.
    pub fn line(&self) -> Line {
        Line::new(self.scenario.host, self.scenario.patience)
            .from(self.scenario.source(self.number))
            .with_small_window(self.kind() == Kind::Slow)
    }

    async fn come_and_watch(&self, line: &mut Line, seat: &mut Option<Seat>) -> Result<(), Counted> {
        time::sleep_until(self.begin + self.scenario.arrival(self.number)).await;
        self.tally.at(self.now(), |second| {
            second.arrivals = second.arrivals.saturating_add(1);
        });
        let cookie = self.log_in(line).await?;
        let seat = seat.insert(Seat::new(&self.scenario, self.number, self.now()));
        let ticket = self.ticket(line, cookie).await?;
        let mut show = self.open(line, ticket).await?;
        self.jump(&show, seat)?;
        let mut posted = 0;
        loop {
            let (deed, due) = seat.next(self.now());
            time::sleep_until(self.begin + due).await;
            match deed {
                Deed::Segment => self.watch_on(line, &show, seat).await?,
                Deed::Seek => self.jump(&show, seat)?,
                Deed::Switch => self.switch(line, &mut show, seat).await,
                Deed::Position => {
                    posted += 1;
                    self.post(line, &show, seat, posted).await;
                }
            }
            seat.done(deed, self.now());
            self.note_rebuffer(seat);
        }
    }

    async fn open(&self, line: &mut Line, ticket: Ticket) -> Result<Show, Counted> {
        let path = format!("{}{}", ticket.folder, ticket.master);
        let master = self.get(line, Step::Master, &path, Keep::All).await?;
        let film = Film::new(Choice::ladder(&master.body), self.scenario.bits_per_second);
        let film = film.ok_or_else(|| self.fail(Step::Master, "no playlist"))?;
        let quality = film.watched();
        let mut show = Show { ticket, film };
        self.read(line, &mut show, quality).await?;
        Ok(show)
    }

    /// Reads the playlists of one quality, with its initialisation sections, and watches it from now on.
    async fn read(&self, line: &mut Line, show: &mut Show, quality: usize) -> Result<(), Counted> {
        let mut streams = Vec::new();
        for playlist in show.film.playlists(quality) {
            let path = show.path(playlist);
            let reply = self.get(line, Step::Playlist, &path, Keep::All).await?;
            let stream =
                Stream::of(&reply.body, playlist).ok_or_else(|| self.fail(Step::Playlist, "no playlist"))?;
            if let Some(init) = &stream.init {
                self.get(line, Step::Init, &show.path(init), Keep::Nothing)
                    .await?;
            }
            streams.push(stream);
        }
        show.film.learn(quality, streams);
        Ok(())
    }

    /// Begins somewhere, or jumps there.
    fn jump(&self, show: &Show, seat: &mut Seat) -> Result<(), Counted> {
        let segments = &show.video()?.segments;
        let count = u64::try_from(segments.len()).unwrap_or(u64::MAX);
        let place = usize::try_from(seat.dice.below(count)).unwrap_or(0);
        let starts_at = segments.iter().take(place).map(|(_, media)| *media).sum();
        seat.jump(place, starts_at, self.now());
        Ok(())
    }

    /// Takes another quality from the next segment on. One whose playlists cannot be had is not taken.
    async fn switch(&self, line: &mut Line, show: &mut Show, seat: &mut Seat) {
        let Some(quality) = show.film.other(&mut seat.dice) else {
            return;
        };
        if show.film.watch(quality) || self.read(line, show, quality).await.is_ok() {
            let mut totals = self.tally.totals();
            totals.switches = totals.switches.saturating_add(1);
        }
    }

    /// The next segment of every stream.
    async fn watch_on(&self, line: &mut Line, show: &Show, seat: &mut Seat) -> Result<(), Counted> {
        let count = show.video()?.segments.len();
        let Ok(media) = self.fetch_all(line, show, seat).await else {
            // A player tries again after a moment; the buffer runs on meanwhile.
            time::sleep(TRY_AGAIN_AFTER).await;
            return Ok(());
        };
        seat.place = seat.place.saturating_add(1) % count.max(1);
        let now = self.now();
        match seat.arrived(media, now) {
            // How long a slow line takes says nothing of the server.
            Some(_) if self.kind() != Kind::Plain => {}
            Some(Waits::Start(since)) => self.tally.at(now, |second| {
                second.starts_us.push(micros(now.saturating_sub(since)));
            }),
            Some(Waits::Seek(since)) => self.tally.answered(Step::Seek, now.saturating_sub(since)),
            None => {}
        }
        Ok(())
    }

    /// One segment of every stream; gives the media time that is there then.
    async fn fetch_all(&self, line: &mut Line, show: &Show, seat: &mut Seat) -> Result<Duration, Counted> {
        let mut media = Duration::ZERO;
        for (stream, is_video) in show.film.streams().iter().zip([true, false].into_iter().cycle()) {
            // Audio may have one segment less.
            let Some((name, duration)) = stream.segments.get(seat.place) else {
                continue;
            };
            let breaks = is_video && self.kind() == Kind::Flaky && seat.dice.below(BREAKS_ONE_IN) == 0;
            let is_sample =
                self.scenario.check_one_in > 0 && seat.dice.below(self.scenario.check_one_in) == 0;
            if breaks {
                self.fetch_in_two(line, show, name).await?;
            } else {
                let keep = if is_sample { Keep::Hash } else { Keep::Nothing };
                let reply = self
                    .segment(line, show, name, keep, None, self.reading(show))
                    .await?;
                if let Some(hash) = reply.hash {
                    self.tally.sampled(name, hash);
                }
            }
            if is_video {
                media = *duration;
            }
        }
        Ok(media)
    }

    /// The line breaks in the middle of a segment; the player comes back for the rest.
    async fn fetch_in_two(&self, line: &mut Line, show: &Show, name: &str) -> Result<(), Counted> {
        let half = self
            .segment(line, show, name, Keep::Nothing, None, Reading::Half)
            .await?;
        line.hang_up();
        {
            let mut totals = self.tally.totals();
            totals.breaks = totals.breaks.saturating_add(1);
        }
        time::sleep(TRY_AGAIN_AFTER).await;
        self.segment(line, show, name, Keep::Nothing, Some(half.bytes), Reading::AtOnce)
            .await?;
        Ok(())
    }

    async fn segment(
        &self,
        line: &mut Line,
        show: &Show,
        name: &str,
        keep: Keep,
        range_start: Option<u64>,
        reading: Reading,
    ) -> Result<Reply, Counted> {
        let path = show.path(name);
        let ask = Ask {
            method: "GET",
            path: &path,
            range_start,
            keep,
            reading,
            ..Ask::default()
        };
        let status = if range_start.is_some() { 206 } else { 200 };
        let reply = self.ask(line, Step::Segment, &ask, |got| got == status).await?;
        let is_plain = self.kind() == Kind::Plain;
        self.tally.at(self.now(), |second| {
            second.bytes = second.bytes.saturating_add(reply.bytes);
            if is_plain {
                second.segments_us.push(micros(reply.took));
            }
        });
        Ok(reply)
    }

    async fn post(&self, line: &mut Line, show: &Show, seat: &Seat, posted: u64) {
        let duration = show.video().map(Stream::duration).unwrap_or_default();
        let Entry::Account { movie } = self.scenario.entry else {
            return;
        };
        let document = serde_json::json!({
            "current_time": seat.position_seconds(duration),
            "total_duration": duration.as_secs_f64(),
            "session": format!("load-{}-{}", self.scenario.seed, self.number),
            "seq": posted,
        })
        .to_string();
        let path = format!("/stream/{movie}/progress");
        let ask = Ask {
            method: "POST",
            path: &path,
            cookie: show.ticket.cookie.as_deref(),
            body: Some(("application/json", document.as_bytes())),
            ..Ask::default()
        };
        // Counted; a player does not stop for it.
        let _ = self.ask(line, Step::Progress, &ask, |status| status == 200).await;
    }

    async fn get(&self, line: &mut Line, step: Step, path: &str, keep: Keep) -> Result<Reply, Counted> {
        let ask = Ask {
            method: "GET",
            path,
            keep,
            ..Ask::default()
        };
        self.ask(line, step, &ask, |status| status == 200).await
    }

    /// Asks, and counts what comes.
    pub(super) async fn ask(
        &self,
        line: &mut Line,
        step: Step,
        ask: &Ask<'_>,
        is_good: impl Fn(u16) -> bool,
    ) -> Result<Reply, Counted> {
        match line.ask(ask).await {
            Ok(reply) if is_good(reply.status) => {
                if step != Step::Segment {
                    self.tally.answered(step, reply.took);
                }
                Ok(reply)
            }
            Ok(reply) => Err(self.fail(step, &format!("status {}", reply.status))),
            Err(fault) => Err(self.fail(step, &fault.to_string())),
        }
    }

    pub(super) fn fail(&self, step: Step, what: &str) -> Counted {
        self.tally.failed(step, what, self.now());
        Counted
    }

    fn note_rebuffer(&self, seat: &mut Seat) {
        if let Some(moment) = seat.ran_empty() {
            self.tally.at(moment, |second| {
                second.rebuffers = second.rebuffers.saturating_add(1);
            });
        }
    }

    fn reading(&self, show: &Show) -> Reading {
        match self.kind() {
            Kind::Slow => Reading::Slow {
                bytes_per_second: show.film.bits_per_second().saturating_mul(SLOW_LINE_PERCENT) / 800,
            },
            Kind::Plain | Kind::Flaky => Reading::AtOnce,
        }
    }

    fn kind(&self) -> Kind {
        self.scenario.kind(self.number)
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }
}

const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);
