//! Edit lists: what they shift, what they trim, and which of them no segment can show.

use flaskflix_core::{
    mp4::{BoxFault, FourCc, Index, Limits, Mp4Error, Sample, Track, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};
use proptest::prelude::*;

/// 20 samples of 100 ticks at 1000 ticks per second, the offsets of a stream with B-frames, key frames at 0 and 10.
///
/// Presented at 100, 400, 200, 300, 500, 800, 600, 700, ...: sample 10 at 1000, samples 8 and 9 at 900 and 1200.
fn track() -> TestTrack {
    let samples = (0..20).map(|n| (50 + n, 100, [100, 300, 0, 0][n as usize % 4], n % 10 == 0));
    TestTrack::new(TestCodec::H264, 1000, samples.collect())
}

fn sound() -> TestTrack {
    TestTrack::new(TestCodec::Aac, 1000, vec![(23, 20, 0, true); 100])
}

fn index(track: TestTrack) -> Result<Index, Mp4Error> {
    index_bytes(&TestMovie::new(vec![track]).build(), &Limits::default())
}

fn samples(track: &Track) -> Vec<Sample> {
    track.samples.samples(0..u32::MAX).collect()
}

#[test]
fn edit_lists_shift_the_presentation() {
    #[rustfmt::skip]
    let table = [
        // delay, edit                  shift, end
        (None,       None,                 0, None),
        (None,       Some((200, 0)),    -200, None),
        (None,       Some((200, 1500)), -200, Some(1700)),
        (Some(40),   Some((0, 2000)),     40, Some(2000)),
        (Some(40),   Some((200, 0)),    -160, None),
    ];
    for (delay, edit, shift, end) in table {
        let index = index(TestTrack {
            delay,
            edit,
            ..track()
        })
        .unwrap();
        let track = &index.tracks()[0];
        assert_eq!((track.shift, track.edit_end), (shift, end), "{delay:?} {edit:?}");
    }
}

#[test]
fn empty_edits_in_front_add_up() {
    let more_edits = vec![(-1, 40), (200, 0)];
    let index = index(TestTrack {
        delay: Some(30),
        edit: Some((-1, 10)),
        more_edits,
        ..track()
    })
    .unwrap();
    assert_eq!(index.tracks()[0].shift, 80 - 200);
}

#[test]
fn a_trim_at_the_end_ends_the_track() {
    #[rustfmt::skip]
    let table = [
        // end, samples that are left: later ones in decode order are all presented at the end or behind it
        (2000, 20), // sample 19 is presented at 1900
        (1900, 19), // sample 18, at 1800
        (1800, 17), // sample 17, at 2000, goes with sample 18; sample 16 is presented at 1700
        (1700, 16),
        (1601, 16), // 14 and 15 are presented at 1400 and 1500, sample 13 at 1600
        (900, 8),   // sample 7 is presented at 700, sample 8 at 900
        (101, 1),
        (50, 1),    // nothing would be left
    ];
    for (end, left) in table {
        let index = index(TestTrack {
            edit: Some((0, end)),
            ..track()
        })
        .unwrap();
        let samples = samples(&index.tracks()[0]);
        assert_eq!(samples.len(), left, "up to {end}");
        let table = &index.tracks()[0].samples;
        assert_eq!(
            (table.duration(), table.sync_count()),
            (100 * left as u64, if left > 10 { 2 } else { 1 })
        );
        assert_eq!(
            table.total_bytes(),
            samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>()
        );
        assert_eq!(table.sample_at(u64::MAX) as usize, left - 1);
    }
}

#[test]
fn a_trim_at_the_start_keeps_the_key_frame_in_front_of_it() {
    let whole = index(TestTrack {
        edit: Some((0, 0)),
        ..track()
    })
    .unwrap();
    let whole = samples(&whole.tracks()[0]);
    for (start, first) in [(0, 0), (100, 0), (999, 0), (1000, 10), (1100, 10), (1800, 10)] {
        // Sample 10 is presented at 1000 and needs nothing before it.
        let index = index(TestTrack {
            edit: Some((start, 0)),
            ..track()
        })
        .unwrap();
        let track = &index.tracks()[0];
        let kept = samples(track);
        assert_eq!(kept.len(), 20 - first, "from {start}");
        for (kept, was) in kept.iter().zip(&whole[first..]) {
            assert_eq!(
                (kept.offset, kept.size, kept.sync, kept.duration),
                (was.offset, was.size, was.sync, was.duration)
            );
            // Presented when the edit list says.
            assert_eq!(
                kept.composition_time() + track.shift,
                was.composition_time() - i64::from(start)
            );
        }
    }
}

#[test]
fn sound_keeps_a_tenth_of_a_second_in_front_of_the_start() {
    for (start, first) in [(0, 0), (44, 0), (100, 0), (119, 0), (120, 1), (1000, 45)] {
        let index = index(TestTrack {
            edit: Some((start, 0)),
            ..sound()
        })
        .unwrap();
        let track = &index.tracks()[0];
        assert_eq!(track.samples.len(), 100 - first, "from {start}");
        assert_eq!(track.shift, 20 * i64::from(first) - i64::from(start));
    }
}

#[test]
fn sound_begins_where_its_picture_has_to() {
    // Cut at 0.9 s: decoding starts at the key frame presented at 0.1 s, 0.8 s before, wherever the tracks stand in the file.
    let cut = |track: TestTrack| TestTrack {
        edit: Some((900, 0)),
        ..track
    };
    for tracks in [vec![cut(track()), cut(sound())], vec![cut(sound()), cut(track())]] {
        let index = index_bytes(&TestMovie::new(tracks).build(), &Limits::default()).unwrap();
        for track in index.tracks() {
            let first = samples(track)[0];
            assert_eq!(first.composition_time() + track.shift, -800, "{:?}", track.media);
        }
    }
}

#[test]
fn trims_at_both_ends_leave_what_is_between() {
    let index = index(TestTrack {
        edit: Some((1000, 500)),
        ..track()
    })
    .unwrap();
    let track = &index.tracks()[0];
    // Samples 10 to 14: sample 15 is presented at 1500.
    assert_eq!(
        (track.samples.len(), track.shift, track.edit_end),
        (5, 0, Some(500))
    );
    let sound = super::edits::index(TestTrack {
        edit: Some((1000, 500)),
        ..sound()
    })
    .unwrap();
    assert_eq!(
        (sound.tracks()[0].samples.len(), sound.tracks()[0].shift),
        (30, -100)
    );
}

#[test]
fn edits_that_follow_each_other_in_the_media_are_one() {
    let more_edits = vec![(500, 700), (1200, 300), (-1, 40)];
    let several = index(TestTrack {
        edit: Some((200, 300)),
        more_edits,
        ..track()
    })
    .unwrap();
    // Empty edits behind change nothing but the places in the file: there are as many entries.
    let one = index(TestTrack {
        edit: Some((200, 1300)),
        more_edits: vec![(-1, 1); 3],
        ..track()
    })
    .unwrap();
    let (several, one) = (&several.tracks()[0], &one.tracks()[0]);
    assert_eq!((several.shift, several.edit_end), (-200, Some(1500)));
    assert_eq!(
        (one.shift, one.edit_end, samples(one)),
        (-200, Some(1500), samples(several))
    );
    // Durations are in milliseconds: media times may miss by one.
    for media_time in [499, 501] {
        let more_edits = vec![(media_time, 700)];
        assert!(
            index(TestTrack {
                edit: Some((200, 300)),
                more_edits,
                ..track()
            })
            .is_ok()
        );
    }
}

#[test]
fn edits_that_jump_are_named() {
    #[rustfmt::skip]
    let table = [
        (vec![(800, 100)],            2, 800, 500),      // leaves some out
        (vec![(200, 300)],            2, 200, 500),      // shows some twice
        (vec![(500, 100), (0, 100)],  3, 0,   600),
        (vec![(-1, 40), (500, 100)],  3, 500, 500),      // stops in between
        (vec![(500, 0), (600, 100)],  3, 600, u64::MAX), // goes on behind the end
    ];
    for (more, edit, media_time, end) in table {
        let error = index(TestTrack {
            edit: Some((200, 300)),
            more_edits: more,
            ..track()
        })
        .unwrap_err();
        assert_eq!(
            error,
            Mp4Error::EditJump {
                track: 1,
                edit,
                media_time,
                end
            }
        );
    }
    let error = Mp4Error::EditJump {
        track: 1,
        edit: 2,
        media_time: 800,
        end: 500,
    };
    let text = "track 1: edit 2 of its edit list presents the media from 800, the edits before end at 500";
    assert_eq!(error.to_string(), text);
}

#[test]
fn an_edit_at_another_speed_is_named() {
    let mut film = TestMovie::new(vec![TestTrack {
        edit: Some((200, 1500)),
        ..track()
    }])
    .build()
    .to_vec();
    let at = film.windows(4).position(|four| four == b"elst").unwrap();
    film[at + 20..at + 24].copy_from_slice(&0x0002_0000_u32.to_be_bytes());
    let error = index_bytes(&film, &Limits::default()).unwrap_err();
    assert_eq!(
        error,
        Mp4Error::EditRate {
            track: 1,
            rate_16_16: 0x0002_0000
        }
    );
}

#[test]
fn a_media_time_below_minus_one_is_refused() {
    let error = index(TestTrack {
        edit: Some((-2, 100)),
        ..track()
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("track 1, elst: entry 0 cannot be {}", -2_i64 as u64)
    );
}

#[test]
fn an_edit_behind_the_media_is_an_error() {
    // 2000 ticks of media, offsets of up to 300: what is presented at 2299 starts before it.
    assert!(
        index(TestTrack {
            edit: Some((2299, 0)),
            ..track()
        })
        .is_ok()
    );
    let error = index(TestTrack {
        edit: Some((2300, 0)),
        ..track()
    })
    .unwrap_err();
    let fault = BoxFault::BadField {
        field: "media_time",
        value: 2300,
    };
    assert_eq!(
        error,
        Mp4Error::Box {
            track: Some(1),
            fourcc: FourCc(*b"elst"),
            fault
        }
    );
    assert_eq!(error.to_string(), "track 1, elst: media_time cannot be 2300");
}

proptest! {
    #[test]
    fn a_trim_leaves_out_nothing_that_is_needed(
        mut track in super::model::track(), start in 0_i32..9000, length in 1_u32..900,
    ) {
        // No sample without bytes: places tell samples apart.
        track.samples.iter_mut().for_each(|sample| sample.0 += 1);
        let whole = index(TestTrack { edit: Some((0, 0)), ..track.clone() }).unwrap();
        let whole = &whole.tracks()[0];
        let Ok(index) = index(TestTrack { edit: Some((start, length)), ..track }) else {
            // It starts behind the media.
            let ends = samples(whole).into_iter().map(|s| s.composition_time() + i64::from(s.duration)).max();
            prop_assert!(ends <= Some(i64::from(start) + 600));
            return Ok(());
        };
        let trimmed = &index.tracks()[0];
        let (all, kept) = (samples(whole), samples(trimmed));
        let first = all.iter().position(|sample| sample.offset == kept[0].offset && sample.size == kept[0].size).unwrap();
        let end = trimmed.edit_end.unwrap().cast_signed();
        prop_assert_eq!(trimmed.samples.duration(), kept.iter().map(|sample| u64::from(sample.duration)).sum::<u64>());
        // Everything behind the last one kept is presented at the end or later, or the last one is needed to last at all.
        let moved = i64::from(start) + trimmed.shift;
        for sample in &all[(first + kept.len()).min(all.len())..] {
            prop_assert!(sample.composition_time() >= end + moved, "{sample:?} is gone, the end is {end}");
        }
        // What comes before is not needed: a sync sample follows that is presented by the start.
        if first > 0 {
            prop_assert!(kept[0].sync);
            prop_assert!(kept[0].composition_time() + trimmed.shift <= 0);
        }
        for kept in &kept {
            prop_assert!(kept.offset + u64::from(kept.size) <= all.iter().map(|s| s.offset + u64::from(s.size)).max().unwrap());
        }
    }
}
