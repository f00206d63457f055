//! Finished HLS playlists below the media folder.

use std::time::Duration;

use flaskflix_core::{
    id::AssetKey,
    playlist::{ChildPath, FileKind, ForeignMedia, ForeignPlaylist, PlaylistLimits},
    range::ByteRange,
    source::{ByteSource as _, read_to_bytes},
};

use super::{
    reasons,
    report::{Inspection, State, TrackLine},
};
use crate::{app::App, web::wording};

/// Reads a playlist and the playlists it names. Segments are counted, not opened, but for the first of each.
pub(super) async fn folder(app: &App, playlist: AssetKey) -> Inspection {
    match look(app, &playlist).await {
        Ok(found) => found,
        Err(reason) => Inspection::refused(DELIVERY, reason),
    }
}

async fn look(app: &App, playlist: &AssetKey) -> Result<Inspection, String> {
    let place = ChildPath::of_playlist(playlist).map_err(|error| reasons::sentence(&error))?;
    let top = read(app, playlist, &place).await?;
    let mut found = Inspection::new(DELIVERY, State::Plays);
    if let Some(media) = top.media() {
        found.duration = Some(length(media));
        found.summary = of_media(media);
        first_segment(app, playlist, media).await?;
        return Ok(found);
    }
    let mut children: Vec<&ChildPath> = top
        .children()
        .filter(|child| child.kind() == FileKind::Playlist)
        .collect();
    children.sort_unstable();
    children.dedup();
    let count = children.len();
    for child in children.into_iter().take(MOST_CHILDREN) {
        let asset = child
            .asset_beside(playlist)
            .map_err(|error| reasons::sentence(&error))?;
        let read = read(app, &asset, child).await?;
        let Some(media) = read.media() else {
            return Err(format!("{child} is named as a stream and lists streams itself."));
        };
        first_segment(app, playlist, media).await?;
        found.duration = found.duration.max(Some(length(media)));
        found.tracks.push(TrackLine {
            what: child.to_string(),
            details: of_media(media),
            planned: String::new(),
            used: true,
        });
    }
    let text = top.rewritten(|child| child.as_str().to_owned());
    found.qualities = qualities(&text);
    found.summary = format!(
        "A finished stream with {}.",
        wording::count(count as u64, "playlist", "playlists")
    );
    Ok(found)
}

async fn read(app: &App, asset: &AssetKey, place: &ChildPath) -> Result<ForeignPlaylist, String> {
    let object = app
        .files()
        .open(asset)
        .await
        .map_err(|error| reasons::of_source(asset, &error))?;
    let len = object.info().len;
    if len > MOST_BYTES {
        return Err(format!(
            "{asset} is larger than {}: it is no playlist.",
            wording::size(MOST_BYTES)
        ));
    }
    let whole = ByteRange::new(0, len).ok_or_else(|| format!("{asset} is empty."))?;
    let bytes = read_to_bytes(&object, whole)
        .await
        .map_err(|error| reasons::of_source(asset, &error))?;
    ForeignPlaylist::read(&bytes, place, &PlaylistLimits::default())
        .map_err(|error| format!("{asset} cannot be used. {}", reasons::sentence(&error)))
}

/// Whether the first segment is there: a playlist without its segments is the usual accident.
async fn first_segment(app: &App, playlist: &AssetKey, media: &ForeignMedia) -> Result<(), String> {
    let first = media.segments.first().ok_or("The playlist lists no segments.")?;
    let asset = first
        .path
        .asset_beside(playlist)
        .map_err(|error| reasons::sentence(&error))?;
    let opened = app.files().open(&asset).await;
    opened
        .map(drop)
        .map_err(|error| reasons::of_source(&asset, &error))
}

fn length(media: &ForeignMedia) -> Duration {
    let micros = media.segments.iter().map(|segment| segment.micros);
    Duration::from_micros(micros.fold(0, u64::saturating_add))
}

fn of_media(media: &ForeignMedia) -> String {
    let segments = wording::count(media.segments.len() as u64, "segment", "segments");
    let encrypted = media.segments.iter().any(|segment| segment.encrypted);
    let note = if encrypted { ", encrypted" } else { "" };
    format!("{segments} · {}{note}", wording::clock(length(media)))
}

/// The heights of `RESOLUTION` in a multivariant playlist that was checked, best first.
fn qualities(text: &str) -> Vec<String> {
    let mut heights: Vec<u32> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:"))
        .filter_map(|attributes| attributes.split("RESOLUTION=").nth(1))
        .filter_map(|size| size.split(',').next()?.split_once('x')?.1.trim().parse().ok())
        .collect();
    heights.sort_unstable_by_key(|height| std::cmp::Reverse(*height));
    heights.dedup();
    heights.iter().map(|height| format!("{height}p")).collect()
}

const DELIVERY: &str = "Finished HLS";

/// Playlists that are read of one multivariant playlist.
const MOST_CHILDREN: usize = 32;

/// As large as a day of two-second segments.
const MOST_BYTES: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_read_from_resolutions() {
        let text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,CODECS=\"a,b\"\na.m3u8\n\
                    #EXT-X-STREAM-INF:RESOLUTION=1920x1080\nb.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=3\nc.m3u8\n";
        assert_eq!(qualities(text), ["1080p", "360p"]);
    }
}
