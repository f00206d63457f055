//! One viewer's life: log in, token, playlists, segments at the pace of the film, a position every few seconds.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::{self, Instant};

use super::{
    buffer::Buffer,
    film::{Choice, Stream},
    line::{Ask, Keep, Line, Reply},
    scenario::Scenario,
    tally::{Step, Tally},
};
use crate::dice::Dice;

/// Everything that one viewer has.
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

/// A viewer who is let in: what it needs to ask for media.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The session, for a `Cookie` header.
    pub cookie: String,
    /// The folder of the master playlist, with the token in it, ending in a slash.
    pub folder: String,
    /// The master's name in it.
    pub master: String,
}

/// What a step that failed leaves behind: it has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted;

#[derive(Deserialize)]
struct TokenReply {
    stream_url: String,
}

impl Viewer {
    /// Comes at its time, watches until the end of the run, and leaves its numbers in the tally. Ends early at the
    /// first error before its film plays; errors after that are counted, and it goes on.
    pub async fn live(self) {
        time::sleep_until(self.begin + self.scenario.arrival(self.number)).await;
        let mut line = Line::new(self.scenario.host, self.scenario.patience);
        // Failures are in the tally.
        let _ = self.watch(&mut line).await;
        let mut totals = self.tally.totals();
        totals.connects = totals.connects.saturating_add(u64::from(line.connects));
    }

    async fn watch(&self, line: &mut Line) -> Result<(), Counted> {
        let cookie = self.log_in(line).await?;
        let pressed_play = Instant::now();
        let ticket = self.ticket(line, cookie).await?;
        let streams = self.streams(line, &ticket).await?;
        let video = streams.first().ok_or(Counted)?;
        let mut dice = Dice::new(self.scenario.seed.wrapping_add(u64::from(self.number)));
        let count = u64::try_from(video.segments.len()).unwrap_or(u64::MAX);
        let first = usize::try_from(dice.below(count)).unwrap_or(0);
        let buffer = Buffer::new(self.scenario.buffer, self.now());
        let seat = Arc::new(Seat {
            buffer: Mutex::new(buffer),
            offset: video.segments.iter().take(first).map(|(_, media)| *media).sum(),
            duration: video.duration(),
        });
        let reporter = tokio::spawn(self.reporter(Arc::clone(&seat), ticket.cookie.clone()).report());
        let mut pressed_play = Some(pressed_play);
        for place in (0..video.segments.len()).cycle().skip(first) {
            let room_in = seat.with(|buffer| {
                buffer.advance(self.now());
                buffer.room_in()
            });
            time::sleep(room_in.min(self.left())).await;
            if self.left().is_zero() {
                break;
            }
            let fetched = self.fetch_all(line, &ticket, &streams, place, &mut dice).await;
            if let Ok(media) = fetched {
                seat.with(|buffer| buffer.add(media, self.now()));
                if let Some(since) = pressed_play.take() {
                    self.tally.totals().first_segments.push(since.elapsed());
                }
            } else {
                // A player tries again after a moment; the buffer runs on meanwhile.
                time::sleep(Duration::from_secs(1)).await;
            }
        }
        seat.with(|buffer| {
            buffer.advance(self.now());
            self.tally.left(buffer);
        });
        reporter.await.map_err(|_| Counted)
    }

    /// Logs in; gives the session.
    ///
    /// # Errors
    /// Counted.
    pub async fn log_in(&self, line: &mut Line) -> Result<String, Counted> {
        let reply = self.form(line, Step::LogIn, "/login").await?;
        let cookies = reply.cookies();
        cookies.ok_or_else(|| self.fail(Step::LogIn, "no session"))
    }

    /// Makes the account. One that is refused may be there already: its log-in will tell.
    ///
    /// # Errors
    /// Counted.
    pub async fn register(&self, line: &mut Line) -> Result<(), Counted> {
        self.form(line, Step::Register, "/register").await.map(|_| ())
    }

    async fn form(&self, line: &mut Line, step: Step, path: &str) -> Result<Reply, Counted> {
        let (name, password) = (self.scenario.account(self.number), &self.scenario.password);
        let form = format!("name={name}&password={password}&next=%2F");
        let ask = Ask {
            method: "POST",
            path,
            body: Some(("application/x-www-form-urlencoded", form.as_bytes())),
            ..Ask::default()
        };
        let taken_is_fine = step == Step::Register;
        self.ask(line, step, &ask, |status| {
            status == 303 || (taken_is_fine && status == 422)
        })
        .await
    }

    /// Asks for a stream token.
    ///
    /// # Errors
    /// Counted.
    pub async fn ticket(&self, line: &mut Line, cookie: String) -> Result<Ticket, Counted> {
        let path = format!("/stream/{}/token", self.scenario.movie);
        let reply = self
            .get(line, Step::Token, &path, Some(&cookie), Keep::All)
            .await?;
        let url = serde_json::from_slice::<TokenReply>(&reply.body)
            .map_err(|_| self.fail(Step::Token, "no stream URL"))?
            .stream_url;
        let (folder, master) = url
            .rsplit_once('/')
            .ok_or_else(|| self.fail(Step::Token, "no path"))?;
        Ok(Ticket {
            cookie,
            folder: format!("{folder}/"),
            master: master.to_owned(),
        })
    }

    async fn streams(&self, line: &mut Line, ticket: &Ticket) -> Result<Vec<Stream>, Counted> {
        let path = format!("{}{}", ticket.folder, ticket.master);
        let master = self.get(line, Step::Master, &path, None, Keep::All).await?;
        let choice = Choice::of(&master.body, self.scenario.bits_per_second)
            .ok_or_else(|| self.fail(Step::Master, "no playlist"))?;
        let mut streams = Vec::new();
        for playlist in &choice.playlists {
            let path = format!("{}{playlist}", ticket.folder);
            let reply = self.get(line, Step::Playlist, &path, None, Keep::All).await?;
            let stream =
                Stream::of(&reply.body, playlist).ok_or_else(|| self.fail(Step::Playlist, "no playlist"))?;
            if let Some(init) = &stream.init {
                let path = format!("{}{init}", ticket.folder);
                self.get(line, Step::Init, &path, None, Keep::Nothing).await?;
            }
            streams.push(stream);
        }
        Ok(streams)
    }

    /// One segment of every stream; gives the media time that is there then.
    async fn fetch_all(
        &self,
        line: &mut Line,
        ticket: &Ticket,
        streams: &[Stream],
        place: usize,
        dice: &mut Dice,
    ) -> Result<Duration, Counted> {
        let mut media = Duration::ZERO;
        for (stream, is_video) in streams.iter().zip([true, false].into_iter().cycle()) {
            // Audio may have one segment less.
            let Some((name, duration)) = stream.segments.get(place) else {
                continue;
            };
            let is_sample = self.scenario.check_one_in > 0 && dice.below(self.scenario.check_one_in) == 0;
            let keep = if is_sample { Keep::Hash } else { Keep::Nothing };
            let path = format!("{}{name}", ticket.folder);
            let reply = self.get(line, Step::Segment, &path, None, keep).await?;
            self.tally.received(reply.bytes, self.now(), self.in_ramp());
            if let Some(hash) = reply.hash {
                self.tally.sampled(name, hash);
            }
            if is_video {
                media = *duration;
            }
        }
        Ok(media)
    }

    async fn get(
        &self,
        line: &mut Line,
        step: Step,
        path: &str,
        cookie: Option<&str>,
        keep: Keep,
    ) -> Result<Reply, Counted> {
        let ask = Ask {
            method: "GET",
            path,
            cookie,
            body: None,
            keep,
        };
        self.ask(line, step, &ask, |status| status == 200).await
    }

    async fn ask(
        &self,
        line: &mut Line,
        step: Step,
        ask: &Ask<'_>,
        is_good: impl Fn(u16) -> bool,
    ) -> Result<Reply, Counted> {
        match line.ask(ask).await {
            Ok(reply) if is_good(reply.status) => {
                self.tally.answered(step, reply.took, self.in_ramp());
                Ok(reply)
            }
            Ok(reply) => Err(self.fail(step, &format!("status {}", reply.status))),
            Err(fault) => Err(self.fail(step, &fault.to_string())),
        }
    }

    fn fail(&self, step: Step, what: &str) -> Counted {
        self.tally.failed(step, what);
        Counted
    }

    fn reporter(&self, seat: Arc<Seat>, cookie: String) -> Reporter {
        Reporter {
            viewer: Self {
                scenario: Arc::clone(&self.scenario),
                tally: Arc::clone(&self.tally),
                ..*self
            },
            seat,
            cookie,
        }
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn in_ramp(&self) -> bool {
        self.now() < self.scenario.ramp
    }

    fn left(&self) -> Duration {
        self.scenario.whole().saturating_sub(self.now())
    }
}

/// Where a viewer is in its film.
#[derive(Debug)]
struct Seat {
    buffer: Mutex<Buffer>,
    /// Where it began.
    offset: Duration,
    duration: Duration,
}

impl Seat {
    fn with<T>(&self, f: impl FnOnce(&mut Buffer) -> T) -> T {
        f(&mut self.buffer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// In seconds; the film begins anew at its end.
    fn position(&self, now: Duration) -> f64 {
        let played = self.with(|buffer| {
            buffer.advance(now);
            buffer.played()
        });
        let position = self.offset.saturating_add(played).as_secs_f64();
        position % self.duration.as_secs_f64().max(1.0)
    }
}

/// Posts the position, on a connection of its own as browsers do.
struct Reporter {
    viewer: Viewer,
    seat: Arc<Seat>,
    cookie: String,
}

impl Reporter {
    async fn report(self) {
        let Self { viewer, seat, cookie } = self;
        let scenario = &viewer.scenario;
        let mut line = Line::new(scenario.host, scenario.patience);
        let path = format!("/stream/{}/progress", scenario.movie);
        let mut due = Instant::now();
        for seq in 1_u64.. {
            due += scenario.progress_every;
            time::sleep_until(due).await;
            if viewer.left().is_zero() {
                break;
            }
            let document = serde_json::json!({
                "current_time": seat.position(viewer.now()),
                "total_duration": seat.duration.as_secs_f64(),
                "session": format!("load-{}-{}", scenario.seed, viewer.number),
                "seq": seq,
            });
            let document = document.to_string();
            let ask = Ask {
                method: "POST",
                path: &path,
                cookie: Some(&cookie),
                body: Some(("application/json", document.as_bytes())),
                keep: Keep::Nothing,
            };
            let _ = viewer
                .ask(&mut line, Step::Progress, &ask, |status| status == 200)
                .await;
        }
        let mut totals = viewer.tally.totals();
        totals.connects = totals.connects.saturating_add(u64::from(line.connects));
    }
}
