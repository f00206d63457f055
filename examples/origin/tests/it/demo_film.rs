//! The demo film in the repository: small enough, and served.

use std::path::{Path, PathBuf};

use crate::program::Folder;

const RENDITIONS: [&str; 3] = ["1080p.mp4", "720p.mp4", "360p.mp4"];

fn media() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media")
}

#[test]
fn all_renditions_together_have_at_most_8_mb() {
    let files = std::fs::read_dir(media().join("demo")).unwrap();
    let mut sizes: Vec<_> = files
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                file.metadata().unwrap().len(),
            )
        })
        .collect();
    sizes.sort();
    let total: u64 = sizes.iter().map(|(_, len)| len).sum();
    assert_eq!(
        sizes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["1080p.mp4", "360p.mp4", "720p.mp4"]
    );
    assert!(total <= 8_000_000, "{total} bytes: {sizes:?}");
}

/// A folder with the demo film in it.
pub(crate) fn with_demo() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.root().join("demo")).unwrap();
    for name in RENDITIONS {
        std::fs::copy(
            media().join("demo").join(name),
            folder.root().join("demo").join(name),
        )
        .unwrap();
    }
    folder
}

#[test]
fn the_demo_is_one_title_with_three_qualities_and_two_languages() {
    let folder = with_demo();
    let origin = folder.open(&[]);
    assert!(origin.get("/").text().contains("3 qualities"));
    let master = origin.get("/stream/demo/master.m3u8").text();
    assert_eq!(master.matches("#EXT-X-STREAM-INF").count(), 3, "{master}");
    for resolution in ["1920x1080", "1280x720", "640x360"] {
        assert!(master.contains(&format!("RESOLUTION={resolution}")), "{master}");
    }
    for (language, name) in [("en", "English"), ("de", "Deutsch")] {
        assert!(master.contains(&format!("LANGUAGE=\"{language}")), "{master}");
        assert!(master.contains(&format!("NAME=\"{name}")), "{master}");
    }
}

#[test]
fn the_demo_can_be_cut_at_all_goals_in_all_qualities() {
    let folder = with_demo();
    let origin = folder.open(&[]);
    for stream in ["v1", "v2", "v3"] {
        let playlist = origin.get(&format!("/stream/demo/{stream}/index.m3u8")).text();
        let secs: Vec<f64> = playlist
            .lines()
            .filter_map(|line| line.strip_prefix("#EXTINF:"))
            .map(|rest| rest.trim_end_matches(',').parse().unwrap())
            .collect();
        // Key frames every 2 s at the same places: without them the cuts common to all would lie further apart.
        // Up to a frame more for the sound, which starts a little before the picture.
        let near = |secs: f64, wanted: f64| (secs - wanted).abs() < 1.0 / 24.0;
        // Three short ones for a quick start, then the target; the film lasts 64 s.
        let wanted = [2.0, 2.0, 4.0].into_iter().chain([6.0; 9]).chain([2.0]);
        assert!(
            secs.len() == 13 && secs.iter().zip(wanted).all(|(&secs, wanted)| near(secs, wanted)),
            "{stream}: {secs:?}"
        );
    }
}

#[test]
fn the_demo_plays_as_one_file_too() {
    let folder = with_demo();
    let film = folder.open(&[]).get("/stream/demo/video");
    assert_eq!(film.status, 200);
    assert!(film.head.contains("content-type: video/mp4"), "{}", film.head);
    assert!(
        film.body == std::fs::read(media().join("demo/1080p.mp4")).unwrap(),
        "the best rendition"
    );
}
