//! Writes `WebVTT`: in one piece, and as a segment of HLS.

use std::fmt::Write as _;

use super::{Cue, timestamp::Timestamp};
use crate::time::MediaTime;

/// A file of these cues.
pub(crate) fn whole<'a>(header: &str, cues: impl Iterator<Item = &'a Cue>) -> String {
    let mut out = String::from("WEBVTT\n\n");
    write_cues(&mut out, header, cues);
    out
}

/// A segment of these cues, whose times are those of the title. `lead` is how much later the fragments present them
/// ([RFC 8216 section 3.5](https://www.rfc-editor.org/rfc/rfc8216#section-3.5)).
pub(crate) fn segment<'a>(header: &str, cues: impl Iterator<Item = &'a Cue>, lead: MediaTime) -> String {
    let ticks = lead.rescale(MPEG_CLOCK).ticks();
    // 33 bits, as in a transport stream.
    let ticks = ticks.rem_euclid(1 << 33);
    let mut out = format!("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{ticks}\n\n");
    write_cues(&mut out, header, cues);
    out
}

fn write_cues<'a>(out: &mut String, header: &str, cues: impl Iterator<Item = &'a Cue>) {
    out.push_str(header);
    for cue in cues {
        if !cue.id().is_empty() {
            out.push_str(cue.id());
            out.push('\n');
        }
        let (start, end) = (Timestamp(cue.start()), Timestamp(cue.end()));
        // Writing to a string does not fail.
        let _ = write!(out, "{start} --> {end}");
        if !cue.settings().is_empty() {
            out.push(' ');
            out.push_str(cue.settings());
        }
        out.push('\n');
        out.push_str(cue.payload());
        out.push_str("\n\n");
    }
}

/// Ticks per second of `MPEGTS`.
const MPEG_CLOCK: std::num::NonZeroU32 = std::num::NonZeroU32::new(90_000).unwrap();

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use proptest::prelude::*;

    use super::*;
    use crate::text::{Cues, parse_webvtt};

    #[test]
    fn a_segment_tells_where_its_times_lie() {
        let cue = Cue::new(Duration::from_millis(1500), Duration::from_secs(3661), "x").unwrap();
        let lead = MediaTime::new(1024, NonZeroU32::new(12_288).unwrap());
        assert_eq!(
            segment("", [cue.with("7", "line:0")].iter(), lead),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:7500\n\n7\n00:00:01.500 --> 01:01:01.000 line:0\nx\n\n"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            cues in prop::collection::vec((0_u64..100_000, 1_u64..9000, "\\PC{0,8}", "[ -~]{0,8}", "(\\PC|[\n\r<>&-]){1,30}"), 0..8),
        ) {
            let cues: Cues = cues
                .iter()
                .filter_map(|(start, len, id, settings, text)| {
                    let (start, len) = (Duration::from_millis(*start), Duration::from_millis(*len));
                    Some(Cue::new(start, start + len, text)?.with(id, settings))
                })
                .collect();
            let header = "STYLE\n::cue{}\n\n";
            let read = parse_webvtt(whole(header, cues.cues().iter()).as_bytes()).unwrap();
            prop_assert_eq!(read.cues(), cues.cues());
            prop_assert_eq!(read.header(), header);
            let read = parse_webvtt(segment(header, cues.cues().iter(), MediaTime::ZERO).as_bytes()).unwrap();
            prop_assert_eq!(read.cues(), cues.cues());
        }
    }
}
