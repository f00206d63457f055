//! The header of an AAC frame in a stream (ADTS, ISO 13818-7 section 6.2).

/// The codec string of AAC frames: the audio object type of the first header.
///
/// Spectral band replication is not announced in this header; `mp4a.40.2` is then the string of the core, which every decoder takes.
pub(super) fn rfc6381(stream: &[u8]) -> Option<String> {
    let header = stream.array_windows::<4>().find(|[sync, head, config, _]| {
        *sync == 0xff && head & 0xf6 == 0xf0 && *config >> 2 & 15 < RESERVED_RATES
    })?;
    let [_, _, config, _] = header;
    Some(format!("mp4a.40.{}", (config >> 6) + 1))
}

const RESERVED_RATES: u8 = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_type_is_one_more_than_the_profile() {
        // Low complexity, 48 kHz, two channels; then main profile.
        assert_eq!(rfc6381(&[0xff, 0xf1, 0x4c, 0x80]).as_deref(), Some("mp4a.40.2"));
        assert_eq!(
            rfc6381(&[0, 0xff, 0xf9, 0x0c, 0x80]).as_deref(),
            Some("mp4a.40.1")
        );
        assert_eq!(rfc6381(&[0xff, 0xf1, 0x74, 0x80]), None, "rate 13 is reserved");
        assert_eq!(rfc6381(&[0xff, 0xfb, 0x4c, 0x80]), None, "layer 3 is no AAC");
    }
}
