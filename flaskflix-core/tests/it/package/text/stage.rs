//! What these tests share: samples of text, and the text that a client would download.

use bytes::Bytes;
use flaskflix_core::{
    object::{Piece, VirtualObject},
    package::TextPart,
    range::ByteRange,
    testing::mp4::TestTrack,
};

use super::super::film::{Packaged, audio};

/// Sound without priming: the title's timeline is the film's own.
pub(super) fn sound(frames: u32) -> TestTrack {
    TestTrack {
        edit: None,
        ..audio(frames, b"eng")
    }
}

/// A box.
pub(super) fn boxed(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(payload.len() + 8).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(name);
    out.extend_from_slice(payload);
    out
}

/// A sample of `tx3g` or `text` without boxes.
pub(super) fn tx3g(text: &str) -> Vec<u8> {
    let mut out = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(text.as_bytes());
    out
}

/// A sample of `wvtt` with these cues.
pub(super) fn wvtt(cues: &[&str]) -> Vec<u8> {
    cues.iter()
        .flat_map(|cue| boxed(b"vttc", &boxed(b"payl", cue.as_bytes())))
        .collect()
}

impl Packaged {
    /// The bytes of these ranges of a file, one after another.
    fn read(&self, file: usize, ranges: &[ByteRange]) -> Vec<u8> {
        let file = &self.files[file];
        ranges
            .iter()
            .flat_map(|range| &file[range.start() as usize..range.end() as usize])
            .copied()
            .collect()
    }

    /// A part of a stream of text, and how many bytes were read for it.
    pub(super) fn text(&self, stream: &str, part: TextPart) -> (String, u64) {
        let stream = self.plan.stream(stream).unwrap();
        let read = self.plan.text(stream, part).unwrap();
        let file = self.plan.input(stream).map(|input| &input.asset);
        let place = self
            .plan
            .inputs()
            .iter()
            .position(|input| Some(&input.asset) == file);
        let media = place.map_or_else(Vec::new, |place| self.read(place, read.ranges()));
        (text_of(&read.render(&media)), media.len() as u64)
    }

    /// All segments of a stream of text.
    pub(super) fn text_segments(&self, stream: &str) -> Vec<String> {
        let count = self.plan.stream(stream).unwrap().segment_count();
        (1..=count)
            .map(|number| self.text(stream, TextPart::Segment(number)).0)
            .collect()
    }

    /// The title's chapters: start and end in milliseconds, title, language.
    pub(super) fn chapters(&self) -> Vec<(u128, u128, String, String)> {
        let read = self.plan.chapters().unwrap();
        let place = self
            .plan
            .inputs()
            .iter()
            .position(|input| input.asset == read.input().asset);
        let media = self.read(place.unwrap(), read.ranges());
        let chapters = read.chapters(&media).into_iter();
        chapters
            .map(|chapter| {
                let (start, end) = (chapter.start.as_millis(), chapter.end.as_millis());
                (start, end, chapter.title, chapter.language)
            })
            .collect()
    }
}

pub(super) fn text_of(object: &VirtualObject) -> String {
    match object.pieces() {
        [Piece::Bytes(bytes)] => std::str::from_utf8(bytes).unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The film with the boxes of a `udta` added to its `moov`, which is the last box of the file.
pub(super) fn with_user_data(film: &Bytes, boxes: &[u8]) -> Bytes {
    let udta = boxed(b"udta", boxes);
    let moov = film.windows(4).rposition(|name| name == b"moov").unwrap() - 4;
    let mut out = film.to_vec();
    let size = u32::try_from(out.len() - moov + udta.len()).unwrap();
    out[moov..moov + 4].copy_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&udta);
    Bytes::from(out)
}
