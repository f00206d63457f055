//! Sample entries of picture tracks (ISO 14496-12 section 12.1.3).

use super::{
    BoxFault, Codec, FourCc, Media, Mp4Error, Unsupported, VideoInfo,
    codec::{avc, hevc},
    walk::{BoxView, Walk},
};

/// Reads the sample entry of a picture track.
pub(super) fn parse(entry: &BoxView, walk: &Walk) -> Result<(Media, Codec), Mp4Error> {
    let mut fields = entry.fields();
    fields.skip(24)?;
    let mut info = VideoInfo {
        width: fields.u16()?,
        height: fields.u16()?,
        pixel_aspect: None,
        transfer: None,
    };
    let (record, read): (_, ReadRecord) = match &entry.fourcc.0 {
        b"avc1" | b"avc3" => (FourCc(*b"avcC"), avc::parse),
        b"hvc1" | b"hev1" => (FourCc(*b"hvcC"), hevc::parse),
        b"encv" | b"drmi" => return Ok(refused(info, entry, Unsupported::Encrypted)),
        _ => return Ok(refused(info, entry, Unsupported::Codec(entry.fourcc))),
    };
    let mut codec = None;
    for child in walk.children_after(entry, FIELDS_BYTES) {
        let child = child?;
        if child.fourcc == record {
            codec = codec.or(Some(read(&child, entry.fourcc)?));
        }
        match &child.fourcc.0 {
            b"pasp" => info.pixel_aspect = pixel_aspect(&child).or(info.pixel_aspect),
            b"colr" => info.transfer = transfer(&child).or(info.transfer),
            _ => {}
        }
    }
    let codec = codec.ok_or(Mp4Error::in_box(record, BoxFault::Missing))?;
    Ok((Media::Video(info), codec))
}

fn refused(info: VideoInfo, entry: &BoxView, reason: Unsupported) -> (Media, Codec) {
    (Media::Video(info), Codec::refused(entry.fourcc, reason))
}

/// The shape of a pixel (`pasp`, ISO 14496-12 section 12.1.4), unless it is none.
fn pixel_aspect(pasp: &BoxView) -> Option<(u32, u32)> {
    let mut fields = pasp.fields();
    let (horizontal, vertical) = (fields.u32().ok()?, fields.u32().ok()?);
    (horizontal > 0 && vertical > 0).then_some((horizontal, vertical))
}

/// The transfer characteristics (`colr`, ISO 14496-12 section 12.1.5), when they are given by number.
fn transfer(colr: &BoxView) -> Option<u16> {
    let mut fields = colr.fields();
    let kind = fields.fourcc().ok()?;
    fields.skip(2).ok()?;
    let transfer = fields.u16().ok()?;
    matches!(&kind.0, b"nclx" | b"nclc").then_some(transfer)
}

/// Reads the codec's configuration record in an entry of this type.
type ReadRecord = fn(&BoxView, FourCc) -> Result<Codec, Mp4Error>;

/// Bytes of the fields in front of the boxes.
const FIELDS_BYTES: usize = 78;
