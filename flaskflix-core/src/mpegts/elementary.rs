//! One elementary stream: the payloads of its PES packets (ISO 13818-1 section 2.4.3.6), and the NAL units in them
//! (ISO 14496-10 annex B).

use super::packet::Packet;

/// Gathers the first bytes of an elementary stream.
#[derive(Debug)]
pub(super) struct Elementary {
    bytes: Vec<u8>,
    started: bool,
    max_bytes: usize,
}

impl Elementary {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self {
            bytes: Vec::new(),
            started: false,
            max_bytes,
        }
    }

    /// Takes a packet of the stream's PID.
    pub(super) fn push(&mut self, packet: &Packet<'_>) {
        let payload = if packet.starts_unit {
            self.started = true;
            pes_payload(packet.payload).unwrap_or_default()
        } else {
            packet.payload
        };
        if self.started {
            let room = self.max_bytes.saturating_sub(self.bytes.len());
            self.bytes.extend(payload.iter().take(room));
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What follows the head of a PES packet: start code, stream id, length, flags, and as many bytes as it says.
fn pes_payload(packet: &[u8]) -> Option<&[u8]> {
    let (&[0, 0, 1, _, _, _, _, _, head_len], rest) = packet.split_first_chunk::<9>()? else {
        return None;
    };
    rest.get(usize::from(head_len)..)
}

/// The NAL units of a byte stream, without start codes. The last one may be cut off.
pub(super) fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts = stream
        .windows(3)
        .enumerate()
        .filter(|(_, window)| window == &[0, 0, 1])
        .map(|(at, _)| at)
        .peekable();
    std::iter::from_fn(move || {
        let start = starts.next()?.checked_add(3)?;
        let end = starts.peek().copied().unwrap_or(stream.len());
        stream.get(start..end.max(start))
    })
}

/// The payload of a NAL unit without the bytes that keep start codes out of it (ISO 14496-10 section 7.4.1), at most so many bytes.
pub(super) fn unescaped(unit: &[u8], max_bytes: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(unit.len().min(max_bytes));
    let mut zeros = 0;
    for &byte in unit.iter().take(max_bytes) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// Parameter sets are far smaller.
pub(super) const MAX_PARAMETER_SET_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_between_start_codes() {
        let stream = [9, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 0, 0, 1];
        let units: Vec<_> = nal_units(&stream).collect();
        assert_eq!(units, [&[0x67, 1, 2][..], &[0x68], &[]]);
    }

    #[test]
    fn emulation_prevention_is_undone() {
        assert_eq!(
            unescaped(&[1, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3], 99),
            [1, 0, 0, 1, 0, 0, 0, 0]
        );
        assert_eq!(unescaped(&[1, 2, 3], 2), [1, 2]);
    }
}
