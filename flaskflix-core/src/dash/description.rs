//! The description of a title: the root element and its one period (ISO/IEC 23009-1 sections 5.3.1 and 5.3.2).

use super::{AdaptationSet, xml::XmlWriter};
use crate::playlist::PlaylistUrls;

/// What stands in a media presentation description.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    /// The title's name for people; empty when it has none.
    pub(crate) title: String,
    /// How long the title is, in microseconds.
    pub(crate) micros: u64,
    /// The longest segment, in microseconds.
    pub(crate) longest_segment_micros: u64,
    /// With how much of a stream at its declared bit rate a player that starts anywhere never runs dry, in microseconds.
    pub(crate) min_buffer_micros: u64,
    /// What a player chooses from.
    pub(crate) sets: Vec<AdaptationSet>,
}

impl Description {
    /// Writes the description.
    pub(crate) fn render(&self, urls: &dyn PlaylistUrls) -> String {
        let entries: usize = self.sets.iter().map(AdaptationSet::entries).sum();
        let mut xml = XmlWriter::new(entries.saturating_mul(32).saturating_add(4096));
        xml.start("MPD", |at| {
            at.plain("xmlns", "urn:mpeg:dash:schema:mpd:2011");
            at.plain("profiles", "urn:mpeg:dash:profile:isoff-live:2011");
            at.plain("type", "static");
            at.duration("mediaPresentationDuration", self.micros);
            at.duration("maxSegmentDuration", self.longest_segment_micros);
            at.duration("minBufferTime", self.min_buffer_micros);
        });
        if !self.title.is_empty() {
            xml.start("ProgramInformation", |_| ());
            xml.text("Title", &self.title);
            xml.end();
        }
        xml.start("Period", |at| {
            at.plain("id", 1);
            at.plain("start", "PT0S");
        });
        for (set, id) in self.sets.iter().zip(1..) {
            set.render(&mut xml, id, urls);
        }
        xml.finish()
    }
}
