//! Leaves out of a `moov` box what nobody reads, so that the record of an index is no larger than it must be.

use bytes::Bytes;

use super::{
    BoxWriter, FourCc, Limits, Mp4Error,
    walk::{BoxView, Walk},
};

/// The payload of a `moov` box without the boxes that nobody reads, wherever those lie that are looked into.
///
/// What cannot be walked is kept as it is: the parser has understood it, and will again.
pub(super) fn without_unread(moov: &Bytes) -> Bytes {
    let view = BoxView {
        fourcc: FourCc(*b"moov"),
        payload: moov.clone(),
        offset: 0,
        depth: 1,
    };
    let mut writer = BoxWriter::new();
    match copy_children(&view, &Walk::new(&Limits::default()), &mut writer) {
        Ok(()) => writer.finish(),
        Err(_) => moov.clone(),
    }
}

fn copy_children(parent: &BoxView, walk: &Walk, writer: &mut BoxWriter) -> Result<(), Mp4Error> {
    for child in walk.children(parent) {
        let child = child?;
        if UNREAD.contains(&&child.fourcc.0) {
            continue;
        }
        writer.start(child.fourcc);
        if CONTAINERS.contains(&&child.fourcc.0) {
            copy_children(&child, walk, writer)?;
        } else {
            writer.bytes(&child.payload);
        }
        writer.end();
    }
    Ok(())
}

/// Room for editors, tags with their covers, and what programs leave for themselves.
const UNREAD: [&[u8; 4]; 5] = [b"free", b"skip", b"wide", b"meta", b"uuid"];

/// The boxes on the way to those that are read. No sample entry: those are kept byte for byte.
const CONTAINERS: [&[u8; 4]; 6] = [b"trak", b"edts", b"mdia", b"minf", b"stbl", b"udta"];
