//! Names of files.

use flaskflix_core::id::AssetKey;

/// Names with a leading dot are not titles: editors, file managers and uploads leave such files behind.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Whether the name says that the file is of the MP4 family.
pub(crate) fn is_mp4(asset: &AssetKey) -> bool {
    asset.extension().is_some_and(|extension| {
        ["mp4", "m4v", "mov", "m4a"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// A name for people: `The_Third.Man` becomes `The Third Man`.
pub(crate) fn readable_name(stem: &str) -> String {
    let words: Vec<_> = stem
        .split(['_', '.', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        stem.to_owned()
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_readable() {
        for (stem, want) in [
            ("The_Third.Man", "The Third Man"),
            ("a  b__c", "a b c"),
            ("_intro_", "intro"),
            ("Amélie", "Amélie"),
            ("___", "___"),
        ] {
            assert_eq!(readable_name(stem), want);
        }
    }

    #[test]
    fn extension_decides_in_any_case() {
        for (name, want) in [
            ("a.mp4", true),
            ("a.MOV", true),
            ("a.b.m4v", true),
            ("mp4", false),
            ("a.mp4.part", false),
        ] {
            assert_eq!(is_mp4(&AssetKey::parse(name).unwrap()), want, "{name}");
        }
    }
}
