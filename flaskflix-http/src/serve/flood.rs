//! How many frames a peer may send that are no part of a request.
//!
//! hyper and h2 bound what costs memory, and what a request costs; see [`Http2`](super::Http2). They answer PING and SETTINGS
//! frames, and take in `WINDOW_UPDATE`, PRIORITY, `RST_STREAM` and unknown ones, for as long as they come. Each costs us 60 to
//! 200 ns (measured with a release build): by the byte that is less than any request costs, but one connection can keep
//! a core busy with them, and no deadline sees it. So they are counted: a bucket that fills with time, and with the bytes of
//! bodies, for which a peer has to open its windows. CONTINUATION, empty DATA and tiny DATA frames are bounded by h2.

use tokio::time::Instant;

use super::frames::{Frames, Passed};

/// How many frames that are no part of a request come at once, and how many go on coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ControlFrames {
    pub(super) burst: u32,
    pub(super) per_second: u32,
}

/// The peer sends more frames that are no part of a request than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flood;

/// One connection, as far as it is known to be HTTP/2.
#[derive(Debug)]
pub(super) struct Watch {
    incoming: Incoming,
    outgoing: Frames,
    allowance: Allowance,
}

#[derive(Debug)]
enum Incoming {
    /// So many bytes of the preface have come.
    Preface(usize),
    Http1,
    Http2(Frames),
}

/// What reading told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// Nothing that matters here.
    Nothing,
    /// From now on it is HTTP/2.
    Http2,
    /// Bytes of a body came.
    Body,
}

impl Watch {
    pub(super) const fn new(control_frames: ControlFrames, now: Instant) -> Self {
        Self {
            incoming: Incoming::Preface(0),
            outgoing: Frames::new(),
            allowance: Allowance::new(control_frames, now),
        }
    }
    /// Nothing is watched with HTTP/1.1.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.incoming, Incoming::Http1)
    }

    /// Bytes came.
    pub(super) fn read(&mut self, bytes: &[u8], now: Instant) -> Result<Read, Flood> {
        match &mut self.incoming {
            Incoming::Http1 => Ok(Read::Nothing),
            Incoming::Preface(known) => {
                let expected = PREFACE.get(*known..).unwrap_or_default();
                let (part, rest) = bytes.split_at(expected.len().min(bytes.len()));
                if !expected.starts_with(part) {
                    self.incoming = Incoming::Http1;
                    return Ok(Read::Nothing);
                }
                *known = known.saturating_add(part.len());
                if *known < PREFACE.len() {
                    return Ok(Read::Nothing);
                }
                self.incoming = Incoming::Http2(Frames::new());
                self.read(rest, now)?;
                Ok(Read::Http2)
            }
            Incoming::Http2(frames) => {
                let passed = frames.pass(bytes);
                self.allowance.earn(passed.body_bytes);
                self.allowance.spend(passed.control_frames, now)?;
                Ok(if passed.body_bytes > 0 {
                    Read::Body
                } else {
                    Read::Nothing
                })
            }
        }
    }

    /// Bytes went. Tells whether some of them were those of a body; of HTTP/1.1 nothing is known.
    pub(super) fn wrote(&mut self, bytes: &[u8]) -> bool {
        if !matches!(self.incoming, Incoming::Http2(_)) {
            return false;
        }
        let Passed { body_bytes, .. } = self.outgoing.pass(bytes);
        self.allowance.earn(body_bytes);
        body_bytes > 0
    }
}

/// What may still be sent.
#[derive(Debug)]
struct Allowance {
    control_frames: ControlFrames,
    /// In parts of a frame: [`PARTS`] are one.
    left: u64,
    filled: Instant,
}

impl Allowance {
    const fn new(control_frames: ControlFrames, now: Instant) -> Self {
        let mut allowance = Self {
            control_frames,
            left: 0,
            filled: now,
        };
        allowance.left = allowance.most();
        allowance
    }

    /// A byte of a body is a part of a frame.
    fn earn(&mut self, body_bytes: u64) {
        self.left = self.left.saturating_add(body_bytes).min(self.most());
    }

    fn spend(&mut self, frames: u64, now: Instant) -> Result<(), Flood> {
        let parts = frames.saturating_mul(PARTS);
        if parts > self.left {
            // The clock is looked at only when it matters, so a whole second of it is never lost by rounding.
            let micros = now.saturating_duration_since(self.filled).as_micros();
            let micros = u64::try_from(micros).unwrap_or(u64::MAX);
            let per_second = PARTS.saturating_mul(self.control_frames.per_second.into());
            self.earn(micros.saturating_mul(per_second) / 1_000_000);
            self.filled = now;
        }
        self.left = self.left.checked_sub(parts).ok_or(Flood)?;
        Ok(())
    }

    const fn most(&self) -> u64 {
        PARTS.saturating_mul(self.control_frames.burst as u64)
    }
}

/// [RFC 9113 section 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of a body that allow one frame more. Windows are opened for some KiB at a time, at worst for each frame of data,
/// once for the stream and once for the connection.
const PARTS: u64 = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMIT: ControlFrames = ControlFrames {
        burst: 100,
        per_second: 10,
    };
    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    /// A connection that has said it is HTTP/2.
    fn http2(now: Instant) -> Watch {
        let mut watch = Watch::new(LIMIT, now);
        assert_eq!(watch.read(PREFACE, now), Ok(Read::Http2));
        watch
    }

    fn data(payload_bytes: u8) -> Vec<u8> {
        let mut frame = vec![0, payload_bytes, 0, 0, 0, 0, 0, 0, 1];
        frame.extend(vec![0; usize::from(payload_bytes) << 8]);
        frame
    }

    #[test]
    fn a_peer_has_its_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut watch = http2(start);
        assert_eq!(watch.read(&PING.repeat(100), start), Ok(Read::Nothing));
        assert_eq!(watch.read(&PING, start), Err(Flood));
        let mut watch = http2(start);
        assert_eq!(watch.read(&PING.repeat(100), start), Ok(Read::Nothing));
        let second = |n| start + Duration::from_secs(n);
        assert_eq!(watch.read(&PING.repeat(10), second(1)), Ok(Read::Nothing));
        assert_eq!(watch.read(&PING.repeat(30), second(4)), Ok(Read::Nothing));
        assert_eq!(watch.read(&PING.repeat(100), second(1000)), Ok(Read::Nothing));
        assert_eq!(
            watch.read(&PING.repeat(11), second(1001)),
            Err(Flood),
            "an hour of silence is one burst"
        );
    }

    #[test]
    fn whoever_sends_or_takes_bodies_may_open_windows_for_them() {
        let start = Instant::now();
        let mut watch = http2(start);
        for _ in 0..1000 {
            assert!(watch.wrote(&data(1)));
            assert_eq!(watch.read(&PING, start), Ok(Read::Nothing));
            assert_eq!(watch.read(&data(1), start), Ok(Read::Body));
            assert_eq!(watch.read(&PING, start), Ok(Read::Nothing));
        }
        assert!(!watch.wrote(&PING.repeat(1000)), "what we send is no flood");
    }

    #[test]
    fn requests_are_no_control_frames() {
        const HEADERS: [u8; 9] = [0, 0, 0, 1, 5, 0, 0, 0, 1];
        let start = Instant::now();
        assert_eq!(
            http2(start).read(&HEADERS.repeat(10_000), start),
            Ok(Read::Nothing)
        );
    }

    #[test]
    fn the_preface_may_come_in_pieces_and_frames_behind_it_count() {
        let start = Instant::now();
        let mut watch = Watch::new(LIMIT, start);
        for byte in &PREFACE[..PREFACE.len() - 1] {
            assert_eq!(watch.read(&[*byte], start), Ok(Read::Nothing));
        }
        assert_eq!(watch.read(b"\n", start), Ok(Read::Http2));
        let mut watch = Watch::new(LIMIT, start);
        let flood = [PREFACE, &PING.repeat(101)].concat();
        assert_eq!(watch.read(&flood, start), Err(Flood));
    }

    #[test]
    fn http1_is_not_looked_at() {
        let start = Instant::now();
        for head in [&b"GET / HTTP/1.1\r\n"[..], b"PRI * HTTP/1.1\r\n"] {
            let mut watch = Watch::new(LIMIT, start);
            assert_eq!(watch.read(head, start), Ok(Read::Nothing));
            assert_eq!(watch.read(&PING.repeat(1000), start), Ok(Read::Nothing));
            assert!(!watch.wrote(&data(1)));
        }
    }
}
