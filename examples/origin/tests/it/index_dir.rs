//! `--index-dir`: what was read of films outlives the server.

use std::{fs, path::Path};

use crate::program::{Folder, run};

fn with_film() -> Folder {
    let folder = Folder::new();
    let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo/360p.mp4");
    fs::copy(film, folder.root().join("film.mp4")).unwrap();
    folder
}

#[test]
fn records_are_written_once_used_again_and_replaced_when_damaged() {
    let folder = with_film();
    let indexes = folder.root().with_file_name("indexes");
    let flag = ["--index-dir", indexes.to_str().unwrap()];
    let master = || folder.open(&flag).get("/stream/film.mp4/master.m3u8").body;
    let records = || -> Vec<_> {
        fs::read_dir(&indexes)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    };

    let first = master();
    let [record] = &records()[..] else {
        panic!("one record: {:?}", records())
    };
    let good = fs::read(record).unwrap();
    assert_eq!(master(), first);
    assert_eq!(records().len(), 1);

    fs::write(record, b"not a record").unwrap();
    assert_eq!(master(), first, "a damaged record is nobody's trouble");
    assert_eq!(fs::read(record).unwrap(), good, "and was replaced");
}

#[test]
fn folder_among_the_films_is_refused_unless_it_is_hidden() {
    let folder = with_film();
    let root = folder.root();
    for name in ["indexes", "."] {
        let place = root.join(name);
        let output = run(&[
            "--root",
            root.to_str().unwrap(),
            "--open",
            "--index-dir",
            place.to_str().unwrap(),
        ]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("it lies among the films"), "{text}");
    }
    let hidden = root.join(".indexes");
    let origin = folder.open(&["--index-dir", hidden.to_str().unwrap()]);
    assert_eq!(origin.get("/stream/film.mp4/master.m3u8").status, 200);
    assert_eq!(fs::read_dir(&hidden).unwrap().count(), 1);
    assert_eq!(origin.get("/stream/.indexes/video").status, 404);
    assert!(!origin.get("/").text().contains("indexes"));
}
