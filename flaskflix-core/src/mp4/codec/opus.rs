//! Opus: the `dOps` box
//! ([Encapsulation of Opus in ISO BMFF](https://opus-codec.org/docs/opus_in_isobmff.html) section 4.3.2).

use super::Sound;
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// Reads the configuration of an `Opus` sample entry. Its codec string is the name of the entry.
pub(in crate::mp4) fn parse(record: &BoxView) -> Result<Sound, Mp4Error> {
    let mut fields = record.fields();
    let version = fields.u8()?;
    if version != 0 {
        return Err(fields.fault(BoxFault::BadField {
            field: "Version",
            value: u64::from(version),
        }));
    }
    let channels = fields.u8()?;
    if channels == 0 {
        return Err(fields.fault(BoxFault::BadField {
            field: "OutputChannelCount",
            value: 0,
        }));
    }
    // Pre-skip, the rate of what was encoded (the decoder's is always 48 kHz), gain.
    fields.skip(8)?;
    let family = fields.u8()?;
    if family != 0 {
        // Streams, coupled streams, and where each channel comes from.
        fields.skip(usize::from(channels).saturating_add(2))?;
    }
    Ok(Sound::new("Opus", DECODED_RATE, u16::from(channels)))
}

/// Opus decodes to 48 kHz whatever was encoded ([RFC 7845](https://www.rfc-editor.org/rfc/rfc7845#section-5.1)).
const DECODED_RATE: u32 = 48_000;
