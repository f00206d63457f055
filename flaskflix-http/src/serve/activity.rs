//! What a connection is doing, and until when it may go on like that.
//!
//! Time is an argument everywhere, so the rules are tested without waiting.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a connection may stay in each of its states.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// From accept to the end of the first request head, and from the first byte of a later one to its end.
    pub(super) header: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
    /// Without a byte moved while a response is under way.
    pub(super) stall: Duration,
}

/// The state of one connection, shared by its transport, its service and its deadline.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// A request has come.
    has_begun: bool,
    /// Requests whose response body is not yet handed over.
    in_flight: usize,
    /// HTTP/2 sends frames of its own at any time. They are no new request head, and no progress: a peer that pings for ever
    /// and takes nothing is overdue all the same.
    multiplexed: bool,
    /// The last write found the socket full.
    blocked: bool,
    /// Nothing is left to be read of the last request.
    is_read: bool,
    /// Bytes came of a head that is not complete.
    has_half_a_head: bool,
    /// What a conversation needs was given back.
    rests: bool,
    /// When the last byte moved, with HTTP/2 the last one of a body, in either direction, or a request began or ended.
    progress: Instant,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// No request yet, or the head of one is coming in, since then.
    Head { since: Instant },
    /// At least one request is in flight.
    Busy,
    /// Between requests.
    Idle,
}

/// Which deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The request head took too long.
    Header,
    /// No request came: close politely.
    Idle,
    /// A response is under way and nothing moves.
    Stalled,
}

impl Activity {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Head { since: now },
                has_begun: false,
                in_flight: 0,
                multiplexed: false,
                blocked: false,
                is_read: true,
                has_half_a_head: false,
                rests: false,
                progress: now,
            }),
        }
    }

    /// Bytes came in.
    pub(super) fn read(&self, now: Instant) {
        let mut state = self.state();
        if state.multiplexed {
            return;
        }
        state.progress = now;
        state.has_half_a_head |= !matches!(state.phase, Phase::Busy);
        if matches!(state.phase, Phase::Idle) {
            state.phase = Phase::Head { since: now };
            state.rests = false;
        }
    }

    /// Bytes went out.
    pub(super) fn wrote(&self, now: Instant) {
        let mut state = self.state();
        state.blocked = false;
        if !state.multiplexed {
            state.progress = now;
        }
    }

    /// From now on the connection speaks HTTP/2.
    pub(super) fn multiplexes(&self) {
        self.state().multiplexed = true;
    }

    /// Whether more may come from the peer than was read: it speaks HTTP/2, where it always may, or was answered before its request
    /// was complete.
    pub(super) fn may_go_on(&self) -> bool {
        let state = self.state();
        state.multiplexed || state.has_half_a_head || !state.is_read
    }

    /// Bytes of a body went in or out in HTTP/2 frames.
    pub(super) fn body_moved(&self, now: Instant) {
        self.state().progress = now;
    }

    /// The peer was told to go, and has the idle time once more to hear it.
    pub(super) fn leaves(&self, now: Instant) {
        self.state().progress = now;
    }

    /// The peer takes no more bytes for now.
    pub(super) fn write_blocked(&self) {
        self.state().blocked = true;
    }

    /// A request head is complete; a body may follow. Says how many other requests of the connection are in flight.
    pub(super) fn request_begins(&self, now: Instant, has_body: bool) -> usize {
        let mut state = self.state();
        state.is_read = !has_body;
        state.has_half_a_head = false;
        state.rests = false;
        let others = state.in_flight;
        state.in_flight = others.saturating_add(1);
        state.has_begun = true;
        state.phase = Phase::Busy;
        state.progress = now;
        others
    }

    /// A response body is handed over, or given up.
    pub(super) fn request_ends(&self, now: Instant) {
        let mut state = self.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        state.progress = now;
        if state.in_flight == 0 {
            state.phase = Phase::Idle;
        }
    }

    /// Whether the connection is new: its first request has not come.
    pub(super) fn awaits_first_request(&self) -> bool {
        !self.state().has_begun
    }

    /// When the connection is overdue if nothing happens until then, and with what.
    pub(super) fn deadline(&self, timeouts: &Timeouts) -> (Instant, Overdue) {
        let state = self.state();
        match state.phase {
            _ if state.blocked => (state.progress + timeouts.stall, Overdue::Stalled),
            Phase::Busy => (state.progress + timeouts.stall, Overdue::Stalled),
            Phase::Head { since } => (since + timeouts.header, Overdue::Header),
            Phase::Idle => (state.progress + timeouts.idle, Overdue::Idle),
        }
    }

    /// When the connection may rest until its next request. `None`: it has no reason to, or rests.
    ///
    /// Not after a request with a body: a service may answer early and read the rest of it for as long as it likes.
    pub(super) fn rest_at(&self) -> Option<Instant> {
        let state = self.state();
        let is_done = matches!(state.phase, Phase::Idle) && !state.blocked && state.is_read;
        (is_done && !state.multiplexed && !state.rests).then(|| state.progress + REST_AFTER)
    }

    /// The connection rests.
    pub(super) fn rests(&self) {
        self.state().rests = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Long enough for one that asks all the time never to rest, short enough for few to hold what they do not need. To begin anew costs
/// some microseconds.
const REST_AFTER: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: Timeouts = Timeouts {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        stall: Duration::from_secs(300),
    };

    /// A connection and a clock moved by hand.
    struct Scene {
        activity: Activity,
        start: Instant,
    }

    impl Scene {
        fn new() -> Self {
            let start = Instant::now();
            Self {
                activity: Activity::new(start),
                start,
            }
        }

        fn at(&self, secs: u64) -> Instant {
            self.start + Duration::from_secs(secs)
        }

        /// The deadline in seconds from the start.
        fn deadline(&self) -> (u64, Overdue) {
            let (at, overdue) = self.activity.deadline(&TIMEOUTS);
            ((at - self.start).as_secs(), overdue)
        }
    }

    #[test]
    fn a_dripped_head_does_not_move_its_deadline() {
        let scene = Scene::new();
        assert_eq!(scene.deadline(), (10, Overdue::Header));
        scene.activity.read(scene.at(9));
        assert_eq!(scene.deadline(), (10, Overdue::Header));
    }

    #[test]
    fn keep_alive_waits_for_the_idle_time_and_the_next_head_for_its_own() {
        let scene = Scene::new();
        scene.activity.request_begins(scene.at(1), false);
        scene.activity.request_ends(scene.at(2));
        assert_eq!(scene.deadline(), (77, Overdue::Idle));
        scene.activity.read(scene.at(50));
        scene.activity.read(scene.at(55));
        assert_eq!(scene.deadline(), (60, Overdue::Header));
    }

    #[test]
    fn a_response_may_last_for_ever_while_bytes_move() {
        let scene = Scene::new();
        scene.activity.request_begins(scene.at(0), false);
        scene.activity.wrote(scene.at(1000));
        assert_eq!(scene.deadline(), (1300, Overdue::Stalled));
    }

    #[test]
    fn the_unsent_end_of_a_response_has_the_stall_time_not_the_idle_time() {
        let scene = Scene::new();
        scene.activity.request_begins(scene.at(0), false);
        scene.activity.write_blocked();
        scene.activity.request_ends(scene.at(3));
        assert_eq!(scene.deadline(), (303, Overdue::Stalled));
        scene.activity.wrote(scene.at(200));
        assert_eq!(scene.deadline(), (275, Overdue::Idle));
    }

    #[test]
    fn http2_is_busy_until_its_last_stream_ends_and_its_frames_are_no_heads() {
        let scene = Scene::new();
        scene.activity.multiplexes();
        scene.activity.request_begins(scene.at(0), false);
        scene.activity.request_begins(scene.at(0), false);
        scene.activity.request_ends(scene.at(1));
        assert_eq!(scene.deadline(), (301, Overdue::Stalled));
        scene.activity.request_ends(scene.at(2));
        scene.activity.read(scene.at(5));
        scene.activity.wrote(scene.at(6));
        assert_eq!(scene.deadline(), (77, Overdue::Idle));
        scene.activity.leaves(scene.at(77));
        assert_eq!(scene.deadline(), (152, Overdue::Idle));
    }

    #[test]
    fn a_peer_may_go_on_with_what_it_has_begun_and_on_http2_always() {
        let scene = Scene::new();
        let activity = &scene.activity;
        assert!(!activity.may_go_on(), "it has said nothing");
        activity.read(scene.at(1));
        assert!(activity.may_go_on(), "half a head");
        activity.request_begins(scene.at(1), false);
        assert!(!activity.may_go_on(), "a whole request");
        activity.request_ends(scene.at(2));
        activity.read(scene.at(3));
        assert!(activity.may_go_on(), "half of the next head");
        activity.request_begins(scene.at(3), true);
        assert!(activity.may_go_on(), "a body");
        activity.request_ends(scene.at(4));
        activity.request_begins(scene.at(5), false);
        assert!(!activity.may_go_on());
        activity.multiplexes();
        assert!(activity.may_go_on());
    }

    #[test]
    fn a_connection_rests_between_two_requests_when_nothing_is_left_of_the_first() {
        let scene = Scene::new();
        assert_eq!(scene.activity.rest_at(), None, "before the first");
        scene.activity.request_begins(scene.at(1), false);
        assert_eq!(scene.activity.rest_at(), None, "under way");
        scene.activity.request_ends(scene.at(2));
        assert_eq!(scene.activity.rest_at(), Some(scene.at(2) + REST_AFTER));
        scene.activity.write_blocked();
        assert_eq!(scene.activity.rest_at(), None, "unsent");
        scene.activity.wrote(scene.at(3));
        scene.activity.rests();
        assert_eq!(scene.activity.rest_at(), None, "it does");
        scene.activity.read(scene.at(4));
        assert_eq!(scene.activity.rest_at(), None, "half a head");
        scene.activity.request_begins(scene.at(4), true);
        scene.activity.request_ends(scene.at(5));
        assert_eq!(scene.activity.rest_at(), None, "the body may not be read");
        scene.activity.request_begins(scene.at(6), false);
        scene.activity.request_ends(scene.at(7));
        assert_eq!(scene.activity.rest_at(), Some(scene.at(7) + REST_AFTER));
        scene.activity.multiplexes();
        assert_eq!(scene.activity.rest_at(), None, "HTTP/2");
    }

    #[test]
    fn only_bytes_of_bodies_are_progress_on_http2() {
        let scene = Scene::new();
        scene.activity.multiplexes();
        scene.activity.request_begins(scene.at(1), false);
        scene.activity.read(scene.at(10));
        scene.activity.wrote(scene.at(11));
        assert_eq!(scene.deadline(), (301, Overdue::Stalled), "a ping and its answer");
        scene.activity.body_moved(scene.at(20));
        assert_eq!(scene.deadline(), (320, Overdue::Stalled));
        scene.activity.write_blocked();
        scene.activity.wrote(scene.at(30));
        assert_eq!(scene.deadline(), (320, Overdue::Stalled));
    }
}
