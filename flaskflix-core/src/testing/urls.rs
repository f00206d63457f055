//! URLs as the edge writes them, for playlists in tests and benches.

use crate::playlist::PlaylistUrls;

/// Relative URLs of the shape that `flaskflix-http` serves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Urls;

impl PlaylistUrls for Urls {
    fn media_playlist(&self, stream: &str) -> String {
        format!("{stream}/index.m3u8")
    }
    fn key_frames(&self, stream: &str) -> String {
        format!("{stream}/iframes.m3u8")
    }
    fn key_frame(&self, number: u32) -> String {
        format!("k{number}.m4s")
    }
    fn dash_init(&self) -> String {
        "$RepresentationID$/init.mp4".to_owned()
    }
    fn dash_segment(&self) -> String {
        "$RepresentationID$/$Number$.m4s".to_owned()
    }
    fn init(&self) -> String {
        "init.mp4".to_owned()
    }
    fn segment(&self, number: u32) -> String {
        format!("{number}.m4s")
    }
    fn key(&self) -> String {
        "../key".to_owned()
    }

    fn text_segment(&self, number: u32) -> String {
        format!("{number}.vtt")
    }
    fn subtitles(&self, stream: &str) -> String {
        format!("{stream}/subtitles.vtt")
    }
    fn chapters_json(&self) -> String {
        "chapters.json".to_owned()
    }
}
