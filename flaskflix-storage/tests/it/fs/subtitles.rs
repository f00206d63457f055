//! Subtitles beside films, in the catalogue over a folder and for anybody who asks.

use std::{fs, os::unix::fs::symlink};

use flaskflix_core::{
    catalog::{Catalog as _, Delivery, SubtitleRole, Title},
    id::{AssetKey, TitleId},
};
use flaskflix_storage::fs::FolderCatalog;

use super::Folder;

async fn find(catalog: &FolderCatalog, id: &str) -> Option<Title> {
    let found = catalog.title(&TitleId::parse(id).unwrap()).await.unwrap();
    found.map(|title| (*title).clone())
}

/// The subtitles of a title: file, language, role.
fn subtitles(title: &Title) -> Vec<(&str, &str, SubtitleRole)> {
    let subtitles = match &title.delivery {
        Delivery::Packaged { subtitles, .. } => &subtitles[..],
        _ => &[],
    };
    subtitles
        .iter()
        .map(|file| (file.asset.as_str(), file.language.as_str(), file.role))
        .collect()
}

const NAMES: [&str; 16] = [
    "film.mp4",
    "film.pt-BR.sdh.vtt",
    "film.en.srt",
    "film.en.forced.srt",
    "film.vtt",
    "film.notes.srt",
    "film.2.mp4",
    "film.2.en.vtt",
    "film.fr.mp4",
    "film.fr.vtt",
    "other.en.vtt",
    "ladder/1.mp4",
    "ladder/2.mp4",
    "ladder/en.vtt",
    "ladder/My.Film.de.forced.srt",
    "texts/en.vtt",
];

#[tokio::test]
async fn subtitles_belong_to_the_film_beside_them_and_are_no_titles() {
    use SubtitleRole::{Dialogue, Forced, HearingImpaired};
    let folder = Folder::new();
    for name in NAMES {
        folder.write(name, "");
    }
    symlink("/etc/passwd", folder.path("film.de.srt")).unwrap();
    let catalog = FolderCatalog::new(&folder.files);
    let titles = catalog.titles().await.unwrap();
    let ids: Vec<&str> = titles.iter().map(|title| title.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "film.2.mp4",
            "film.fr.mp4",
            "film.mp4",
            "film.notes.srt",
            "ladder",
            "other.en.vtt"
        ]
    );
    for title in &titles {
        assert_eq!(find(&catalog, title.id.as_str()).await.as_ref(), Some(title));
    }
    let of = |id: &str| {
        titles
            .iter()
            .find(|title| title.id.as_str() == id)
            .map(subtitles)
            .unwrap()
    };
    assert_eq!(
        of("film.mp4"),
        [
            ("film.vtt", "und", Dialogue),
            ("film.en.srt", "en", Dialogue),
            ("film.en.forced.srt", "en", Forced),
            ("film.pt-BR.sdh.vtt", "pt-BR", HearingImpaired),
        ]
    );
    assert_eq!(of("film.2.mp4"), [("film.2.en.vtt", "en", Dialogue)]);
    assert_eq!(of("film.fr.mp4"), [("film.fr.vtt", "und", Dialogue)]);
    assert_eq!(
        of("ladder"),
        [
            ("ladder/My.Film.de.forced.srt", "de", Forced),
            ("ladder/en.vtt", "en", Dialogue),
        ]
    );
    assert_eq!(find(&catalog, "film.vtt").await, None);
    fs::remove_file(folder.path("film.mp4")).unwrap();
    assert!(
        find(&catalog, "film.vtt").await.is_some(),
        "without its film it is a file"
    );
}

#[tokio::test]
async fn new_subtitles_show_at_the_next_question() {
    let folder = Folder::new();
    folder.write("film.mp4", "");
    folder.write("sub/film.mp4", "");
    let catalog = FolderCatalog::new(&folder.files);
    let film = AssetKey::parse("sub/film.mp4").unwrap();
    for round in 0..20 {
        for language in ["de", "en", "fr"] {
            let name = format!("film.{language}.srt");
            folder.write(&name, "");
            folder.write(&format!("sub/{name}"), "");
            let title = find(&catalog, "film.mp4").await.unwrap();
            assert_eq!(subtitles(&title).last().unwrap().0, name, "{round}");
            let beside = folder.files.subtitles_of(&film).await.unwrap();
            assert_eq!(beside.last().unwrap().language, language, "{round}");
        }
        for language in ["de", "en", "fr"] {
            fs::remove_file(folder.path(&format!("film.{language}.srt"))).unwrap();
            fs::remove_file(folder.path(&format!("sub/film.{language}.srt"))).unwrap();
        }
        assert!(subtitles(&find(&catalog, "film.mp4").await.unwrap()).is_empty());
        assert!(folder.files.subtitles_of(&film).await.unwrap().is_empty());
    }
}
