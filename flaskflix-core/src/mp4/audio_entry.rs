//! Sample entries of sound tracks (ISO 14496-12 section 12.2.3), also as `QuickTime` writes them.

use super::{
    AudioInfo, BoxFault, Codec, FourCc, Media, Mp4Error, ParameterSets, Unsupported,
    codec::{
        aac::{self, AudioConfig},
        esds::DecoderConfig,
    },
    fields::Fields,
    walk::{BoxView, Walk},
};

/// Reads the sample entry of a sound track; `stsd_version` tells ISO's version 1 entries from `QuickTime`'s.
pub(super) fn parse(entry: &BoxView, stsd_version: u8, walk: &Walk) -> Result<(Media, Codec), Mp4Error> {
    let mut fields = entry.fields();
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(6)?;
    let channels = fields.u16()?;
    fields.skip(6)?;
    // 16.16 fixed point: the whole part is the rate.
    let sample_rate = u32::from(fields.u16()?);
    fields.skip(2)?;
    let mut info = AudioInfo {
        channels,
        sample_rate,
    };
    match version {
        1 if stsd_version == 0 => fields.skip(16)?,
        2 if stsd_version == 0 => info = version_2(&mut fields)?,
        _ => {}
    }
    let fields_bytes = entry.payload.len().saturating_sub(fields.len());
    let reason = match &entry.fourcc.0 {
        b"mp4a" => {
            let esds = find_esds(entry, fields_bytes, walk)?;
            return aac(&esds, entry.fourcc, info);
        }
        b"enca" | b"drms" => Unsupported::Encrypted,
        _ => Unsupported::Codec(entry.fourcc),
    };
    Ok((Media::Audio(info), Codec::refused(entry.fourcc, reason)))
}

/// The further fields of a version 2 entry: the rate as a floating point number, 32 bits of channels.
fn version_2(fields: &mut Fields) -> Result<AudioInfo, Mp4Error> {
    fields.skip(4)?;
    let rate = f64::from_bits(fields.u64()?);
    let channels = fields.u32()?;
    fields.skip(20)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates at both ends, and not-a-number becomes 0"
    )]
    let sample_rate = rate as u32;
    Ok(AudioInfo {
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        sample_rate,
    })
}

/// The `esds` box of an entry: among its boxes, or as `QuickTime` has it inside a `wave` box.
fn find_esds(entry: &BoxView, fields_bytes: usize, walk: &Walk) -> Result<BoxView, Mp4Error> {
    let esds = FourCc(*b"esds");
    for child in walk.children_after(entry, fields_bytes) {
        let child = child?;
        if child.fourcc == esds {
            return Ok(child);
        }
        if &child.fourcc.0 == b"wave"
            && let [Some(inner)] = walk.pick(&child, [esds])?
        {
            return Ok(inner);
        }
    }
    Err(Mp4Error::in_box(esds, BoxFault::Missing))
}

/// The codec of an `mp4a` entry, and what its configuration corrects about the entry.
fn aac(esds: &BoxView, fourcc: FourCc, mut info: AudioInfo) -> Result<(Media, Codec), Mp4Error> {
    let decoder = DecoderConfig::parse(esds)?;
    let config = decoder.specific.as_deref().and_then(AudioConfig::parse);
    if let Some(config) = config {
        info.sample_rate = config.sample_rate;
        info.channels = config.channels.unwrap_or(info.channels);
    }
    let rfc6381 = match (decoder.object_type, config) {
        (aac::MPEG_4_AUDIO, None) => {
            return Err(esds.fault(BoxFault::BadField {
                field: "AudioSpecificConfig",
                value: 0,
            }));
        }
        (aac::MPEG_4_AUDIO, Some(config)) => config.rfc6381().ok_or(Unsupported::AudioObjectType {
            object_type: config.object_type,
        }),
        // AAC main, low complexity and scalable sampling rate of MPEG-2.
        (indication @ 0x66..=0x68, _) => Ok(format!("mp4a.{indication:02x}")),
        (indication, _) => Err(Unsupported::ObjectType { indication }),
    };
    let codec = match rfc6381 {
        Ok(text) => Codec::packageable(fourcc, text, ParameterSets::NotUsed),
        Err(reason) => Codec::refused(fourcc, reason),
    };
    Ok((Media::Audio(info), codec))
}
