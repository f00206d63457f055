//! The files of the watch page: ours are part of the program, video.js is read from where `npm ci` put it.
//!
//! They are served below an address that names their content, so that browsers ask for each of them once. Scripts find
//! each other by relative address, and so by the same version.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use axum::{
    body::Bytes,
    response::{IntoResponse as _, Response},
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};

/// Keeps the files once all of them are there. Until then every page looks again: installing needs no restart.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    complete: OnceLock<Arc<PlayerFiles>>,
}

/// The files of one version.
#[derive(Debug)]
pub(super) struct PlayerFiles {
    version: String,
    installed: bool,
    files: Vec<(&'static str, Bytes)>,
}

impl Shelf {
    /// The files, with video.js from the folder in which `npm ci` was run; `None` is the one in the source tree.
    pub(super) async fn files(&self, folder: Option<&Path>) -> Arc<PlayerFiles> {
        if let Some(files) = self.complete.get() {
            return Arc::clone(files);
        }
        let in_tree = || Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("player");
        let files = Arc::new(PlayerFiles::read(folder.map_or_else(in_tree, Path::to_owned)).await);
        if files.installed {
            return Arc::clone(self.complete.get_or_init(|| files));
        }
        files
    }
}

impl PlayerFiles {
    async fn read(folder: PathBuf) -> Self {
        let read = move || {
            let read =
                |&(name, path): &(_, &str)| Some((name, Bytes::from(std::fs::read(folder.join(path)).ok()?)));
            INSTALLED.iter().map(read).collect::<Option<Vec<_>>>()
        };
        let installed = tokio::task::spawn_blocking(read).await.unwrap_or_default();
        let ours = OURS.map(|(name, text)| (name, Bytes::from_static(text.as_bytes())));
        let mut files = Vec::from(ours);
        files.extend(installed.iter().flatten().cloned());
        Self {
            version: version(&files),
            installed: installed.is_some(),
            files,
        }
    }

    /// Whether video.js is there; without it the page plays with what the browser has.
    pub(super) const fn installed(&self) -> bool {
        self.installed
    }

    /// The address of one file.
    pub(super) fn url(&self, name: &str) -> String {
        format!("/static/watch/{}/{name}", self.version)
    }

    /// The response with one file; `None` for names that are not in the lists below.
    pub(super) fn answer(&self, version: &str, name: &str) -> Option<Response> {
        let (name, bytes) = self.files.iter().find(|(known, _)| *known == name)?;
        // A page of an older program is open somewhere: it gets what there is, and no cache may keep that.
        let keep = if version == self.version {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [(CONTENT_TYPE, media_type(name)), (CACHE_CONTROL, keep)];
        Some((headers, bytes.clone()).into_response())
    }
}

fn version(files: &[(&str, Bytes)]) -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in files {
        hasher.update(name);
        hasher.update([0]);
        hasher.update(bytes);
    }
    let mut version = String::new();
    for byte in hasher.finalize().iter().take(8) {
        // Writing to a string does not fail.
        let _ = write!(version, "{byte:02x}");
    }
    version
}

fn media_type(name: &str) -> &'static str {
    if name.ends_with(".css") {
        "text/css; charset=utf-8"
    } else {
        "text/javascript; charset=utf-8"
    }
}

/// What the page's first script loads, so that the browser need not find out one by one.
pub(super) const MODULES: &[&str] = &[
    "beginning.js",
    "chapters.js",
    "ending.js",
    "keyboard.js",
    "late-subtitles.js",
    "media-session.js",
    "messages.js",
    "panels.js",
    "player.js",
    "quality-menu.js",
    "quick-seeks.js",
    "rates.js",
    "reports.js",
    "save-queue.js",
    "stream-token.js",
    "time.js",
    "touch.js",
    "vhs-requests.js",
];

/// Name and text.
const OURS: [(&str, &str); 22] = [
    ("beginning.js", include_str!("../../../assets/watch/beginning.js")),
    ("ending.js", include_str!("../../../assets/watch/ending.js")),
    ("main.js", include_str!("../../../assets/watch/main.js")),
    (
        "media-session.js",
        include_str!("../../../assets/watch/media-session.js"),
    ),
    ("messages.js", include_str!("../../../assets/watch/messages.js")),
    ("panels.js", include_str!("../../../assets/watch/panels.js")),
    ("player.js", include_str!("../../../assets/watch/player.js")),
    ("reports.js", include_str!("../../../assets/watch/reports.js")),
    (
        "save-queue.js",
        include_str!("../../../assets/watch/save-queue.js"),
    ),
    (
        "stream-token.js",
        include_str!("../../../assets/watch/stream-token.js"),
    ),
    ("time.js", include_str!("../../../assets/watch/time.js")),
    ("touch.js", include_str!("../../../assets/watch/touch.js")),
    (
        "vhs-requests.js",
        include_str!("../../../assets/watch/vhs-requests.js"),
    ),
    ("watch.css", include_str!("../../../assets/watch/watch.css")),
    (
        "before-videojs.js",
        include_str!("../../../../player/before-videojs.js"),
    ),
    ("chapters.js", include_str!("../../../../player/chapters.js")),
    ("keyboard.js", include_str!("../../../../player/keyboard.js")),
    (
        "late-subtitles.js",
        include_str!("../../../../player/late-subtitles.js"),
    ),
    (
        "quality-menu.js",
        include_str!("../../../../player/quality-menu.js"),
    ),
    (
        "quick-seeks.js",
        include_str!("../../../../player/quick-seeks.js"),
    ),
    ("rates.js", include_str!("../../../../player/rates.js")),
    ("skin.css", include_str!("../../../../player/skin.css")),
];

/// Name, and path below the folder.
const INSTALLED: [(&str, &str); 2] = [
    ("video.min.js", "node_modules/video.js/dist/video.min.js"),
    ("video-js.min.css", "node_modules/video.js/dist/video-js.min.css"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn video_js_is_found_as_soon_as_it_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::default();
        let before = shelf.files(Some(folder.path())).await;
        assert!(!before.installed());
        assert!(before.answer(&before.version, "video.min.js").is_none());

        let dist = folder.path().join("node_modules/video.js/dist");
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("video.min.js"), "player").unwrap();
        assert!(!shelf.files(Some(folder.path())).await.installed());
        std::fs::write(dist.join("video-js.min.css"), "style").unwrap();
        let after = shelf.files(Some(folder.path())).await;
        assert!(after.installed());
        assert_ne!(before.version, after.version);
        assert!(after.answer(&after.version, "video.min.js").is_some());
    }

    #[tokio::test]
    async fn only_the_right_version_is_kept_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let files = PlayerFiles::read(folder.path().to_owned()).await;
        let kept = |version: &str| {
            let response = files.answer(version, "main.js").unwrap();
            response.headers()[CACHE_CONTROL].to_str().unwrap().to_owned()
        };
        assert!(kept(&files.version).contains("immutable"));
        assert_eq!(kept("0000000000000000"), "no-cache");
    }

    #[tokio::test]
    async fn only_listed_files_are_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        let files = PlayerFiles::read(folder.path().to_owned()).await;
        for name in [
            "secret",
            "../secret",
            "",
            "node_modules/video.js/dist/video.min.js",
        ] {
            assert!(files.answer(&files.version, name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_script_that_the_first_one_needs_is_loaded_with_it() {
        let scripts = || OURS.iter().filter(|(name, _)| name.ends_with(".js"));
        for (name, text) in scripts() {
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let wanted = line
                    .split('"')
                    .nth(1)
                    .and_then(|path| path.strip_prefix("./"))
                    .unwrap();
                assert!(MODULES.contains(&wanted), "{name} imports {wanted}");
            }
        }
        for module in MODULES {
            assert!(
                scripts().any(|(name, _)| name == module),
                "{module} is not part of the program"
            );
        }
    }
}
