//! Sample entries of sound tracks (ISO 14496-12 section 12.2.3), also as `QuickTime` writes them.

use super::{
    AudioInfo, BoxFault, Codec, FourCc, Media, Mp4Error, ParameterSets, Unsupported,
    codec::{
        Sound,
        aac::{self, AudioConfig},
        ac3,
        esds::DecoderConfig,
        lossless, mp3, opus,
    },
    fields::Fields,
    walk::{BoxView, Walk},
};

/// Reads the sample entry of a sound track; `stsd_version` tells ISO's version 1 entries from `QuickTime`'s.
pub(super) fn parse(entry: &BoxView, stsd_version: u8, walk: &Walk) -> Result<(Media, Codec), Mp4Error> {
    let mut fields = entry.fields();
    let mut info = info(&mut fields, stsd_version)?;
    let fields_bytes = entry.payload.len().saturating_sub(fields.len());
    let record = |fourcc: &[u8; 4]| configuration(entry, fields_bytes, FourCc(*fourcc), walk);
    let sound = match &entry.fourcc.0 {
        b"mp4a" => mpeg_4(&record(b"esds")?)?,
        b"Opus" => Ok(opus::parse(&record(b"dOps")?)?),
        b"ac-3" => Ok(ac3::parse(&record(b"dac3")?)?),
        b"ec-3" => Ok(ac3::parse_enhanced(&record(b"dec3")?)?),
        b"fLaC" => Ok(lossless::parse_flac(&record(b"dfLa")?)?),
        b"alac" => Ok(lossless::parse_alac(&record(b"alac")?)?),
        b".mp3" | b"ms\0\x55" => Ok(mp3::sound(mp3::object_type(info.sample_rate))),
        b"enca" | b"drms" => Err(Unsupported::Encrypted),
        _ => Err(Unsupported::Codec(entry.fourcc)),
    };
    let codec = match sound {
        Ok(sound) => {
            info.sample_rate = sound.sample_rate.unwrap_or(info.sample_rate);
            info.channels = sound.channels.unwrap_or(info.channels);
            info.objects = sound.objects;
            Codec::packageable(entry.fourcc, sound.rfc6381, ParameterSets::NotUsed)
        }
        Err(reason) => Codec::refused(entry.fourcc, reason),
    };
    Ok((Media::Audio(info), codec))
}

/// The fields in front of an entry's boxes.
fn info(fields: &mut Fields, stsd_version: u8) -> Result<AudioInfo, Mp4Error> {
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(6)?;
    let channels = fields.u16()?;
    fields.skip(6)?;
    // 16.16 fixed point: the whole part is the rate.
    let sample_rate = u32::from(fields.u16()?);
    fields.skip(2)?;
    match version {
        1 if stsd_version == 0 => fields.skip(16)?,
        2 if stsd_version == 0 => return version_2(fields),
        _ => {}
    }
    Ok(AudioInfo {
        channels,
        sample_rate,
        objects: None,
    })
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
        objects: None,
    })
}

/// The configuration of an entry: among its boxes, or as `QuickTime` has it inside a `wave` box.
fn configuration(
    entry: &BoxView,
    fields_bytes: usize,
    fourcc: FourCc,
    walk: &Walk,
) -> Result<BoxView, Mp4Error> {
    for child in walk.children_after(entry, fields_bytes) {
        let child = child?;
        if child.fourcc == fourcc {
            return Ok(child);
        }
        if &child.fourcc.0 == b"wave"
            && let [Some(inner)] = walk.pick(&child, [fourcc])?
        {
            return Ok(inner);
        }
    }
    Err(Mp4Error::in_box(fourcc, BoxFault::Missing))
}

/// The sound of an `mp4a` entry, whose codec is named inside its `esds` box.
fn mpeg_4(esds: &BoxView) -> Result<Result<Sound, Unsupported>, Mp4Error> {
    let decoder = DecoderConfig::parse(esds)?;
    let config = decoder.specific.as_deref().and_then(AudioConfig::parse);
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
        // What would be an `AudioSpecificConfig` says nothing about MP3.
        (indication @ (mp3::MPEG_1 | mp3::MPEG_2), _) => return Ok(Ok(mp3::sound(indication))),
        (indication, _) => Err(Unsupported::ObjectType { indication }),
    };
    Ok(rfc6381.map(|rfc6381| Sound {
        rfc6381,
        sample_rate: config.map(|config| config.sample_rate),
        channels: config.and_then(|config| config.channels),
        objects: None,
    }))
}
