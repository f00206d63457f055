//! Transport stream packets (ISO 13818-1 section 2.4.3).

/// Bytes of a packet.
const PACKET_BYTES: usize = 188;
const SYNC: u8 = 0x47;

/// One packet with a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) pid: u16,
    /// Whether a PES packet or section starts in it.
    pub(super) starts_unit: bool,
    pub(super) payload: &'a [u8],
}

/// The packets of a stream that starts with one. Ends at the first that is cut off or out of step; packets without payload or
/// with errors are passed over.
pub(super) fn packets(stream: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let (packets, _) = stream.as_chunks::<PACKET_BYTES>();
    packets
        .iter()
        .take_while(|packet| packet.first() == Some(&SYNC))
        .filter_map(parse)
}

fn parse(packet: &[u8; PACKET_BYTES]) -> Option<Packet<'_>> {
    let [_, high, low, control, rest @ ..] = packet;
    let is_broken = high & 0x80 != 0;
    let is_scrambled = control & 0xc0 != 0;
    let payload = match control >> 4 & 3 {
        1 => Some(&rest[..]),
        3 => {
            let (len, field) = rest.split_first()?;
            field.get(usize::from(*len)..)
        }
        _ => None,
    }?;
    (!is_broken && !is_scrambled).then_some(Packet {
        pid: u16::from_be_bytes([high & 0x1f, *low]),
        starts_unit: high & 0x40 != 0,
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_out_of_step_end_the_stream() {
        let mut stream = vec![0_u8; 3 * PACKET_BYTES];
        for at in [0, PACKET_BYTES, 2 * PACKET_BYTES] {
            stream[at..at + 4].copy_from_slice(&[SYNC, 0x41, 0x00, 0x10]);
        }
        let all: Vec<_> = packets(&stream)
            .map(|packet| (packet.pid, packet.starts_unit, packet.payload.len()))
            .collect();
        assert_eq!(all, [(0x100, true, 184); 3]);
        stream[PACKET_BYTES] = 0;
        assert_eq!(packets(&stream).count(), 1);
        stream[3] = 0x30;
        stream[4] = 200;
        assert_eq!(packets(&stream).count(), 0, "an adaptation field past the end");
        assert_eq!(packets(&stream[..187]).count(), 0);
    }
}
