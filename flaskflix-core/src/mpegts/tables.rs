//! Program association and program map sections (ISO 13818-1 section 2.4.4).

use super::packet::Packet;

/// Sections of these tables have at most 1,024 bytes.
const MAX_SECTION_BYTES: usize = 1024;

const PROGRAM_ASSOCIATION: u8 = 0;
const PROGRAM_MAP: u8 = 2;

/// The PID of the program association table.
pub(super) const PAT_PID: u16 = 0;

/// One elementary stream as the program map lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed<'a> {
    pub(super) stream_type: u8,
    pub(super) pid: u16,
    pub(super) descriptors: &'a [u8],
}

/// Gathers the first section on one PID.
#[derive(Debug, Default)]
pub(super) struct SectionReader {
    bytes: Vec<u8>,
    started: bool,
}

impl SectionReader {
    /// Takes a packet of the PID. Returns the section when it is whole.
    pub(super) fn push(&mut self, packet: &Packet<'_>) -> Option<&[u8]> {
        let payload = if packet.starts_unit {
            let (pointer, rest) = packet.payload.split_first()?;
            if self.started {
                rest.get(..usize::from(*pointer))?
            } else {
                self.started = true;
                rest.get(usize::from(*pointer)..)?
            }
        } else {
            packet.payload
        };
        if !self.started || self.bytes.len() > MAX_SECTION_BYTES {
            return None;
        }
        self.bytes.extend_from_slice(payload);
        let (&[_, high, low], _) = self.bytes.split_first_chunk::<3>()?;
        let len = usize::from(u16::from_be_bytes([high & 0x0f, low]));
        self.bytes.get(..len.checked_add(3)?)
    }
}

/// The PID of the first program's map.
pub(super) fn program_map_pid(section: &[u8]) -> Option<u16> {
    let entries = body(section, PROGRAM_ASSOCIATION, 5)?;
    let (entries, _) = entries.as_chunks::<4>();
    // Program 0 is the network information, no program.
    let program = entries.iter().find(|[high, low, ..]| (*high, *low) != (0, 0))?;
    let [_, _, high, low] = *program;
    Some(u16::from_be_bytes([high & 0x1f, low]))
}

/// The elementary streams of a program.
pub(super) fn elementary_streams(section: &[u8]) -> Option<Vec<Listed<'_>>> {
    // Clock reference PID, then the length of the program's own descriptors.
    let rest = body(section, PROGRAM_MAP, 5)?;
    let (&[_, _, high, low], rest) = rest.split_first_chunk::<4>()?;
    let mut rest = rest.get(usize::from(u16::from_be_bytes([high & 0x0f, low]))..)?;
    let mut streams = Vec::new();
    while let Some((&[stream_type, pid_high, pid_low, high, low], after)) = rest.split_first_chunk::<5>() {
        let len = usize::from(u16::from_be_bytes([high & 0x0f, low]));
        let (descriptors, after) = after.split_at_checked(len)?;
        streams.push(Listed {
            stream_type,
            pid: u16::from_be_bytes([pid_high & 0x1f, pid_low]),
            descriptors,
        });
        rest = after;
    }
    Some(streams)
}

/// What stands between a section's head of 3 bytes and `skip` more, and its checksum.
fn body(section: &[u8], table: u8, skip: usize) -> Option<&[u8]> {
    let (id, _) = section.split_first()?;
    if *id != table {
        return None;
    }
    let end = section.len().checked_sub(4)?;
    section.get(skip.checked_add(3)?..end)
}
