//! Scripts and styles: ours are part of the program, video.js is read from where `npm ci` put it.

use std::path::{Path, PathBuf};

use axum::{
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};

/// Finds the files that pages load.
#[derive(Debug, Clone)]
pub(crate) struct PlayerAssets {
    folder: PathBuf,
}

/// One file with its media type.
pub(crate) struct Asset {
    media_type: &'static str,
    bytes: Bytes,
}

impl PlayerAssets {
    /// Takes the folder in which `npm ci` was or will be run; `None` is the one in the source tree.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder: folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("player")),
        }
    }

    /// The folder in which `npm ci` is to be run.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether video.js is there. Asked for every page, so that installing it needs no restart.
    pub(crate) fn installed(&self) -> bool {
        INSTALLED
            .iter()
            .all(|(_, _, path)| self.folder.join(path).is_file())
    }

    /// Reads one file of the two lists below; `None` for every other name.
    pub(crate) async fn read(&self, name: &str) -> Option<Asset> {
        if let Some(&(_, media_type, text)) = OURS.iter().find(|(ours, ..)| *ours == name) {
            return Some(Asset {
                media_type,
                bytes: Bytes::from_static(text.as_bytes()),
            });
        }
        let &(_, media_type, path) = INSTALLED.iter().find(|(installed, ..)| *installed == name)?;
        let path = self.folder.join(path);
        let read = tokio::task::spawn_blocking(move || std::fs::read(path))
            .await
            .ok()?;
        Some(Asset {
            media_type,
            bytes: read.ok()?.into(),
        })
    }
}

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, self.media_type)], self.bytes).into_response()
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Name, media type, text.
const OURS: [(&str, &str, &str); 13] = [
    ("origin.css", STYLE, include_str!("../web/origin.css")),
    ("player.css", STYLE, include_str!("../web/player.css")),
    ("icon.svg", "image/svg+xml", include_str!("../web/icon.svg")),
    ("play.js", SCRIPT, include_str!("../web/play.js")),
    ("messages.js", SCRIPT, include_str!("../web/messages.js")),
    // What the two programs with a player share.
    ("skin.css", STYLE, include_str!("../../player/skin.css")),
    (
        "before-videojs.js",
        SCRIPT,
        include_str!("../../player/before-videojs.js"),
    ),
    ("chapters.js", SCRIPT, include_str!("../../player/chapters.js")),
    ("keyboard.js", SCRIPT, include_str!("../../player/keyboard.js")),
    (
        "late-subtitles.js",
        SCRIPT,
        include_str!("../../player/late-subtitles.js"),
    ),
    (
        "quick-seeks.js",
        SCRIPT,
        include_str!("../../player/quick-seeks.js"),
    ),
    ("rates.js", SCRIPT, include_str!("../../player/rates.js")),
    (
        "quality-menu.js",
        SCRIPT,
        include_str!("../../player/quality-menu.js"),
    ),
];

/// Name, media type, path below the folder.
const INSTALLED: [(&str, &str, &str); 2] = [
    ("video.min.js", SCRIPT, "node_modules/video.js/dist/video.min.js"),
    (
        "video-js.min.css",
        STYLE,
        "node_modules/video.js/dist/video-js.min.css",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_listed_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        let assets = PlayerAssets::new(Some(folder.path().to_owned()));
        assert!(!assets.installed());
        for name in [
            "secret",
            "../secret",
            "video.min.js",
            "",
            "node_modules/video.js/dist/video.min.js",
        ] {
            assert!(assets.read(name).await.is_none(), "{name}");
        }
        assert!(assets.read("play.js").await.is_some());

        let dist = folder.path().join("node_modules/video.js/dist");
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("video.min.js"), "player").unwrap();
        std::fs::write(dist.join("video-js.min.css"), "style").unwrap();
        assert!(assets.installed());
        assert_eq!(assets.read("video.min.js").await.unwrap().bytes, "player");
    }
}
