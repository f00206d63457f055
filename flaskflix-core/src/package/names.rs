//! What streams are called in the viewer's menus.

use crate::mp4::Track;

/// Names that were given already.
#[derive(Debug, Default)]
pub(super) struct Unique(Vec<String>);

impl Unique {
    /// This name, with a number behind it when it is taken (RFC 8216bis section 4.4.6.1.1 wants names unique in a group).
    pub(super) fn claim(&mut self, base: &str) -> String {
        let mut name = base.to_owned();
        let mut count = 1_u32;
        while self.0.contains(&name) {
            count = count.saturating_add(1);
            name = format!("{base} ({count})");
        }
        self.0.push(name.clone());
        name
    }
}

/// The maker's name for a track, unless it is one that muxers write by themselves.
pub(super) fn by_maker(track: &Track) -> Option<&str> {
    let name = track.name.trim();
    let lower = name.to_ascii_lowercase();
    let by_muxer = name.is_empty() || MUXER_WORDS.iter().any(|word| lower.contains(word));
    (!by_muxer).then_some(name)
}

/// What stands in the handler names that programs write by themselves.
const MUXER_WORDS: [&str; 9] = [
    "handler",
    "hdlr",
    "gpac",
    "@",
    "core media",
    "google",
    "apple",
    "mainconcept",
    "vimeo",
];
