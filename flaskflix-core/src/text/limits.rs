//! How large timed text may be. A film's subtitles have some 100 KiB and 2,000 cues.

/// Most bytes of a file, and of all samples of a track: 4 MiB.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

/// Most cues of a file, and samples of a track. Each costs about 100 bytes and its text.
pub const MAX_CUES: usize = 100_000;

/// Most bytes of one line of a file: 16 KiB.
pub const MAX_LINE_BYTES: usize = 16 << 10;

/// Most bytes of the text of one cue: 64 KiB.
pub const MAX_CUE_BYTES: usize = 64 << 10;

/// Most bytes of styles and regions together: 16 KiB. They stand in every segment.
pub const MAX_HEADER_BYTES: usize = 16 << 10;
