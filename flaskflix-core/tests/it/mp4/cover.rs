//! Covers: those that ffmpeg attaches, those that other taggers write, and hostile ones.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use flaskflix_core::{
    Bytes,
    mp4::{BoxWriter, Cover, CoverFinder, CoverFormat, CoverStep, FourCc, Limits, Mp4Error},
};
use proptest::prelude::*;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";

/// The cover, the number of reads and the bytes read.
fn find(file: &[u8], limits: &Limits) -> Result<(Option<Cover>, u32, u64), Mp4Error> {
    let mut finder = CoverFinder::new(file.len() as u64, limits);
    let (mut reads, mut bytes) = (0, 0);
    loop {
        match finder.step()? {
            CoverStep::Done(cover) => return Ok((cover, reads, bytes)),
            CoverStep::Read(range) => {
                reads += 1;
                bytes += range.len();
                let (start, end) = (range.start(), range.end());
                let part = &file[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
                finder.supply(Bytes::copy_from_slice(part));
            }
        }
    }
}

fn cover(file: &[u8]) -> Option<Cover> {
    find(file, &Limits::default()).unwrap().0
}

/// A film of `padding` bytes of media and of sample tables, with a cover. `version` as ISO has it in `meta`.
fn film(padding: usize, version: bool, picture: &[u8]) -> Bytes {
    let mut w = BoxWriter::new();
    w.start(FourCc(*b"ftyp"));
    w.bytes(b"isom\0\0\0\0");
    w.end();
    w.start(FourCc(*b"mdat"));
    w.zeros(padding);
    w.end();
    w.start(FourCc(*b"moov"));
    w.start(FourCc(*b"trak"));
    w.zeros(padding);
    w.end();
    w.start(FourCc(*b"udta"));
    w.start(FourCc(*b"meta"));
    if version {
        w.u32(0);
    }
    w.full(FourCc(*b"hdlr"), 0, 0);
    w.bytes(b"\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    w.end();
    w.start(FourCc(*b"ilst"));
    w.start(FourCc(*b"\xa9nam"));
    w.bytes(b"\0\0\0\x14data\0\0\0\x01\0\0\0\0Film");
    w.end();
    w.start(FourCc(*b"covr"));
    w.start(FourCc(*b"data"));
    // Type 13 says JPEG.
    w.u32(13);
    w.u32(0);
    w.bytes(picture);
    for _ in 0..5 {
        w.end();
    }
    w.end();
    w.finish()
}

#[test]
fn the_cover_is_found_however_meta_is_written() {
    for version in [true, false] {
        let cover = cover(&film(10, version, PICTURE)).unwrap();
        assert_eq!((cover.format, &cover.bytes[..]), (CoverFormat::Png, PICTURE));
    }
}

#[test]
fn a_large_film_costs_a_handful_of_small_reads() {
    let (cover, reads, bytes) = find(&film(3 << 20, true, PICTURE), &Limits::default()).unwrap();
    assert!(cover.is_some());
    assert!(reads <= 5, "{reads}");
    assert!(bytes <= 4 * 4096 + PICTURE.len() as u64, "{bytes}");
}

#[test]
fn what_is_no_picture_is_no_cover() {
    for not in [&b"<svg onload='x'/>"[..], b"<html>", b"", b"\xff\xd8", b"BM0000"] {
        assert_eq!(cover(&film(10, true, not)), None, "{not:?}");
    }
    assert_eq!(cover(b""), None);
    assert_eq!(cover(b"\0\0\0\x08moov"), None);
}

#[test]
fn a_cover_past_its_limit_is_never_asked_for() {
    let limits = Limits {
        max_cover_bytes: 10,
        ..Limits::default()
    };
    let error = find(&film(10, true, PICTURE), &limits).unwrap_err();
    assert_eq!(error.to_string(), "covr: max_cover_bytes is 10, found 29");
}

#[test]
fn many_far_apart_boxes_are_not_walked_for_ever() {
    let mut film = Vec::new();
    for _ in 0..300 {
        film.extend_from_slice(&10_000_u32.to_be_bytes());
        film.extend_from_slice(b"free");
        film.resize(film.len() + 9_992, 0);
    }
    let error = find(&film, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("max_probes is 256"), "{error}");
}

#[test]
fn a_box_larger_than_its_parent_is_refused() {
    let mut film = film(10, true, PICTURE).to_vec();
    let covr = film.windows(4).position(|window| window == b"covr").unwrap();
    film[covr - 4] = 1;
    let error = find(&film, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("covr: the box at "), "{error}");
}

#[test]
fn supplying_another_number_of_bytes_is_refused() {
    let mut finder = CoverFinder::new(100, &Limits::default());
    assert!(matches!(finder.step(), Ok(CoverStep::Read(range)) if range.len() == 100));
    finder.supply(Bytes::from_static(b"few"));
    assert_eq!(
        finder.step().unwrap_err(),
        Mp4Error::WrongSupply {
            wanted: 100,
            supplied: 3
        }
    );
}

proptest! {
    #[test]
    fn damaged_films_give_a_cover_or_an_error(at in 0_usize..300, with: [u8; 4], cut in 0_usize..300) {
        let film = film(20, true, PICTURE);
        let mut damaged = film.to_vec();
        for (byte, new) in damaged.iter_mut().skip(at).zip(with) {
            *byte = new;
        }
        damaged.truncate(film.len().max(cut) - cut);
        if let Ok((Some(cover), reads, _)) = find(&damaged, &Limits::default()) {
            prop_assert!(cover.bytes.len() <= damaged.len());
            prop_assert!(reads <= 257);
        }
    }
}

#[test]
fn the_picture_that_ffmpeg_attaches_is_found_byte_for_byte() {
    let folder = work_folder();
    for (picture, format) in [("cover.jpg", CoverFormat::Jpeg), ("cover.png", CoverFormat::Png)] {
        let (picture, film) = (folder.join(picture), folder.join("film.mp4"));
        let made = ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=64x96:duration=1",
                "-frames:v",
                "1",
            ],
            &picture,
        ) && ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=128x72:duration=1",
                "-i",
                &picture.to_string_lossy(),
                "-map",
                "0",
                "-map",
                "1",
                "-c:v:0",
                "mpeg4",
                "-c:v:1",
                "copy",
                "-disposition:v:1",
                "attached_pic",
            ],
            &film,
        );
        if !made {
            leave_out("there is no ffmpeg");
            break;
        }
        let found = cover(&fs::read(&film).unwrap()).expect("ffmpeg attached a cover");
        assert_eq!(found.format, format);
        assert_eq!(found.bytes, fs::read(&picture).unwrap());
    }
    fs::remove_dir_all(folder).unwrap();
}

fn ffmpeg(arguments: &[&str], output: &Path) -> bool {
    let run = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments)
        .arg(output)
        .output();
    match run {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            true
        }
        Err(_) => false,
    }
}

fn work_folder() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cover-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn leave_out(reason: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "cannot be left out in CI: {reason}"
    );
    let _ = writeln!(
        io::stderr(),
        "\nLEFT OUT: a test of covers made by ffmpeg: {reason}"
    );
}
