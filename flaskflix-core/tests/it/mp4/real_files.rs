//! Every sample of every real film is where ffprobe says it is.

use std::{
    collections::HashMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use flaskflix_core::mp4::{Codec, Index, Limits, Media, ParameterSets, Track, index_bytes};

/// The folder of real films, or `None` after saying why the test is left out.
fn media() -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let root = env::var_os("FLASKFLIX_MEDIA").map_or(root, PathBuf::from);
    let mut films: Vec<_> = fs::read_dir(&root)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
        .collect();
    films.sort();
    if films.is_empty() {
        leave_out("there are no real films: set FLASKFLIX_MEDIA");
        return None;
    }
    Some(films)
}

fn leave_out(reason: &str) {
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "cannot be left out in CI: {reason}"
    );
    // Not `println!`: the harness keeps that to itself when a test passes.
    let _ = writeln!(
        io::stderr(),
        "\nLEFT OUT: a test of the MP4 index against ffprobe: {reason}"
    );
}

fn index(film: &Path) -> Index {
    let bytes = fs::read(film).unwrap();
    index_bytes(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", film.display()))
}

/// One packet as ffprobe sees it.
#[derive(Debug, PartialEq, Eq)]
struct Packet {
    pts: i64,
    dts: i64,
    size: u64,
    offset: u64,
    sync: bool,
}

/// The packets of every stream in file order of its track, with these options of the demuxer; `None` after saying
/// that there is no ffprobe.
fn probe(film: &Path, options: &[&str]) -> Option<HashMap<usize, Vec<Packet>>> {
    let output = Command::new("ffprobe")
        .args(["-v", "error"])
        .args(options)
        .args([
            "-show_entries",
            "packet=stream_index,pts,dts,size,pos,flags",
            "-of",
            "compact=p=0",
        ])
        .arg(film)
        .output();
    let Ok(output) = output else {
        leave_out("there is no ffprobe");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut streams: HashMap<usize, Vec<Packet>> = HashMap::new();
    for line in String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.is_empty())
    {
        let fields: HashMap<_, _> = line
            .split('|')
            .filter_map(|field| field.split_once('='))
            .collect();
        streams
            .entry(fields["stream_index"].parse().unwrap())
            .or_default()
            .push(Packet {
                pts: fields["pts"].parse().unwrap(),
                dts: fields["dts"].parse().unwrap(),
                size: fields["size"].parse().unwrap(),
                offset: fields["pos"].parse().unwrap(),
                sync: fields["flags"].starts_with('K'),
            });
    }
    Some(streams)
}

/// The packets of a track as we see them, times moved by `shift`.
fn packets(track: &Track, shift: i64) -> Vec<Packet> {
    let samples = track.samples.samples(0..track.samples.len());
    samples
        .map(|sample| {
            let dts = i64::try_from(sample.decode_time).unwrap() + shift;
            Packet {
                pts: dts + i64::from(sample.composition_offset),
                dts,
                size: u64::from(sample.size),
                offset: sample.offset,
                sync: sample.sync,
            }
        })
        .collect()
}

#[test]
fn samples_of_real_films_are_the_packets_of_ffprobe() {
    for film in media().unwrap_or_default() {
        let Some(mut probed) = probe(&film, &["-ignore_editlist", "1"]) else {
            return;
        };
        let index = index(&film);
        for (stream, track) in index.tracks().iter().enumerate() {
            let theirs = probed.remove(&stream).unwrap_or_default();
            let ours = packets(track, 0);
            assert_eq!(ours.len(), theirs.len(), "{} track {}", film.display(), track.id);
            for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                assert_eq!(
                    ours,
                    theirs,
                    "{} track {} sample {number}",
                    film.display(),
                    track.id
                );
            }
        }
        assert!(probed.is_empty(), "{}: streams without a track", film.display());
    }
}

#[test]
fn presentation_times_of_real_films_are_those_of_ffprobe() {
    for film in media().unwrap_or_default() {
        // Edit lists as an offset of times only: nothing is cut, so that all packets can be compared.
        let Some(probed) = probe(&film, &["-advanced_editlist", "0"]) else {
            return;
        };
        for (stream, track) in index(&film).tracks().iter().enumerate() {
            let ours: Vec<_> = packets(track, track.shift)
                .iter()
                .map(|packet| packet.pts)
                .collect();
            let theirs: Vec<_> = probed[&stream].iter().map(|packet| packet.pts).collect();
            assert_eq!(ours, theirs, "{} track {}", film.display(), track.id);
        }
    }
}

#[test]
fn lookups_agree_with_walking() {
    for film in media().unwrap_or_default() {
        for track in index(&film).tracks() {
            let table = &track.samples;
            let walked: Vec<_> = table.samples(0..table.len()).collect();
            let mut bytes = 0;
            for sample in &walked {
                assert_eq!(table.sample(sample.index), Some(*sample));
                assert_eq!(table.decode_time(sample.index), sample.decode_time);
                assert_eq!(table.sample_at(sample.decode_time), sample.index);
                assert_eq!(table.bytes_in(0..sample.index), bytes);
                bytes += u64::from(sample.size);
            }
            assert_eq!(table.total_bytes(), bytes);
            let sync: Vec<_> = walked
                .iter()
                .filter(|sample| sample.sync)
                .map(|sample| sample.index)
                .collect();
            assert_eq!(table.sync_samples().collect::<Vec<_>>(), sync);
        }
    }
}

#[test]
fn real_films_are_what_their_makers_say() {
    let Some(films) = media() else { return };
    let described: HashMap<_, _> = films
        .iter()
        .map(|film| {
            let name = film.file_stem().unwrap().to_str().unwrap().to_owned();
            let codecs: Vec<_> = index(film)
                .tracks()
                .iter()
                .map(|track| track.codec.clone())
                .collect();
            (name, codecs)
        })
        .collect();
    let strings = |name: &str| -> Vec<_> {
        described[name]
            .iter()
            .map(|codec: &Codec| codec.rfc6381.clone().unwrap_or_default())
            .collect()
    };
    assert_eq!(strings("mb_video"), ["avc1.640028", "mp4a.40.2"]);
    assert_eq!(strings("mb_video-h265"), ["hev1.1.6.L120.90", "mp4a.40.2"]);
    assert_eq!(strings("mb_multiple-aac-tracks"), ["mp4a.40.2", "mp4a.40.2"]);
    assert_eq!(strings("ladder_180p_80k"), ["avc1.4d401f"]);
    assert_eq!(
        described["mb_video"][0].parameter_sets,
        ParameterSets::SampleEntry
    );

    let film = |name: &str| {
        index(
            films
                .iter()
                .find(|film| film.file_stem().unwrap() == name)
                .unwrap(),
        )
    };
    let Media::Video(video) = film("mb_sar_2x1").tracks()[0].media else {
        panic!("a picture track");
    };
    assert_eq!(video.pixel_aspect, Some((2, 1)));
    let Media::Audio(audio) = film("mb_multiple-aac-tracks").tracks()[0].media else {
        panic!("a sound track");
    };
    assert_eq!((audio.channels, audio.sample_rate), (6, 48_000));
}
