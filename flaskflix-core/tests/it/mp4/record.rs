//! An index that was kept and restored is the index of the film.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use flaskflix_core::{
    Bytes,
    id::AssetKey,
    mp4::{Index, Limits, index_bytes},
    object::Piece,
    package::{Input, PackageOptions, Presentation},
    source::ObjectInfo,
    testing::mp4::{TestCodec, TestFragments, TestMovie, TestTrack, long_film},
    validator::EntityTag,
};

fn info(name: &str, len: u64) -> ObjectInfo {
    ObjectInfo {
        len,
        etag: EntityTag::of_bytes(name.as_bytes()),
        last_modified: None,
    }
}

/// Both the index of the film and the one that its record restores.
fn twice(name: &str, film: &[u8]) -> Option<(Index, Index)> {
    let info = info(name, film.len() as u64);
    let index = index_bytes(film, &Limits::default()).ok()?;
    let record = index.to_record(&info);
    let restored = Index::from_record(record.clone(), &info, &Limits::default())
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(
        restored.to_record(&info),
        record,
        "{name}: the record of the record"
    );
    Some((index, restored))
}

fn assert_same(name: &str, film: &[u8]) {
    let Some((index, restored)) = twice(name, film) else {
        return;
    };
    assert_eq!(restored.brands(), index.brands(), "{name}");
    assert_eq!(restored.fragments(), index.fragments(), "{name}");
    assert_eq!(restored.chapters(), index.chapters(), "{name}");
    assert_eq!(
        (restored.timescale(), restored.duration()),
        (index.timescale(), index.duration()),
        "{name}"
    );
    // Every column of every table, checkpoints included.
    assert!(
        format!("{:?}", restored.tracks()) == format!("{:?}", index.tracks()),
        "{name}: the tracks differ"
    );
    assert!(restored.memory_bytes() <= index.memory_bytes() + 512, "{name}");
    assert_eq!(pieces(name, film, restored), pieces(name, film, index), "{name}");
}

/// Everything that is served from the index: playlists, and the parts of every segment.
fn pieces(name: &str, film: &[u8], index: Index) -> Option<(Vec<Vec<Piece>>, String)> {
    let input = Input {
        asset: AssetKey::parse("film.mp4").unwrap(),
        info: info(name, film.len() as u64),
        index: Arc::new(index),
    };
    let plan = Presentation::plan(vec![input], &PackageOptions::default()).ok()?;
    let mut all = Vec::new();
    for stream in plan.streams() {
        all.push(plan.init_segment(stream).pieces().to_vec());
        let segments = (1..=stream.segment_count()).filter_map(|number| plan.segment(stream, number));
        all.extend(segments.map(|segment| segment.pieces().to_vec()));
    }
    Some((all, plan.etag().to_string()))
}

#[test]
fn made_films_are_restored_to_the_sample() {
    let picture: Vec<_> = (0..600_u32)
        .map(|n| {
            (
                100 + n % 37,
                512,
                1024 * i32::try_from(n % 3).unwrap(),
                n % 50 == 0,
            )
        })
        .collect();
    let mut delayed = TestTrack::new(TestCodec::H264, 12_800, picture);
    delayed.delay = Some(80);
    delayed.name = "Director's cut".to_owned();
    let sound = TestTrack {
        language: *b"deu",
        edit: Some((1024, 12_000)),
        ..TestTrack::new(TestCodec::Aac, 48_000, vec![(90, 1024, 0, true); 563])
    };
    for (moov_first, wide_offsets) in [(true, false), (false, true)] {
        let film = TestMovie {
            tracks: vec![delayed.clone(), sound.clone()],
            moov_first,
            wide_offsets,
        };
        assert_same("made", &film.build());
    }
}

#[test]
fn film_in_fragments_is_restored_without_its_fragments() {
    let picture = (0..200_u32)
        .map(|n| (100 + n % 37, 512, 0, n % 25 == 0))
        .collect();
    let movie = TestMovie::new(vec![
        TestTrack::new(TestCodec::H264, 12_800, picture),
        TestTrack::new(TestCodec::Aac, 48_000, vec![(90, 1024, 0, true); 375]),
    ]);
    let film = movie.build_fragmented(&TestFragments::default());
    let index = index_bytes(&film, &Limits::default()).unwrap();
    assert!(
        index.fragments().is_some_and(|fragments| fragments.count > 1),
        "{:?}",
        index.fragments()
    );
    assert_same("fragmented", &film);
}

#[test]
fn long_film_is_restored_without_its_media() {
    let (header, len) = long_film(1);
    let info = info("long", len);
    // The film up to its media is enough for an index; its record does not need even that.
    let mut indexer = flaskflix_core::mp4::Indexer::new(len, Limits::default());
    let index = loop {
        match indexer.step().unwrap() {
            flaskflix_core::mp4::Step::Done(index) => break index,
            flaskflix_core::mp4::Step::Read(range) => {
                let (start, end) = (
                    usize::try_from(range.start()).unwrap(),
                    usize::try_from(range.end()).unwrap(),
                );
                indexer.supply(Bytes::copy_from_slice(&header[start..end]));
            }
        }
    };
    let restored = Index::from_record(index.to_record(&info), &info, &Limits::default()).unwrap();
    let samples = |index: &Index| -> Vec<_> {
        index
            .tracks()
            .iter()
            .map(|track| (track.samples.len(), track.samples.duration()))
            .collect()
    };
    assert_eq!(samples(&restored), samples(&index));
    let last = |index: &Index| {
        index
            .tracks()
            .iter()
            .map(|track| track.samples.samples(0..u32::MAX).last())
            .collect::<Vec<_>>()
    };
    assert_eq!(last(&restored), last(&index));
}

#[test]
fn real_films_are_restored_to_the_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let root = env::var_os("FLASKFLIX_MEDIA").map_or(root, PathBuf::from);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo/media/demo");
    let films = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
            .collect()
    };
    let real = films(&root);
    if real.is_empty() {
        assert!(
            env::var("CI").as_deref() != Ok("true"),
            "the real films are missing"
        );
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: records of real films: set FLASKFLIX_MEDIA"
        );
    }
    for path in real.into_iter().chain(films(&demo)) {
        assert_same(&path.display().to_string(), &fs::read(&path).unwrap());
    }
}
