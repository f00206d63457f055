//! FLAC and ALAC: the `dfLa` box
//! ([Encapsulation of FLAC in ISO BMFF](https://github.com/xiph/flac/blob/master/doc/isoflac.txt) section 3.3.2)
//! and Apple's `alac` box inside the sample entry of the same name.

use super::{Bits, Sound};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// Reads the configuration of a `fLaC` sample entry: its first metadata block is the stream's description
/// ([RFC 9639](https://www.rfc-editor.org/rfc/rfc9639#section-8.2)). The codec string is the name of the entry.
pub(in crate::mp4) fn parse_flac(record: &BoxView) -> Result<Sound, Mp4Error> {
    let mut fields = record.fields();
    fields.version_and_flags()?;
    let [kind, len @ ..]: [u8; 4] = fields.array()?;
    // The highest bit marks the last block.
    if kind & 0x7f != STREAM_INFO || len != STREAM_INFO_BYTES {
        return Err(fields.fault(BoxFault::BadField {
            field: "BlockType",
            value: u64::from(kind & 0x7f),
        }));
    }
    // Sizes of blocks and frames.
    fields.skip(10)?;
    let rest: [u8; 24] = fields.array()?;
    let mut bits = Bits::new(&rest);
    let sample_rate = bits.read(20).unwrap_or(0);
    let channels = bits.read(3).unwrap_or(0).saturating_add(1);
    Ok(Sound::new(
        "fLaC",
        sample_rate,
        u16::try_from(channels).unwrap_or(0),
    ))
}

/// Reads the configuration of an `alac` sample entry, the magic cookie. The codec string is the name of the entry.
pub(in crate::mp4) fn parse_alac(record: &BoxView) -> Result<Sound, Mp4Error> {
    let mut fields = record.fields();
    fields.version_and_flags()?;
    // Frame length, version, bit depth, three parameters of the coder.
    fields.skip(9)?;
    let channels = fields.u8()?;
    // Longest run, largest frame, average bit rate.
    fields.skip(10)?;
    Ok(Sound::new("alac", fields.u32()?, u16::from(channels)))
}

const STREAM_INFO: u8 = 0;
const STREAM_INFO_BYTES: [u8; 3] = [0, 0, 34];
