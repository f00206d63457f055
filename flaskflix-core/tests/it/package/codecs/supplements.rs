//! What some players make more of: Dolby Vision on a base layer that others play, sound objects in E-AC-3.

use flaskflix_core::testing::mp4::{TestMovie, picture_entry, sound_entry};

use super::{
    super::film::{Urls, packaged},
    entries::track,
    records::{AV1, AVC, EAC3, EAC3_REAR, HEVC, dolby_vision},
};

#[test]
fn dolby_vision_on_a_compatible_base_is_a_supplement() {
    type Case<'a> = (&'a [u8; 4], [u8; 4], &'a [u8], [u8; 3], Option<&'a str>);
    #[rustfmt::skip]
    let table: [Case<'_>; 9] = [
        (b"hvc1", *b"hvcC", HEVC, [8, 7, 4],  Some("CODECS=\"hvc1.2.4.L153.90\",SUPPLEMENTAL-CODECS=\"dvh1.08.07/db4h\"")),
        (b"hvc1", *b"hvcC", HEVC, [8, 6, 1],  Some("CODECS=\"hvc1.2.4.L153.90\",SUPPLEMENTAL-CODECS=\"dvh1.08.06/db1p\"")),
        (b"hvc1", *b"hvcC", HEVC, [8, 6, 2],  Some("CODECS=\"hvc1.2.4.L153.90\",SUPPLEMENTAL-CODECS=\"dvh1.08.06/db2g\"")),
        // It is presented as hvc1, and its supplement as what goes with that.
        (b"hev1", *b"hvcC", HEVC, [8, 7, 4],  Some("CODECS=\"hvc1.2.4.L153.90\",SUPPLEMENTAL-CODECS=\"dvh1.08.07/db4h\"")),
        (b"avc1", *b"avcC", AVC,  [9, 5, 2],  Some("SUPPLEMENTAL-CODECS=\"dva1.09.05/db2g\"")),
        (b"av01", *b"av1C", AV1,  [10, 9, 1], Some("SUPPLEMENTAL-CODECS=\"dav1.10.09/db1p\"")),
        // The two layers of a disc, no compatibility, and a name that says it all.
        (b"hvc1", *b"hvcC", HEVC, [7, 6, 6],  None),
        (b"hvc1", *b"hvcC", HEVC, [8, 6, 0],  None),
        (b"dvh1", *b"hvcC", HEVC, [8, 6, 1],  None),
    ];
    for (entry, name, record, [profile, level, compatibility], want) in table {
        let vision = dolby_vision(profile, level, compatibility);
        let entry = picture_entry(*entry, &[(name, record), (*b"dvvC", &vision)]);
        let text = packaged(&[TestMovie::new(vec![track(entry, true)])])
            .plan
            .multivariant_playlist(&Urls);
        match want {
            // In the variant and in its I-frame playlist.
            Some(want) => assert_eq!(text.matches(want).count(), 2, "{want} in {text}"),
            None => assert!(!text.contains("SUPPLEMENTAL"), "{text}"),
        }
    }
}

#[test]
fn sound_objects_are_counted_as_joint_object_coding() {
    let objects = |record: &[u8], more: &[u8]| [record, more].concat();
    // Two independent substreams, the second with a dependent one: its place is behind both.
    let two = [b"\x0c\x01", &EAC3[2..], &EAC3_REAR[2..], b"\x01\x0c"].concat();
    for (record, channels) in [
        (objects(EAC3, b"\x01\x10"), "16/JOC"),
        (objects(EAC3_REAR, b"\x01\x10"), "16/JOC"),
        (two, "12/JOC"),
        (objects(EAC3, b"\0\x10"), "6"),
        (objects(EAC3, b"\x01\0"), "6"),
        (objects(EAC3, b"\x01"), "6"),
        (objects(EAC3_REAR, b""), "8"),
    ] {
        let entry = sound_entry(*b"ec-3", 48_000, &[(*b"dec3", &record)]);
        let text = packaged(&[TestMovie::new(vec![track(entry, false)])])
            .plan
            .multivariant_playlist(&Urls);
        assert!(
            text.contains(&format!("CHANNELS=\"{channels}\"")),
            "{record:02x?}: {text}"
        );
    }
}
