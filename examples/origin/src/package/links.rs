//! What playlists and manifests name.

use super::is_plain;

/// The files that an HLS playlist names: its lines that are neither tags nor comments, and the values of `URI` (RFC 8216 section
/// 4.3).
pub(super) fn of_playlist(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| match line.strip_prefix('#') {
            None => Some(line.trim()).filter(|line| !line.is_empty()),
            Some(tag) => between(tag, "URI=\"", "\"").map(|(uri, _)| uri),
        })
        .collect()
}

/// The files that a DASH manifest names by themselves. (Its segments have the names that they have in HLS.)
pub(super) fn of_manifest(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some((link, after)) = between(rest, "<BaseURL>", "</BaseURL>") {
        rest = after;
        // A folder is no file.
        if !link.ends_with('/') {
            links.push(link.trim());
        }
    }
    links
}

/// Where a link of the file `base` leads, from the title's own folder. `None`: out of it, or to another host.
pub(super) fn resolve(base: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => {
                parts.pop()?;
            }
            "." => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| is_plain(path))
}

/// The text between two marks, and what follows the second.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlist_names_its_lines_and_its_attributes() {
        let text = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.0,\n1.m4s\r\n\n\
                    #EXT-X-MEDIA:TYPE=AUDIO,NAME=\"a\",URI=\"a1/index.m3u8\",CHANNELS=\"2\"\n#EXT-X-ENDLIST\n";
        assert_eq!(of_playlist(text), ["init.mp4", "1.m4s", "a1/index.m3u8"]);
    }

    #[test]
    fn manifest_names_its_base_urls_that_are_files() {
        let text = "<MPD><BaseURL>v1/</BaseURL><BaseURL>t1/subtitles.vtt</BaseURL></MPD>";
        assert_eq!(of_manifest(text), ["t1/subtitles.vtt"]);
    }

    #[test]
    fn links_stay_below_the_title() {
        for (base, link, path) in [
            ("master.m3u8", "v1/index.m3u8", Some("v1/index.m3u8")),
            ("v1/index.m3u8", "init.mp4", Some("v1/init.mp4")),
            ("v1/index.m3u8", "../key", Some("key")),
            ("v1/index.m3u8", "./1.m4s", Some("v1/1.m4s")),
            ("v1/index.m3u8", "../../x", None),
            ("master.m3u8", "../x", None),
            ("master.m3u8", "/etc/passwd", None),
            ("master.m3u8", "https://example.org/1.m4s", None),
            ("master.m3u8", "v1/%2e%2e/x", None),
            ("master.m3u8", ".hidden", None),
            ("master.m3u8", "a\\b", None),
            ("master.m3u8", "", None),
        ] {
            assert_eq!(resolve(base, link).as_deref(), path, "{base} {link}");
        }
    }
}
