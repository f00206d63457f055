//! Codec strings ([RFC 6381](https://www.rfc-editor.org/rfc/rfc6381)) derived anew from an init segment that the crate
//! `mp4-atom` read: nothing here is shared with a packager.

use mp4_atom::{Any, Av01, Avcc, Buf as _, Codec, Colr, Decode as _, Esds, Hvcc, Moov, VpcC};

/// The codec string of the one track of an init segment.
///
/// # Errors
/// A text for people: what cannot be read, or that the reader does not know the sample entry.
pub fn of_init(init: &[u8]) -> Result<CodecString, String> {
    let moov = moov(init)?;
    let [track] = moov.trak.as_slice() else {
        return Err(format!("{} tracks in an init segment", moov.trak.len()));
    };
    let [entry] = track.mdia.minf.stbl.stsd.codecs.as_slice() else {
        return Err("not one sample entry".to_owned());
    };
    describe(entry).ok_or_else(|| format!("mp4-atom does not know this sample entry: {entry:?}"))
}

/// What a codec string may be: some formats have fields at the end that may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecString {
    /// The fields that must stand.
    pub required: String,
    /// What may follow.
    pub optional: String,
}

impl CodecString {
    /// Whether this is how the codec may be written. Case counts in no field but those of `mp4a` and `avc1`, where hex
    /// digits are written either way.
    #[must_use]
    pub fn allows(&self, declared: &str) -> bool {
        let full = format!("{}{}", self.required, self.optional);
        [&self.required, &full]
            .iter()
            .any(|text| text.eq_ignore_ascii_case(declared))
    }
}

fn moov(init: &[u8]) -> Result<Moov, String> {
    let mut rest = init;
    while rest.has_remaining() {
        match Any::decode(&mut rest) {
            Ok(Any::Moov(moov)) => return Ok(moov),
            Ok(_) => {}
            Err(error) => return Err(format!("mp4-atom cannot read the init segment: {error}")),
        }
    }
    Err("the init segment has no moov".to_owned())
}

fn describe(entry: &Codec) -> Option<CodecString> {
    let required = match entry {
        Codec::Avc1(avc) => h264("avc1", &avc.avcc),
        Codec::Avc3(avc) => h264("avc3", &avc.avcc),
        Codec::Hvc1(hevc) => h265("hvc1", &hevc.hvcc),
        Codec::Hev1(hevc) => h265("hev1", &hevc.hvcc),
        Codec::Vp09(vp9) => return Some(vp9_string(&vp9.vpcc)),
        Codec::Av01(av1) => return Some(av1_string(av1)),
        Codec::Mp4a(aac) => mpeg_4(&aac.esds)?,
        Codec::Opus(_) => "Opus".to_owned(),
        Codec::Flac(_) => "fLaC".to_owned(),
        Codec::Ac3(_) => "ac-3".to_owned(),
        Codec::Eac3(_) => "ec-3".to_owned(),
        Codec::Unknown(name, _) if name.to_string() == "alac" => "alac".to_owned(),
        _ => return None,
    };
    Some(CodecString {
        required,
        optional: String::new(),
    })
}

/// RFC 6381 section 3.3: profile, constraints and level as hex digits.
fn h264(name: &str, avcc: &Avcc) -> String {
    let (profile, constraints) = (avcc.avc_profile_indication, avcc.profile_compatibility);
    format!(
        "{name}.{profile:02x}{constraints:02x}{:02x}",
        avcc.avc_level_indication
    )
}

/// ISO 14496-15 section E.3: profile, compatibility in reverse bit order, tier and level, constraint bytes up to the last that
/// is not zero.
fn h265(name: &str, hvcc: &Hvcc) -> String {
    let space = ["", "A", "B", "C"]
        .get(usize::from(hvcc.general_profile_space))
        .unwrap_or(&"");
    let compatibility = u32::from_be_bytes(hvcc.general_profile_compatibility_flags).reverse_bits();
    let tier = if hvcc.general_tier_flag { 'H' } else { 'L' };
    let (profile, level) = (hvcc.general_profile_idc, hvcc.general_level_idc);
    let mut text = format!("{name}.{space}{profile}.{compatibility:X}.{tier}{level}");
    let flags = hvcc.general_constraint_indicator_flags;
    let used = flags
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last.saturating_add(1));
    for byte in flags.iter().take(used) {
        text.push_str(&format!(".{byte:X}"));
    }
    text
}

/// AV1 in ISO base media section 5: profile, level, tier and depth must stand, colour may follow.
fn av1_string(av1: &Av01) -> CodecString {
    let config = &av1.av1c;
    let tier = if config.seq_tier_0 { 'H' } else { 'M' };
    let depth = match (config.high_bitdepth, config.twelve_bit) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    let (profile, level) = (config.seq_profile, config.seq_level_idx_0);
    let (x, y) = (config.chroma_subsampling_x, config.chroma_subsampling_y);
    let position = if x && y { config.chroma_sample_position } else { 0 };
    let colour = match av1.colr {
        Some(Colr::Nclx {
            colour_primaries,
            transfer_characteristics,
            matrix_coefficients,
            full_range_flag,
        }) => format!(
            ".{}.{}{}{position}.{colour_primaries:02}.{transfer_characteristics:02}.{matrix_coefficients:02}.{}",
            u8::from(config.monochrome),
            u8::from(x),
            u8::from(y),
            u8::from(full_range_flag)
        ),
        _ => String::new(),
    };
    CodecString {
        required: format!("av01.{profile}.{level:02}{tier}.{depth:02}"),
        optional: colour,
    }
}

/// VP9 in ISO base media: profile, level and depth must stand, all others together may follow.
fn vp9_string(vpcc: &VpcC) -> CodecString {
    let (profile, level, depth) = (vpcc.profile, vpcc.level, vpcc.bit_depth);
    let (chroma, primaries) = (vpcc.chroma_subsampling, vpcc.color_primaries);
    let (transfer, matrix) = (vpcc.transfer_characteristics, vpcc.matrix_coefficients);
    let range = u8::from(vpcc.video_full_range_flag);
    CodecString {
        required: format!("vp09.{profile:02}.{level:02}.{depth:02}"),
        optional: format!(".{chroma:02}.{primaries:02}.{transfer:02}.{matrix:02}.{range:02}"),
    }
}

/// RFC 6381 section 3.3: the object type, and of MPEG-4 audio the audio object type (ISO 14496-3 section 1.6.2.1).
fn mpeg_4(esds: &Esds) -> Option<String> {
    let config = &esds.es_desc.dec_config;
    let indication = config.object_type_indication;
    if indication != 0x40 {
        return Some(format!("mp4a.{indication:02X}"));
    }
    let raw = &config.dec_specific.as_ref()?.raw;
    let (first, second) = (*raw.first()?, raw.get(1).copied().unwrap_or(0));
    let object_type = match first >> 3 {
        31 => u16::from((first & 7) << 3 | second >> 5).saturating_add(32),
        object_type => u16::from(object_type),
    };
    Some(format!("mp4a.40.{object_type}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_may_stand_or_not() {
        let av1 = CodecString {
            required: "av01.0.04M.10".to_owned(),
            optional: ".0.110.09.16.09.0".to_owned(),
        };
        assert!(av1.allows("av01.0.04M.10") && av1.allows("av01.0.04M.10.0.110.09.16.09.0"));
        assert!(!av1.allows("av01.0.04M.10.0.110") && !av1.allows("av01.0.05M.10"));
    }

    #[test]
    fn hevc_leaves_out_the_constraint_bytes_that_are_zero() {
        let hvcc = Hvcc {
            general_profile_space: 0,
            general_tier_flag: false,
            general_profile_idc: 1,
            general_profile_compatibility_flags: 0x6000_0000_u32.to_be_bytes(),
            general_constraint_indicator_flags: [0x90, 0, 0, 0, 0, 0],
            general_level_idc: 93,
            ..Hvcc::new()
        };
        assert_eq!(h265("hvc1", &hvcc), "hvc1.1.6.L93.90");
    }

    #[test]
    fn what_is_no_init_segment_is_an_error() {
        assert!(of_init(b"").is_err());
        assert!(of_init(b"\0\0\0\x08moov").is_err());
        assert!(of_init(&[0xff; 40]).is_err());
    }
}
