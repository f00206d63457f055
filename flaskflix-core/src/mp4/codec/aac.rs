//! AAC: the `AudioSpecificConfig` (ISO 14496-3 section 1.6.2.1).

use super::bits::Bits;

/// What the configuration says about the sound that comes out of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mp4) struct AudioConfig {
    /// The audio object type: 2 low complexity, 5 with spectral band replication, 29 with parametric stereo too.
    pub(in crate::mp4) object_type: u8,
    /// Samples per second, after spectral band replication.
    pub(in crate::mp4) sample_rate: u32,
    /// Channels; `None` when they are not given by number.
    pub(in crate::mp4) channels: Option<u16>,
}

/// The object type indication of MPEG-4 audio.
pub(in crate::mp4) const MPEG_4_AUDIO: u8 = 0x40;

impl AudioConfig {
    /// Reads a configuration; `None` when it is cut off or has a reserved rate.
    pub(in crate::mp4) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(bytes);
        let object_type = object_type(&mut bits)?;
        let sample_rate = sample_rate(&mut bits)?;
        let layout = bits.read(4)?;
        let mut config = Self {
            object_type,
            sample_rate,
            channels: channels(layout),
        };
        if matches!(object_type, SBR | PS) {
            // Explicit signalling: the rate that comes out, then the type of the core.
            config.sample_rate = self::sample_rate(&mut bits)?;
        } else if layout != 0 && GENERAL_AUDIO.contains(&object_type) {
            // Backward compatible signalling may follow; without it the configuration is complete.
            config = config.extended(&mut bits).unwrap_or(config);
        }
        if config.object_type == PS && config.channels == Some(1) {
            config.channels = Some(2);
        }
        Some(config)
    }

    /// The codec string; `None` for MPEG-1 layers 1 and 2, and for type 0.
    pub(in crate::mp4) fn rfc6381(self) -> Option<String> {
        match self.object_type {
            0 | 32..=33 => None,
            object_type => Some(format!("mp4a.40.{object_type}")),
        }
    }

    /// The configuration with the extension that follows a `GASpecificConfig`, when there is one.
    fn extended(mut self, bits: &mut Bits<'_>) -> Option<Self> {
        let _short_frames = bits.flag()?;
        if bits.flag()? {
            // Depends on a core coder: its delay.
            bits.read(14)?;
        }
        let _extension = bits.flag()?;
        if bits.read(11)? != SYNC_EXTENSION || object_type(bits)? != SBR || !bits.flag()? {
            return None;
        }
        self.object_type = SBR;
        self.sample_rate = sample_rate(bits)?;
        if bits.read(11) == Some(PS_EXTENSION) && bits.flag() == Some(true) {
            self.object_type = PS;
        }
        Some(self)
    }
}

/// Five bits, or 31 and six more.
fn object_type(bits: &mut Bits<'_>) -> Option<u8> {
    let value = match bits.read(5)? {
        31 => bits.read(6)?.checked_add(32)?,
        value => value,
    };
    u8::try_from(value).ok()
}

/// Four bits of index, or 15 and the rate itself.
fn sample_rate(bits: &mut Bits<'_>) -> Option<u32> {
    let rate = match bits.read(4)? {
        15 => bits.read(24)?,
        index => *SAMPLE_RATES.get(usize::try_from(index).ok()?)?,
    };
    (rate > 0).then_some(rate)
}

/// Channels of a channel configuration (ISO 23001-8 table 8).
const fn channels(layout: u32) -> Option<u16> {
    Some(match layout {
        1 => 1,
        2 => 2,
        3 => 3,
        4 => 4,
        5 => 5,
        6 => 6,
        7 | 12 | 14 => 8,
        11 => 7,
        13 => 24,
        _ => return None,
    })
}

const SBR: u8 = 5;
const PS: u8 = 29;

/// The object types whose configuration goes on with a `GASpecificConfig` without further fields.
const GENERAL_AUDIO: [u8; 4] = [1, 2, 3, 4];

const SYNC_EXTENSION: u32 = 0x2b7;
const PS_EXTENSION: u32 = 0x548;

const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_say_type_rate_and_channels() {
        #[rustfmt::skip]
        let table: [(&[u8], &str, u32, Option<u16>); 8] = [
            (&[0x12, 0x10],                               "mp4a.40.2",  44_100, Some(2)),
            (&[0x11, 0xb0],                               "mp4a.40.2",  48_000, Some(6)),
            // Explicit: SBR on a core of 22.05 kHz; PS on a mono core.
            (&[0x2b, 0x8a, 0x08, 0x00],                   "mp4a.40.5",  44_100, Some(1)),
            (&[0xeb, 0x8a, 0x08, 0x00],                   "mp4a.40.29", 44_100, Some(2)),
            // Backward compatible: 24 kHz, then the sync extension with 48 kHz; then with parametric stereo.
            (&[0x13, 0x10, 0x56, 0xe5, 0x98],             "mp4a.40.5",  48_000, Some(2)),
            (&[0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80], "mp4a.40.29", 48_000, Some(2)),
            // An escaped type: 31, then 10 more than 32.
            (&[0xf9, 0x46, 0x40],                         "mp4a.40.42", 48_000, Some(2)),
            // A rate by value, channels by program configuration.
            (&[0x17, 0x80, 0x3e, 0x80, 0x00],             "mp4a.40.2",  32_000, None),
        ];
        for (bytes, text, sample_rate, channels) in table {
            let config = AudioConfig::parse(bytes).unwrap();
            assert_eq!(config.rfc6381().as_deref(), Some(text), "{bytes:02x?}");
            assert_eq!(
                (config.sample_rate, config.channels),
                (sample_rate, channels),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn mpeg_1_layer_3_has_a_string_and_layer_2_has_none() {
        // 31, then 2 and 1 more than 32.
        let mp3 = AudioConfig::parse(&[0xf8, 0x46, 0x40]).unwrap();
        assert_eq!(
            (mp3.object_type, mp3.rfc6381().as_deref()),
            (34, Some("mp4a.40.34"))
        );
        let mp2 = AudioConfig::parse(&[0xf8, 0x26, 0x40]).unwrap();
        assert_eq!((mp2.object_type, mp2.rfc6381()), (33, None));
    }

    #[test]
    fn a_cut_configuration_is_none() {
        assert_eq!(AudioConfig::parse(&[]), None);
        assert_eq!(AudioConfig::parse(&[0x12]), None);
        assert_eq!(AudioConfig::parse(&[0x16, 0x90]), None, "rate 13 is reserved");
    }
}
