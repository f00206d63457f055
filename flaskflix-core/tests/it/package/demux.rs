//! A demuxer of one segment, written for these tests from ISO 14496-12 alone.

/// A sample as a player would see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) dts: u64,
    pub(super) pts: i64,
    pub(super) duration: u32,
    pub(super) sync: bool,
    pub(super) data: Vec<u8>,
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// The boxes that lie in `bytes` one after another: name, payload, and where the box starts.
pub(super) fn boxes(bytes: &[u8]) -> Vec<(String, &[u8], usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let size = number(&bytes[at..at + 4]) as usize;
        assert!(
            size >= 8 && at + size <= bytes.len(),
            "a box of {size} bytes at {at}"
        );
        let name = String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned();
        found.push((name, &bytes[at + 8..at + size], at));
        at += size;
    }
    found
}

/// The payload of the box at a path.
pub(super) fn find<'a>(bytes: &'a [u8], path: &[&str]) -> &'a [u8] {
    path.iter().fold(bytes, |inside, name| {
        boxes(inside)
            .into_iter()
            .find(|found| found.0 == *name)
            .unwrap_or_else(|| panic!("no {name}"))
            .1
    })
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, bytes: usize) -> u64 {
        let (head, rest) = self.0.split_at(bytes);
        self.0 = rest;
        number(head)
    }
}

/// Reads a whole segment: its sequence number and its packets.
pub(super) fn segment(bytes: &[u8]) -> (u32, Vec<Packet>) {
    let top = boxes(bytes);
    let names: Vec<&str> = top.iter().map(|found| found.0.as_str()).collect();
    assert_eq!(names, ["styp", "moof", "mdat"]);
    let (moof, moof_at) = (top[1].1, top[1].2);
    let sequence = number(&find(moof, &["mfhd"])[4..8]) as u32;
    let tfdt = find(moof, &["traf", "tfdt"]);
    assert_eq!(tfdt[0], 1, "64 bits");
    (sequence, run(bytes, moof, moof_at, number(&tfdt[4..12])))
}

/// The defaults of `tfhd`: duration and flags.
fn defaults(moof: &[u8]) -> (Option<u32>, Option<u32>) {
    let mut tfhd = Reader(find(moof, &["traf", "tfhd"]));
    let flags = tfhd.take(4) as u32;
    assert_eq!(flags & 0x02_0000, 0x02_0000, "default-base-is-moof");
    assert_eq!(tfhd.take(4), 1, "track");
    let duration = if flags & 0x08 != 0 {
        Some(tfhd.take(4) as u32)
    } else {
        None
    };
    let sample_flags = if flags & 0x20 != 0 {
        Some(tfhd.take(4) as u32)
    } else {
        None
    };
    assert!(tfhd.0.is_empty());
    (duration, sample_flags)
}

/// The packets of `trun`.
fn run(bytes: &[u8], moof: &[u8], moof_at: usize, mut dts: u64) -> Vec<Packet> {
    let (default_duration, default_flags) = defaults(moof);
    let mut trun = Reader(find(moof, &["traf", "trun"]));
    let flags = trun.take(4) as u32 & 0x00ff_ffff;
    let count = trun.take(4);
    assert_eq!(flags & 1, 1, "data offset");
    let mut at = moof_at + trun.take(4) as usize;
    let mut packets = Vec::new();
    for _ in 0..count {
        let duration = if flags & 0x100 != 0 {
            trun.take(4) as u32
        } else {
            default_duration.unwrap()
        };
        let size = trun.take(4) as usize;
        let sample_flags = if flags & 0x400 != 0 {
            trun.take(4) as u32
        } else {
            default_flags.unwrap()
        };
        let offset = if flags & 0x800 != 0 {
            trun.take(4) as u32 as i32
        } else {
            0
        };
        assert!(offset >= 0, "readers differ on negative offsets");
        let data = bytes[at..at + size].to_vec();
        at += size;
        let pts = dts as i64 + i64::from(offset);
        packets.push(Packet {
            dts,
            pts,
            duration,
            sync: sample_flags & 0x1_0000 == 0,
            data,
        });
        dts += u64::from(duration);
    }
    assert!(trun.0.is_empty());
    assert_eq!(at, bytes.len(), "mdat holds the samples and nothing else");
    packets
}
