//! Any bytes as a playlist: what is served of it names only files below its folder, and reads the same again.
#![no_main]

use flaskflix_core::playlist::{ChildPath, ForeignPlaylist, PlaylistLimits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A folder deep enough that `..` can lead to a neighbour and out of the title.
    let place = ChildPath::parse("a/b/index.m3u8").unwrap();
    let limits = PlaylistLimits::default();
    let Ok(playlist) = ForeignPlaylist::read(bytes, &place, &limits) else {
        return;
    };
    let served = playlist.rewritten(|child| child.url_from(&place));
    for uri in uris(&served) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
        assert!(uri.bytes().all(plain) && !uri.starts_with('/'), "{uri:?}");
        let up = uri.split('/').take_while(|component| *component == "..").count();
        let rest = uri.split('/').skip(up);
        assert!(
            up <= 2 && rest.clone().all(|name| !matches!(name, "" | "." | "..")),
            "{uri:?}"
        );
        let escaped = uri.to_ascii_lowercase();
        assert!(
            !["%2f", "%5c", "%00"].iter().any(|bad| escaped.contains(bad)),
            "{uri:?}"
        );
    }
    let again =
        ForeignPlaylist::read(served.as_bytes(), &place, &limits).expect("what is served can be read");
    assert!(again.children().eq(playlist.children()));
    assert_eq!(again.media(), playlist.media());
    assert_eq!(again.rewritten(|child| child.url_from(&place)), served);
});

/// What any reader could take for a URI: whole lines, and quoted attributes whose name ends so.
fn uris(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'])
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let tags = text.lines().filter(|line| line.starts_with("#EXT-X-"));
    let attributes = tags.flat_map(|tag| {
        tag.match_indices("URI=\"")
            .filter(|(at, _)| {
                let before = &tag[..*at];
                // Not inside a quoted value of another attribute.
                before.matches('"').count() % 2 == 0
            })
            .filter_map(|(at, mark)| tag[at + mark.len()..].split('"').next())
    });
    lines.chain(attributes)
}
