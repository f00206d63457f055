//! Samples of `WebVTT` in MP4: `wvtt` (ISO 14496-30 section 7).
//!
//! A sample holds all cues that are seen while it lasts. A cue that is seen longer is in several samples, with the same
//! source id or, where there is none, with the same words.

use std::time::Duration;

use super::{Cue, MAX_HEADER_BYTES};

/// A cue of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SampleCue {
    source: Option<u32>,
    id: String,
    settings: String,
    payload: String,
}

/// Joins the cues of samples, given in order with their times.
#[derive(Debug, Default)]
pub(crate) struct Joiner {
    /// Finished cues, and those of the sample before with what tells them from others.
    cues: Vec<Cue>,
    open: Vec<(SampleCue, Cue)>,
}

impl Joiner {
    /// Takes the next sample.
    pub(crate) fn push(&mut self, start: Duration, end: Duration, sample: &[u8]) {
        let mut before = std::mem::take(&mut self.open);
        for found in cues(sample) {
            let same = before.iter().position(|(known, cue)| {
                cue.end() == start
                    && match (known.source, found.source) {
                        (Some(known), Some(found)) => known == found,
                        _ => *known == found,
                    }
            });
            let continued = same.map(|place| before.swap_remove(place).1);
            let cue = match continued {
                Some(mut cue) => {
                    cue.until(end);
                    Some(cue)
                }
                None => Cue::new(start, end, &found.payload).map(|cue| cue.with(&found.id, &found.settings)),
            };
            self.open.extend(cue.map(|cue| (found, cue)));
        }
        self.cues.extend(before.into_iter().map(|(_, cue)| cue));
    }

    /// All cues, in the order in which they went.
    pub(crate) fn finish(mut self) -> Vec<Cue> {
        self.cues.extend(self.open.into_iter().map(|(_, cue)| cue));
        self.cues
    }
}

/// The styles and regions of the sample entry (`vttC`), as the header of a file has them: read as a file without cues.
pub(crate) fn header(entry: &[u8]) -> String {
    // Size, type, reserved, data reference index.
    let boxes = entry.get(16..).unwrap_or_default();
    let configuration = boxes_of(boxes).find(|(name, _)| *name == b"vttC");
    configuration
        .filter(|(_, text)| text.len() <= MAX_HEADER_BYTES)
        .and_then(|(_, text)| super::parse_webvtt(text).ok())
        .map_or_else(String::new, |cues| cues.header().to_owned())
}

fn cues(sample: &[u8]) -> impl Iterator<Item = SampleCue> {
    let cues = boxes_of(sample).filter(|(name, _)| *name == b"vttc");
    cues.take(MAX_SAMPLE_CUES).map(|(_, inside)| {
        let mut cue = SampleCue {
            source: None,
            id: String::new(),
            settings: String::new(),
            payload: String::new(),
        };
        for (name, payload) in boxes_of(inside) {
            let text = || String::from_utf8_lossy(payload).into_owned();
            match name {
                b"vsid" => cue.source = payload.first_chunk().map(|id| u32::from_be_bytes(*id)),
                b"iden" => cue.id = text(),
                b"sttg" => cue.settings = text(),
                b"payl" => cue.payload = text(),
                _ => {}
            }
        }
        cue
    })
}

/// The boxes one after another, up to the first that is broken.
fn boxes_of(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?.checked_sub(8)?;
        let (payload, after) = rest.split_at_checked(size)?;
        bytes = after;
        Some((name, payload))
    })
}

/// More than anybody can read at once; bounds the work on a hostile sample.
const MAX_SAMPLE_CUES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(payload.len() + 8).unwrap().to_be_bytes().to_vec();
        out.extend_from_slice(name);
        out.extend_from_slice(payload);
        out
    }

    fn cue(fields: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let inside: Vec<u8> = fields.iter().flat_map(|(name, text)| boxed(name, text)).collect();
        boxed(b"vttc", &inside)
    }

    fn joined(samples: &[(u64, u64, Vec<u8>)]) -> Vec<(u64, u64, String)> {
        let mut joiner = Joiner::default();
        for (start, end, sample) in samples {
            joiner.push(Duration::from_secs(*start), Duration::from_secs(*end), sample);
        }
        let cues = joiner.finish().into_iter();
        cues.map(|cue| {
            (
                cue.start().as_secs(),
                cue.end().as_secs(),
                cue.payload().to_owned(),
            )
        })
        .collect()
    }

    #[test]
    fn a_cue_of_several_samples_is_one_cue() {
        let long = |id: u8| cue(&[(b"vsid", &[0, 0, 0, id]), (b"payl", b"long")]);
        let both = [long(1), cue(&[(b"payl", b"short")])].concat();
        assert_eq!(
            joined(&[
                (0, 2, long(1)),
                (2, 4, both),
                (4, 6, long(1)),
                (6, 8, long(2)),
                (8, 9, boxed(b"vtte", b"")),
                (9, 10, long(2)),
            ]),
            [
                (2, 4, "short".to_owned()),
                (0, 6, "long".to_owned()),
                (6, 8, "long".to_owned()),
                (9, 10, "long".to_owned()),
            ]
        );
    }

    #[test]
    fn names_and_settings_are_kept_and_nothing_breaks_out() {
        let sample = cue(&[
            (b"iden", b"a"),
            (b"sttg", b"line:0"),
            (b"payl", b"x\n\n1 --> 2"),
            (b"zzzz", b"?"),
        ]);
        let mut joiner = Joiner::default();
        joiner.push(Duration::ZERO, Duration::from_secs(1), &sample);
        let cues = joiner.finish();
        assert_eq!(
            (cues[0].id(), cues[0].settings(), cues[0].payload()),
            ("a", "line:0", "x\n\u{a0}\n1 --&gt; 2")
        );
    }

    #[test]
    fn broken_samples_give_what_they_have() {
        let good = cue(&[(b"payl", b"x")]);
        for tail in [
            &b"\0"[..],
            b"\0\0\0\x07vttc",
            b"\xff\xff\xff\xffvttc",
            b"\0\0\0\0vttc",
        ] {
            assert_eq!(joined(&[(0, 1, [&good[..], tail].concat())]).len(), 1);
        }
    }

    #[test]
    fn the_header_is_read_as_a_files() {
        let mut entry = vec![0; 16];
        entry.extend(boxed(b"vttC", b"WEBVTT\n\nSTYLE\n::cue{}\n\n"));
        assert_eq!(header(&entry), "STYLE\n::cue{}\n\n");
        assert_eq!(header(&entry[..20]), "");
        let mut other = vec![0; 16];
        other.extend(boxed(b"vttC", b"no header"));
        assert_eq!(header(&other), "");
    }
}
