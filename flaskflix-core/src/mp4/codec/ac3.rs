//! AC-3 and Enhanced AC-3: the `dac3` and `dec3` boxes (ETSI TS 102 366 Annex F).

use super::{Bits, Sound};
use crate::mp4::{BoxFault, Mp4Error, fields::Fields, walk::BoxView};

/// Reads the `dac3` box of an `ac-3` sample entry (section F.4). The codec string is the name of the entry.
pub(in crate::mp4) fn parse(record: &BoxView) -> Result<Sound, Mp4Error> {
    let bytes: [u8; 3] = record.fields().array()?;
    let mut bits = Bits::new(&bytes);
    let read = |bits: &mut Bits<'_>| {
        let rate_code = bits.read(2)?;
        let _stream_and_mode = bits.read(8)?;
        Some((rate_code, speakers(bits)?))
    };
    let (rate_code, channels) = read(&mut bits).unwrap_or_default();
    Ok(Sound::new("ac-3", sample_rate(record, rate_code)?, channels))
}

/// Reads the `dec3` box of an `ec-3` sample entry (section F.6). The codec string is the name of the entry.
///
/// The channels are those of the first independent substream, its dependent ones included: the programme that is played
/// when nobody chooses.
pub(in crate::mp4) fn parse_enhanced(record: &BoxView) -> Result<Sound, Mp4Error> {
    let mut fields = record.fields();
    // The data rate in 13 bits, the number of independent substreams less one in 3, then the first of them.
    let others = fields.u16()? & 7;
    let head: [u8; 3] = fields.array()?;
    let mut bits = Bits::new(&head);
    let read = |bits: &mut Bits<'_>| {
        let rate_code = bits.read(2)?;
        // Stream version in 5 bits, two flags, service in 3.
        bits.read(10)?;
        let channels = speakers(bits)?;
        bits.read(3)?;
        let dependent = bits.read(4)?;
        // The highest of nine bits that say where the dependent substreams' channels are.
        Some((rate_code, channels, dependent, bits.read(1)?))
    };
    let (rate_code, mut channels, dependent, highest) = read(&mut bits).unwrap_or_default();
    if dependent > 0 {
        let locations = (highest << 8) | u32::from(fields.u8()?);
        let added = LOCATION_CHANNELS.iter().zip(0_u32..);
        channels = added
            .filter(|(_, place)| (locations >> place) & 1 == 1)
            .fold(channels, |sum, (count, _)| sum.saturating_add(*count));
    }
    Ok(Sound {
        objects: objects(&mut fields, others),
        ..Sound::new("ec-3", sample_rate(record, rate_code)?, channels)
    })
}

/// The complexity index of joint object coding (section F.6.2, `flag_ec3_extension_type_a`), behind so many further substreams. `None`: there
/// are no objects, or the box ends before it says so, as most do.
fn objects(fields: &mut Fields, substreams: u16) -> Option<u8> {
    for _ in 0..substreams {
        let [_, _, dependent]: [u8; 3] = fields.array().ok()?;
        // Four bits of a number; where it is not 0, eight more bits of channel locations follow.
        if (dependent >> 1) & 15 > 0 {
            fields.skip(1).ok()?;
        }
    }
    let has_objects = fields.u8().ok()? & 1 == 1;
    let index = fields.u8().ok()?;
    (has_objects && index > 0).then_some(index)
}

/// Channels of an audio coding mode (three bits, section 4.4.2.3) and of the low frequency effects behind it (one bit).
fn speakers(bits: &mut Bits<'_>) -> Option<u16> {
    let mode = usize::try_from(bits.read(3)?).ok()?;
    Some(MODE_CHANNELS.get(mode)?.saturating_add(u16::from(bits.flag()?)))
}

/// The rate of a code (section 4.4.1.3); 0 where the code leaves it to the samples.
fn sample_rate(record: &BoxView, code: u32) -> Result<u32, Mp4Error> {
    match (code, &record.fourcc.0) {
        (0, _) => Ok(48_000),
        (1, _) => Ok(44_100),
        (2, _) => Ok(32_000),
        // Half rates of Enhanced AC-3 stand in the samples only (section E.1.3.1.3).
        (_, b"dec3") => Ok(0),
        _ => Err(record.fault(BoxFault::BadField {
            field: "fscod",
            value: u64::from(code),
        })),
    }
}

/// 1+1, 1/0, 2/0, 3/0, 2/1, 3/1, 2/2, 3/2.
const MODE_CHANNELS: [u16; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// Channels at the locations of dependent substreams, bit 0 first (table F.6.1): Lc/Rc, Lrs/Rrs, Cs, Ts, Lsd/Rsd, Lw/Rw, Lvh/Rvh, Cvh, LFE2.
const LOCATION_CHANNELS: [u16; 9] = [2, 2, 1, 1, 2, 2, 2, 1, 1];
