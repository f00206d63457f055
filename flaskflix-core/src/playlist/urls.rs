//! How playlists name their children. The edge implements it beside its router, so the two cannot drift.

/// Relative URLs that a playlist writes.
///
/// # Contract
/// What comes back is a URL reference of printable ASCII (percent-encoded), relative to the playlist that it is
/// written into. It holds no token: children inherit the token's path segment by being relative.
pub trait PlaylistUrls {
    /// A stream's media playlist, relative to the multivariant playlist: `v1/index.m3u8`.
    fn media_playlist(&self, stream: &str) -> String;
    /// A stream's I-frame playlist, relative to the multivariant playlist: `v1/iframes.m3u8`.
    fn key_frames(&self, stream: &str) -> String;
    /// A key frame by its number, relative to its I-frame playlist: `k1.m4s`.
    fn key_frame(&self, number: u32) -> String;
    /// Where the init segments are, relative to the DASH description. A template of ISO/IEC 23009-1 section 5.3.9.4.4:
    /// `$RepresentationID$/init.mp4`.
    fn dash_init(&self) -> String;
    /// Where the media segments are, relative to the DASH description. A template likewise: `$RepresentationID$/$Number$.m4s`.
    fn dash_segment(&self) -> String;
    /// A stream's init segment, relative to its media playlist and its I-frame playlist: `init.mp4`.
    fn init(&self) -> String;
    /// A media segment by its number (1 is the first), relative to its media playlist: `1.m4s`.
    fn segment(&self, number: u32) -> String;
    /// The key of an encrypted title, relative to a media playlist: `../key`.
    fn key(&self) -> String;
    /// A segment of subtitles by its number, relative to its media playlist: `1.vtt`.
    fn text_segment(&self, number: u32) -> String;
    /// A stream of subtitles in one piece, relative to the multivariant playlist: `t1/subtitles.vtt`.
    fn subtitles(&self, stream: &str) -> String;
    /// The title's chapters as JSON, relative to the multivariant playlist: `chapters.json`.
    fn chapters_json(&self) -> String;
}
