//! The outcome of one title: a table for people, JSON for programs.

use std::fmt;

use serde::Serialize;

/// What was found out about one title.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TitleReport {
    /// Its name.
    pub title: String,
    /// One row for each stream read through HLS.
    pub streams: Vec<StreamRow>,
    /// One row for each variant.
    pub variants: Vec<VariantRow>,
    /// HLS time minus source time, the same for all streams, in microseconds.
    pub offset_us: Option<i64>,
    /// Cues of its subtitles, in the sources.
    pub cues: usize,
    /// Entries of its I-frame playlists.
    pub key_frames: usize,
    /// Streams that its DASH description names; 0 without one.
    pub described: usize,
    /// Whether every media segment is encrypted.
    pub encrypted: bool,
    /// Why the title is refused, as it must be.
    pub refused: Option<String>,
    /// What is wrong, one clear sentence each. Empty: the title passed.
    pub failures: Vec<String>,
}

/// One stream read through HLS.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StreamRow {
    /// Media playlist and stream index.
    pub stream: String,
    /// The source track it carries, empty when none was found.
    pub source: String,
    /// `ffprobe`'s name of the codec.
    pub codec: String,
    /// Segments of its playlist.
    pub segments: usize,
    /// Packets that arrived.
    pub packets: usize,
    /// Payload bytes that arrived.
    pub bytes: u64,
    /// Largest error of a presentation time in microseconds, after the common offset.
    pub presentation_error_us: Option<i64>,
    /// Largest error of a decode time in microseconds, after the common offset.
    pub decode_error_us: Option<i64>,
    /// The error that is allowed: one tick, in microseconds (rounded up).
    pub tick_us: Option<i64>,
    /// Largest error of any run of `EXTINF`, in microseconds.
    pub extinf_error_us: i64,
    /// Whether packets and times are right.
    pub right: bool,
}

/// Declared and measured bit rates of one variant, bits per second.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VariantRow {
    /// Its URI in the multivariant playlist.
    pub variant: String,
    /// `BANDWIDTH`.
    pub declared_peak: Option<u64>,
    /// What a client downloads.
    pub measured_peak: u64,
    /// `AVERAGE-BANDWIDTH`.
    pub declared_average: Option<u64>,
    /// What a client downloads.
    pub measured_average: u64,
}

impl TitleReport {
    /// A report of a title that could not be checked at all.
    #[must_use]
    pub fn broken(title: &str, reason: String) -> Self {
        Self {
            title: title.to_owned(),
            failures: vec![reason],
            ..Self::default()
        }
    }

    /// A report of a title that is refused, as it must be.
    #[must_use]
    pub fn refused(title: &str, reason: String) -> Self {
        Self {
            title: title.to_owned(),
            refused: Some(reason),
            ..Self::default()
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// The reports as a table in Markdown.
#[must_use]
pub fn markdown(reports: &[TitleReport]) -> String {
    let head = "| title | streams | packets | segments | cues | key frames | in the MPD | offset | skew | BANDWIDTH declared / measured |\n\
                |---|---|---|---|---|---|---|---|---|---|\n";
    let rows = reports.iter().map(TitleReport::markdown_row);
    rows.fold(head.to_owned(), |table, row| table + &row)
}

impl TitleReport {
    /// One row: the numbers of a title that passed, or why it is refused, or the first thing that is wrong.
    fn markdown_row(&self) -> String {
        let title = &self.title;
        if let Some(failure) = self.failures.first() {
            return format!("| {title} | **wrong**: {failure} | | | | | | | | |\n");
        }
        if let Some(reason) = &self.refused {
            let reason = reason.trim_start_matches("the title's files cannot be packaged: ");
            return format!("| {title} | refused: {reason} | | | | | | | | |\n");
        }
        let packets: usize = self.streams.iter().map(|row| row.packets).sum();
        let segments: usize = self.streams.iter().map(|row| row.segments).sum();
        let skews = self
            .streams
            .iter()
            .flat_map(|row| [row.presentation_error_us, row.decode_error_us]);
        let skew = skews.flatten().map(i64::abs).max().unwrap_or(0);
        let rates = self.variants.iter().map(|row| {
            let declared = row.declared_peak.unwrap_or(0);
            format!("{declared} / {}", row.measured_peak)
        });
        let rates = rates.collect::<Vec<_>>().join("; ");
        let (streams, offset) = (self.streams.len(), self.offset_us.unwrap_or(0));
        let more = format!("{} | {} | {}", self.cues, self.key_frames, self.described);
        format!(
            "| {title} | {streams} | {packets} | {segments} | {more} | {offset} us | {skew} us | {rates} |\n"
        )
    }
}

impl fmt::Display for TitleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "ok" } else { "FAILED" };
        write!(f, "{} {verdict}", self.title)?;
        if let Some(offset) = self.offset_us {
            write!(f, "   common offset {offset} us")?;
        }
        if let Some(reason) = &self.refused {
            write!(f, "   refused: {reason}")?;
        }
        writeln!(f)?;
        if !self.streams.is_empty() {
            writeln!(
                f,
                "  {:<22} {:<30} {:<6} {:>5} {:>8} {:>12} {:>9} {:>9} {:>9}",
                "stream", "source", "codec", "segs", "packets", "bytes", "pts +-us", "dts +-us", "inf +-us"
            )?;
        }
        for row in &self.streams {
            let micros = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
            writeln!(
                f,
                "  {:<22} {:<30} {:<6} {:>5} {:>8} {:>12} {:>9} {:>9} {:>9}{}",
                row.stream,
                row.source,
                row.codec,
                row.segments,
                row.packets,
                row.bytes,
                micros(row.presentation_error_us),
                micros(row.decode_error_us),
                row.extinf_error_us,
                if row.right { "" } else { "  <-" }
            )?;
        }
        for row in &self.variants {
            let rate =
                |value: Option<u64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
            writeln!(
                f,
                "  {:<22} BANDWIDTH {} (measured {}), AVERAGE-BANDWIDTH {} (measured {})",
                row.variant,
                rate(row.declared_peak),
                row.measured_peak,
                rate(row.declared_average),
                row.measured_average
            )?;
        }
        if self.cues > 0 || self.key_frames > 0 || self.described > 0 {
            writeln!(
                f,
                "  {} cues, {} key frames in I-frame playlists, {} streams in the MPD",
                self.cues, self.key_frames, self.described
            )?;
        }
        for failure in &self.failures {
            writeln!(f, "  FAIL {failure}")?;
        }
        Ok(())
    }
}
