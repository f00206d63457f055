//! `--cache-disk`: blocks of films near at hand.

use std::fs;

use crate::program::Folder;

#[test]
fn a_film_comes_through_the_tiers_as_it_is_and_is_kept() {
    let folder = Folder::new();
    let film: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(folder.root().join("film.mp4"), &film).unwrap();
    let blocks = folder.root().with_file_name("blocks");
    let flags = [
        "--cache-memory",
        "64MiB",
        "--cache-disk",
        blocks.to_str().unwrap(),
        "--cache-disk-size",
        "64MiB",
    ];
    for _ in 0..2 {
        let origin = folder.open(&flags);
        assert!(origin.get("/stream/film.mp4/video").body == film);
    }
    let kept = fs::read_dir(&blocks).unwrap().count();
    assert!(kept > 1, "the lock, and folders of blocks");
}
