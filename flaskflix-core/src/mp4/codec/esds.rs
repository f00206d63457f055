//! The decoder's configuration inside an `esds` box (ISO 14496-1 section 7.2.6).

use bytes::Bytes;

use crate::mp4::{BoxFault, FourCc, Mp4Error, fields::Fields, walk::BoxView};

/// What a decoder of an elementary stream needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mp4) struct DecoderConfig {
    /// The object type indication: which standard the stream follows.
    pub(in crate::mp4) object_type: u8,
    /// Configuration that this standard defines.
    pub(in crate::mp4) specific: Option<Bytes>,
}

impl DecoderConfig {
    /// Reads an `esds` box.
    pub(in crate::mp4) fn parse(esds: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = esds.fields();
        fields.version_and_flags()?;
        let mut stream = expect(&mut fields, ES_DESCRIPTOR)?;
        stream.skip(2)?;
        let flags = stream.u8()?;
        if flags & 0x80 != 0 {
            stream.skip(2)?;
        }
        if flags & 0x40 != 0 {
            let url_bytes = stream.u8()?;
            stream.skip(usize::from(url_bytes))?;
        }
        if flags & 0x20 != 0 {
            stream.skip(2)?;
        }
        let mut decoder = expect(&mut stream, DECODER_CONFIG_DESCRIPTOR)?;
        let object_type = decoder.u8()?;
        // Stream type, buffer size, maximum and average bit rate.
        decoder.skip(12)?;
        let mut specific = None;
        while specific.is_none() && decoder.len() > 0 {
            let (tag, descriptor) = descriptor(&mut decoder)?;
            specific = (tag == DECODER_SPECIFIC_INFO).then(|| descriptor.rest());
        }
        Ok(Self {
            object_type,
            specific,
        })
    }
}

/// The next descriptor, which must be of this kind.
fn expect(fields: &mut Fields, wanted: u8) -> Result<Fields, Mp4Error> {
    let (tag, descriptor) = descriptor(fields)?;
    if tag == wanted {
        Ok(descriptor)
    } else {
        Err(fields.fault(BoxFault::BadField {
            field: "descriptor tag",
            value: u64::from(tag),
        }))
    }
}

/// The next descriptor: its tag and its fields. Its size has 7 bits a byte, the last byte below 0x80.
///
/// Some muxers write sizes that are too large: a descriptor ends with its parent at the latest.
fn descriptor(fields: &mut Fields) -> Result<(u8, Fields), Mp4Error> {
    let tag = fields.u8()?;
    let mut size = 0_usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        size = (size << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let inner = fields.take(size.min(fields.len()))?;
    Ok((tag, Fields::new(FourCc(*b"esds"), inner)))
}

const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG_DESCRIPTOR: u8 = 4;
const DECODER_SPECIFIC_INFO: u8 = 5;
