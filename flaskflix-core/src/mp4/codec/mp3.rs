//! MP3: an `mp4a` sample entry with its own object type, or one of `QuickTime`'s entries without a configuration.

use super::Sound;

/// The object type indication of MP3 at the rates of MPEG-1: 32 kHz and more.
pub(in crate::mp4) const MPEG_1: u8 = 0x6b;
/// The object type indication of MP3 at the rates of MPEG-2: 24 kHz and less.
pub(in crate::mp4) const MPEG_2: u8 = 0x69;

/// The object type indication that MP3 of this rate has.
pub(crate) const fn object_type(sample_rate: u32) -> u8 {
    if sample_rate < LEAST_MPEG_1_RATE {
        MPEG_2
    } else {
        MPEG_1
    }
}

/// MP3 of this object type.
pub(in crate::mp4) fn sound(object_type: u8) -> Sound {
    Sound::new(&format!("mp4a.{object_type:02X}"), 0, 0)
}

const LEAST_MPEG_1_RATE: u32 = 32_000;
