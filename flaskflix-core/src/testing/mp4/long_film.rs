//! A long film, as far as an index is concerned.

use bytes::Bytes;

use super::{TestCodec, TestMovie, TestTrack};
use crate::mp4::{Index, Indexer, Limits, Step};

/// The start of a film of so many hours, and the length that the whole film would have: 24 pictures per second
/// with B-frames and a key frame every two seconds, and two sound tracks. Its media data is not made.
///
/// It is laid out as unkindly as real muxers do: every picture has its own entry in the tables of times, every
/// chunk its own in the table of chunks, all offsets have 64 bits. Three hours are 1.27 million samples in 10 MB.
#[must_use]
pub fn long_film(hours: u32) -> (Bytes, u64) {
    let seconds = hours.saturating_mul(3600);
    let picture = (0..seconds.saturating_mul(24))
        .map(|n| {
            let offset = match n % 4 {
                0 => 2000,
                1 => 4000,
                _ => 0,
            };
            // Durations that vary, and still add up to whole seconds.
            (4000 + n % 977, 999 + n % 2 * 2, offset, n.is_multiple_of(48))
        })
        .collect();
    // 375 frames of 1024 samples in 8 seconds of 48 kHz.
    let frames = seconds.saturating_mul(375) / 8;
    let sound = |kind: u32| {
        (0..frames)
            .map(|n| (300 + (n + kind) % 89, 1024, 0, true))
            .collect()
    };
    let track = |codec, timescale, samples_per_chunk, samples| TestTrack {
        samples_per_chunk,
        run_lengths: false,
        ..TestTrack::new(codec, timescale, samples)
    };
    let sound_track = |kind| TestTrack {
        run_lengths: true,
        ..track(TestCodec::Aac, 48_000, 23, sound(kind))
    };
    let tracks = vec![
        track(TestCodec::H264, 24_000, 12, picture),
        sound_track(0),
        sound_track(1),
    ];
    TestMovie {
        tracks,
        moov_first: true,
        wide_offsets: true,
    }
    .header()
}

/// Indexes a film of which only the start is there, as [`long_film`] makes it. `None` when it cannot be indexed, or the index
/// needs more of it.
#[must_use]
pub fn index_start(film: &Bytes, object_len: u64) -> Option<Index> {
    let mut indexer = Indexer::new(object_len, Limits::default());
    loop {
        match indexer.step().ok()? {
            Step::Done(index) => return Some(index),
            Step::Read(range) => {
                let start = usize::try_from(range.start()).ok()?;
                let end = usize::try_from(range.end()).ok()?;
                film.get(start..end)?;
                indexer.supply(film.slice(start..end));
            }
        }
    }
}
