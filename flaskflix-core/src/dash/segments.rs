//! Where segments are and when they start: `SegmentTemplate` with a `SegmentTimeline` (ISO/IEC 23009-1 sections 5.3.9.4 and 5.3.9.6).

use super::xml::XmlWriter;
use crate::playlist::PlaylistUrls;

/// The segments of a representation in its own ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Ticks per second.
    pub(crate) timescale: u32,
    /// What the fragments' times say at the start of the title: the lead.
    pub(crate) offset: u64,
    /// Durations of the segments, in order.
    pub(crate) durations: Vec<u64>,
}

impl Timeline {
    /// Writes the template. Equal durations in a row share an entry.
    pub(super) fn render(&self, xml: &mut XmlWriter, urls: &dyn PlaylistUrls) {
        xml.start("SegmentTemplate", |at| {
            at.plain("timescale", self.timescale);
            if self.offset > 0 {
                at.plain("presentationTimeOffset", self.offset);
            }
            at.text("initialization", &urls.dash_init());
            at.text("media", &urls.dash_segment());
            at.plain("startNumber", 1);
        });
        xml.start("SegmentTimeline", |_| ());
        let runs = self.durations.chunk_by(|a, b| a == b);
        let runs = runs.filter_map(|run| Some((run.first()?, run.len().saturating_sub(1))));
        for (place, (duration, repeats)) in runs.enumerate() {
            xml.empty("S", |at| {
                if place == 0 {
                    at.plain("t", self.offset);
                }
                at.plain("d", duration);
                if repeats > 0 {
                    at.plain("r", repeats);
                }
            });
        }
        xml.end();
        xml.end();
    }
}
