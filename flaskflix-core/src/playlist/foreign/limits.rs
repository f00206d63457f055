//! What a reader of other people's playlists is willing to spend.

/// Caps on everything a playlist may ask of its reader.
///
/// Every cap is a setting; the error that a cap causes names it, the value found and the cap itself.
///
/// # Defaults
/// | setting | default | enough for |
/// |---|---|---|
/// | `max_bytes` | 2 MiB | 18 hours of segments of 2 s with names of 40 bytes |
/// | `max_lines` | 131,072 | four lines for each of the segments below |
/// | `max_line_bytes` | 8 KiB | |
/// | `max_segments` | 32,768 | 18 hours of segments of 2 s |
/// | `max_variants` | 256 | streams of a multivariant playlist: variants, I-frame variants and renditions together |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistLimits {
    /// Largest playlist in bytes. It is held in memory while it is read.
    pub max_bytes: u64,
    /// Most lines.
    pub max_lines: usize,
    /// Longest line in bytes.
    pub max_line_bytes: usize,
    /// Most segments of a media playlist.
    pub max_segments: usize,
    /// Most streams of a multivariant playlist, of any kind.
    pub max_variants: usize,
}

impl Default for PlaylistLimits {
    fn default() -> Self {
        Self {
            max_bytes: 2 << 20,
            max_lines: 1 << 17,
            max_line_bytes: 8 << 10,
            max_segments: 1 << 15,
            max_variants: 256,
        }
    }
}
