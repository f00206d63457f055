//! Films for these tests, and what comes out of packaging them.

use std::sync::Arc;

use bytes::Bytes;
pub(super) use flaskflix_core::testing::Urls;
use flaskflix_core::{
    id::AssetKey,
    mp4::{Limits, index_bytes},
    object::{Piece, VirtualObject},
    package::{Input, Material, PackageError, PackageOptions, Presentation, SubtitleInput},
    source::ObjectInfo,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
    time::UnixTime,
    validator::EntityTag,
};

/// A picture track at 25 frames per second with a key frame every `keys` frames and B-frames in between.
pub(super) fn video(frames: u32, keys: u32) -> TestTrack {
    let samples = (0..frames).map(|frame| {
        let sync = frame % keys == 0;
        (
            if sync { 4000 } else { 500 },
            512,
            [1024, 2048, 512, 512][(frame % keys % 4) as usize],
            sync,
        )
    });
    TestTrack {
        edit: Some((1024, 0)),
        ..TestTrack::new(TestCodec::H264, 12_800, samples.collect())
    }
}

/// A sound track of AAC frames at 48 kHz, with priming.
pub(super) fn audio(frames: u32, language: &[u8; 3]) -> TestTrack {
    let samples = (0..frames)
        .map(|frame| (150 + frame % 7, 1024, 0, true))
        .collect();
    TestTrack {
        edit: Some((1024, 0)),
        language: *language,
        ..TestTrack::new(TestCodec::Aac, 48_000, samples)
    }
}

/// A title of these films, named `a.mp4`, `b.mp4`, ...
pub(super) struct Packaged {
    pub(super) files: Vec<Bytes>,
    pub(super) plan: Presentation,
}

pub(super) fn plan(films: &[TestMovie], options: &PackageOptions) -> Result<Packaged, PackageError> {
    plan_files(films.iter().map(TestMovie::build).collect(), options)
}

/// The same for files that exist already.
pub(super) fn plan_files(files: Vec<Bytes>, options: &PackageOptions) -> Result<Packaged, PackageError> {
    let inputs = files.iter().zip('a'..).map(|(file, name)| Input {
        asset: AssetKey::parse(&format!("{name}.mp4")).unwrap(),
        info: ObjectInfo {
            len: file.len() as u64,
            etag: EntityTag::strong(format!("tag-{name}")).unwrap(),
            last_modified: Some(UnixTime::from_secs(1_700_000_000)),
        },
        index: Arc::new(index_bytes(file, &Limits::default()).unwrap()),
    });
    Ok(Packaged {
        plan: Presentation::plan(inputs.collect::<Vec<_>>(), options)?,
        files,
    })
}

/// Settings under which all segments are alike, so that a test can count on their times.
pub(super) fn all_alike() -> PackageOptions {
    PackageOptions::default().first_segments([])
}

/// The same for one film with files of subtitles beside it, all segments alike.
pub(super) fn with_subtitles(film: &Bytes, subtitles: Vec<SubtitleInput>) -> Packaged {
    let files = vec![film.clone()];
    let inputs = plan_files(files.clone(), &all_alike())
        .unwrap()
        .plan
        .inputs()
        .to_vec();
    let material = Material::new(inputs).subtitles(subtitles);
    Packaged {
        plan: Presentation::plan(material, &all_alike()).unwrap(),
        files,
    }
}

pub(super) fn packaged(films: &[TestMovie]) -> Packaged {
    plan(films, &PackageOptions::default()).unwrap()
}

impl Packaged {
    /// The bytes of an object of a stream: what a client would download.
    pub(super) fn bytes(&self, stream: &str, object: &VirtualObject) -> Vec<u8> {
        let input = self.plan.input(self.plan.stream(stream).unwrap()).unwrap();
        let place = self
            .plan
            .inputs()
            .iter()
            .position(|other| other.asset == input.asset)
            .unwrap();
        let file = &self.files[place];
        let mut out = Vec::new();
        for piece in object.pieces() {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Source(range) => {
                    out.extend_from_slice(&file[range.start() as usize..range.end() as usize]);
                }
                Piece::Encrypted(_) => panic!("a plan makes clear objects"),
            }
        }
        assert_eq!(out.len() as u64, object.info().len, "the announced length");
        out
    }

    /// All segments of a stream, downloaded.
    pub(super) fn segments(&self, id: &str) -> Vec<Vec<u8>> {
        let stream = self.plan.stream(id).unwrap();
        (1..=stream.segment_count())
            .map(|number| self.bytes(id, &self.plan.segment(stream, number).unwrap()))
            .collect()
    }
}
