//! Tells the frames of HTTP/2 apart in a stream of bytes, by their heads alone.
//!
//! > All frames begin with a fixed 9-octet header followed by a variable-length frame payload.
//!
//! [RFC 9113 section 4.1](https://www.rfc-editor.org/rfc/rfc9113#section-4.1). Whether a frame makes sense is h2's business.

/// Where in a stream of frames the next byte stands.
#[derive(Debug)]
pub(super) struct Frames {
    head: [u8; HEAD_BYTES],
    /// How much of the head is there.
    known: usize,
    /// Payload bytes that are still to come.
    left: usize,
}

/// What went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Passed {
    /// Frames that begin or carry no part of a request or a response.
    pub(super) control_frames: u64,
    /// Payload bytes of DATA frames.
    pub(super) body_bytes: u64,
}

impl Frames {
    pub(super) const fn new() -> Self {
        Self {
            head: [0; HEAD_BYTES],
            known: 0,
            left: 0,
        }
    }

    /// Goes on by these bytes.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Passed {
        let mut passed = Passed::default();
        while !bytes.is_empty() {
            bytes = if self.left == 0 {
                self.pass_head(bytes, &mut passed)
            } else {
                self.pass_payload(bytes, &mut passed)
            };
        }
        passed
    }

    /// Takes what there is of the payload. Returns the bytes behind it.
    fn pass_payload<'a>(&mut self, bytes: &'a [u8], passed: &mut Passed) -> &'a [u8] {
        let (part, rest) = bytes.split_at(self.left.min(bytes.len()));
        self.left = self.left.saturating_sub(part.len());
        if self.kind() == DATA {
            let bytes = u64::try_from(part.len()).unwrap_or(u64::MAX);
            passed.body_bytes = passed.body_bytes.saturating_add(bytes);
        }
        rest
    }

    /// Takes what there is of the next head. Returns the bytes behind it.
    fn pass_head<'a>(&mut self, bytes: &'a [u8], passed: &mut Passed) -> &'a [u8] {
        let missing = HEAD_BYTES.saturating_sub(self.known).min(bytes.len());
        let (part, rest) = bytes.split_at(missing);
        for (slot, byte) in self.head.iter_mut().skip(self.known).zip(part) {
            *slot = *byte;
        }
        self.known = self.known.saturating_add(missing);
        if self.known == HEAD_BYTES {
            self.known = 0;
            let [a, b, c, ..] = self.head;
            self.left = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            if !matches!(self.kind(), DATA | HEADERS | CONTINUATION) {
                passed.control_frames = passed.control_frames.saturating_add(1);
            }
        }
        rest
    }

    /// Of the last frame whose head is whole.
    const fn kind(&self) -> u8 {
        let [_, _, _, kind, ..] = self.head;
        kind
    }
}

const HEAD_BYTES: usize = 9;

// RFC 9113 section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    const PING: u8 = 6;

    fn frame(kind: u8, payload_bytes: usize) -> Vec<u8> {
        let len = u32::try_from(payload_bytes).unwrap().to_be_bytes();
        let mut frame = len[1..].to_vec();
        frame.extend([kind, 0, 0, 0, 0, 1]);
        frame.extend(vec![DATA; payload_bytes]);
        frame
    }

    #[test]
    fn what_passes_does_not_depend_on_how_it_is_cut() {
        let stream = [
            frame(HEADERS, 30),
            frame(PING, 8),
            frame(DATA, 0),
            frame(DATA, 70_000),
            frame(CONTINUATION, 3),
            frame(0x77, 0),
            frame(PING, 8),
            frame(DATA, 5),
        ]
        .concat();
        let all = Passed {
            control_frames: 3,
            body_bytes: 70_005,
        };
        assert_eq!(Frames::new().pass(&stream), all);
        for chunk in [1, 2, 8, 9, 10, 1000, 70_010] {
            let mut frames = Frames::new();
            let parts: Vec<_> = stream.chunks(chunk).map(|part| frames.pass(part)).collect();
            let sum = Passed {
                control_frames: parts.iter().map(|part| part.control_frames).sum(),
                body_bytes: parts.iter().map(|part| part.body_bytes).sum(),
            };
            assert_eq!(sum, all, "{chunk}");
        }
    }
}
