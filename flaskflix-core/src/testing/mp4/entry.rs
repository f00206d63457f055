//! Sample entries out of their boxes.

use bytes::Bytes;

use crate::mp4::{BoxWriter, FourCc};

/// The sample entry of a picture track, 640 x 360, with these boxes: the name and the payload of each.
///
/// # Examples
/// ```
/// use flaskflix_core::{mp4::{index_bytes, Limits}, testing::mp4::{TestCodec, TestMovie, TestTrack, picture_entry}};
/// let track = TestTrack {
///     sample_entry: Some(picture_entry(*b"av01", &[(*b"av1C", b"\x81\x04\x0c\0")])),
///     ..TestTrack::new(TestCodec::H264, 12_800, vec![(100, 512, 0, true)])
/// };
/// let index = index_bytes(&TestMovie::new(vec![track]).build(), &Limits::default())?;
/// assert_eq!(index.tracks()[0].codec.rfc6381.as_deref(), Some("av01.0.04M.08"));
/// # Ok::<(), flaskflix_core::mp4::Mp4Error>(())
/// ```
#[must_use]
pub fn picture_entry(name: [u8; 4], boxes: &[([u8; 4], &[u8])]) -> Bytes {
    entry(name, boxes, |w| {
        w.zeros(16);
        w.u16(640);
        w.u16(360);
        w.zeros(50);
    })
}

/// The sample entry of a sound track, stereo at `sample_rate` (below 65,536), with these boxes: the name and the payload of each.
#[must_use]
pub fn sound_entry(name: [u8; 4], sample_rate: u32, boxes: &[([u8; 4], &[u8])]) -> Bytes {
    entry(name, boxes, |w| {
        w.zeros(8);
        w.u16(2);
        w.u16(16);
        w.zeros(4);
        w.u32(sample_rate << 16);
    })
}

/// A sample entry of these fields behind its data reference.
pub(super) fn plain_entry(name: [u8; 4], fields: &[u8]) -> Bytes {
    entry(name, &[], |w| w.bytes(fields))
}

fn entry(name: [u8; 4], boxes: &[([u8; 4], &[u8])], fields: impl FnOnce(&mut BoxWriter)) -> Bytes {
    let mut w = BoxWriter::new();
    w.start(FourCc(name));
    w.zeros(6);
    w.u16(1);
    fields(&mut w);
    for (name, payload) in boxes {
        w.start(FourCc(*name));
        w.bytes(payload);
        w.end();
    }
    w.end();
    w.finish()
}
