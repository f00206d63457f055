//! Codec strings, rates, channels and light out of made sample entries; and what becomes of the entries.

use bytes::Bytes;
use flaskflix_core::{
    mp4::{Limits, Media, Track, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack, picture_entry, sound_entry},
};

use super::{
    super::{
        demux::{find, segment},
        film::{Packaged, Urls, packaged},
    },
    records::{
        AC3, ALAC, AV1, AV1_HDR, AV1_PLAIN, AVC, EAC3, EAC3_REAR, FLAC, HEVC, OPUS, OPUS_SURROUND, VP9,
        VP9_HLG, colr, dolby_vision, esds, every,
    },
};

/// A track of this entry, 2 seconds long.
pub(super) fn track(entry: Bytes, picture: bool) -> TestTrack {
    let samples = (0..50).map(|n| (100, 512, 0, !picture || n % 25 == 0)).collect();
    let codec = if picture { TestCodec::H264 } else { TestCodec::Aac };
    TestTrack {
        sample_entry: Some(entry),
        ..TestTrack::new(codec, 12_800, samples)
    }
}

fn read(entry: Bytes, picture: bool) -> Track {
    let film = TestMovie::new(vec![track(entry, picture)]).build();
    index_bytes(&film, &Limits::default()).unwrap().tracks()[0].clone()
}

#[test]
fn pictures_say_codec_string_and_light() {
    let (pq, hlg, nothing) = (colr(9, 16, 9), colr(9, 18, 9), colr(2, 2, 2));
    let (five, eight) = (dolby_vision(5, 6, 0), dolby_vision(8, 9, 4));
    // High tier, level 6.0, professional profile of 12 bits in 4:2:2; then 4:2:0 without colour (monochrome).
    let (wide, grey): (&[u8], &[u8]) = (b"\x81\x50\xe8\0", b"\x81\x08\x1c\0");
    type Boxes<'a> = &'a [([u8; 4], &'a [u8])];
    #[rustfmt::skip]
    let table: [(&[u8; 4], Boxes<'_>, &str, Option<u16>); 19] = [
        (b"av01", &[(*b"av1C", AV1)],                                "av01.0.00M.08",                     None),
        (b"av01", &[(*b"av1C", AV1_PLAIN)],                          "av01.0.00M.08",                     None),
        (b"av01", &[(*b"av1C", AV1_HDR)],                            "av01.0.00M.10.0.110.09.16.09.0",    Some(16)),
        (b"av01", &[(*b"av1C", AV1), (*b"colr", &hlg)],              "av01.0.00M.08.0.110.09.18.09.0",    Some(18)),
        (b"av01", &[(*b"av1C", AV1), (*b"colr", &nothing)],          "av01.0.00M.08",                     None),
        // The stream is nearer to the truth than the box.
        (b"av01", &[(*b"colr", &hlg), (*b"av1C", AV1_HDR)],          "av01.0.00M.10.0.110.09.16.09.0",    Some(16)),
        (b"av01", &[(*b"av1C", wide), (*b"colr", &pq)],              "av01.2.16H.12.0.100.09.16.09.0",    Some(16)),
        (b"av01", &[(*b"av1C", grey), (*b"colr", &pq)],              "av01.0.08M.08.1.110.09.16.09.0",    Some(16)),
        (b"vp09", &[(*b"vpcC", VP9)],                                "vp09.03.10.10.03.02.02.02.00",      None),
        (b"vp09", &[(*b"vpcC", VP9_HLG)],                            "vp09.02.31.10.01.09.18.09.00",      Some(18)),
        (b"vp09", &[(*b"vpcC", b"\0\0\0\0\0\x1f\x80\0\0\0")],        "vp09.00.31.08",                     None),
        (b"dvh1", &[(*b"hvcC", HEVC), (*b"dvcC", &five)],            "dvh1.05.06",                        Some(16)),
        (b"dvhe", &[(*b"dvvC", &eight), (*b"hvcC", HEVC)],           "dvhe.08.09",                        Some(18)),
        (b"dvav", &[(*b"avcC", AVC), (*b"dvvC", &dolby_vision(9, 5, 2))], "dvav.09.05",                   None),
        (b"dva1", &[(*b"avcC", AVC), (*b"dvvC", &dolby_vision(9, 5, 2))], "dva1.09.05",                   None),
        (b"dav1", &[(*b"av1C", AV1), (*b"dvvC", &dolby_vision(10, 9, 1))], "dav1.10.09",                  Some(16)),
        // The base layer plays without Dolby Vision.
        (b"hvc1", &[(*b"hvcC", HEVC), (*b"dvcC", &eight)],           "hvc1.2.4.L153.90",                  Some(18)),
        (b"hev1", &[(*b"hvcC", HEVC), (*b"colr", &pq)],              "hev1.2.4.L153.90",                  Some(16)),
        (b"avc1", &[(*b"avcC", AVC), (*b"colr", &nothing)],          "avc1.64001f",                       None),
    ];
    for (name, boxes, text, transfer) in table {
        let track = read(picture_entry(*name, boxes), true);
        assert_eq!(track.codec.rfc6381.as_deref(), Some(text));
        assert_eq!(track.codec.unsupported, None);
        let Media::Video(video) = track.media else {
            panic!("a picture")
        };
        assert_eq!((video.width, video.height), (640, 360));
        assert_eq!(video.transfer, transfer, "{text}");
    }
}

#[test]
fn sounds_say_codec_string_rate_and_channels() {
    let (mp3, mp3_slow) = (esds(0x6b, &[]), esds(0x69, &[]));
    let (he, he_v2) = (
        esds(0x40, &[0x2b, 0x8a, 0x08, 0x00]),
        esds(0x40, &[0xeb, 0x8a, 0x08, 0x00]),
    );
    let implied = esds(0x40, &[0x13, 0x10, 0x56, 0xe5, 0x98]);
    let entry =
        |name: &[u8; 4], rate, record: &[u8; 4], bytes: &[u8]| sound_entry(*name, rate, &[(*record, bytes)]);
    #[rustfmt::skip]
    let table: [(Bytes, &str, u32, u16); 16] = [
        (entry(b"Opus",        48_000, b"dOps", OPUS),          "Opus",       48_000, 2),
        (entry(b"Opus",        48_000, b"dOps", OPUS_SURROUND), "Opus",       48_000, 6),
        (entry(b"ac-3",        44_100, b"dac3", AC3),           "ac-3",       48_000, 6),
        (entry(b"ac-3",        44_100, b"dac3", b"\x50\x08\0"), "ac-3",       44_100, 1),
        (entry(b"ec-3",        44_100, b"dec3", EAC3),          "ec-3",       48_000, 6),
        (entry(b"ec-3",        44_100, b"dec3", EAC3_REAR),     "ec-3",       48_000, 8),
        // Half rates stand in the samples: the entry's is taken.
        (entry(b"ec-3",        24_000, b"dec3", b"\0\0\xe0\x04\0"), "ec-3",   24_000, 2),
        (entry(b"fLaC",        48_000, b"dfLa", FLAC),          "fLaC",       44_100, 1),
        (entry(b"alac",             0, b"alac", ALAC),          "alac",       96_000, 6),
        (entry(b"mp4a",        44_100, b"esds", &mp3),          "mp4a.6B",    44_100, 2),
        (entry(b"mp4a",        22_050, b"esds", &mp3_slow),     "mp4a.69",    22_050, 2),
        (entry(b"mp4a",        22_050, b"esds", &he),           "mp4a.40.5",  44_100, 1),
        (entry(b"mp4a",        22_050, b"esds", &he_v2),        "mp4a.40.29", 44_100, 2),
        (entry(b"mp4a",        24_000, b"esds", &implied),      "mp4a.40.5",  48_000, 2),
        (entry(b".mp3",        32_000, b"free", b""),           "mp4a.6B",    32_000, 2),
        (entry(b"ms\0\x55",    24_000, b"free", b""),           "mp4a.69",    24_000, 2),
    ];
    for (entry, text, rate, channels) in table {
        let track = read(entry, false);
        assert_eq!(track.codec.rfc6381.as_deref(), Some(text));
        let Media::Audio(audio) = track.media else {
            panic!("a sound")
        };
        assert_eq!((audio.sample_rate, audio.channels), (rate, channels), "{text}");
    }
}

/// The sample entry in the init segment of the only stream.
fn presented(packaged: &Packaged) -> Vec<u8> {
    let stream = &packaged.plan.streams()[0];
    let init = packaged.bytes(stream.id(), &packaged.plan.init_segment(stream));
    find(&init, &["moov", "trak", "mdia", "minf", "stbl", "stsd"])[8..].to_vec()
}

#[test]
fn sample_entries_are_kept_byte_for_byte() {
    for (name, entry, picture) in every() {
        let packaged = packaged(&[TestMovie::new(vec![track(entry.clone(), picture)])]);
        assert_eq!(presented(&packaged), entry, "{}", name.escape_ascii());
    }
}

/// The same sound as `QuickTime` describes it: 16 or 36 bytes more, the configuration inside a `wave` box.
fn quicktime(version: u16, wave: bool) -> Bytes {
    let plain = sound_entry(*b"alac", 48_000, &[(*b"alac", ALAC)]);
    let (fields, configuration) = plain[8..].split_at(28);
    let mut body = fields.to_vec();
    body[8..10].copy_from_slice(&version.to_be_bytes());
    body.extend(vec![1; [0, 16, 36][usize::from(version)]]);
    if version == 2 {
        body[32..40].copy_from_slice(&48_000_f64.to_be_bytes());
        body[40..44].copy_from_slice(&2_u32.to_be_bytes());
    }
    let inner = [
        &b"\0\0\0\x0cfrmaalac"[..],
        configuration,
        &[0, 0, 0, 8, 0, 0, 0, 0],
    ]
    .concat();
    if wave {
        body.extend(u32::try_from(inner.len() + 8).unwrap().to_be_bytes());
        body.extend(b"wave");
        body.extend(inner);
    } else {
        body.extend(configuration);
    }
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size[..], b"alac", &body].concat().into()
}

#[test]
fn quicktimes_form_of_a_sound_entry_becomes_isos() {
    // Six channels at 96 kHz, says the configuration: the rate does not fit into the entry.
    let mut iso = sound_entry(*b"alac", 0, &[(*b"alac", ALAC)]).to_vec();
    iso[25] = 6;
    for (version, wave) in [(0, true), (1, true), (1, false), (2, true), (2, false)] {
        let packaged = packaged(&[TestMovie::new(vec![track(quicktime(version, wave), false)])]);
        assert_eq!(presented(&packaged), iso, "version {version}, wave {wave}");
    }
}

#[test]
fn complete_dvhe_is_presented_as_dvh1() {
    let five = dolby_vision(5, 6, 0);
    let entry = |name| picture_entry(name, &[(*b"hvcC", HEVC), (*b"dvcC", &five)]);
    let packaged = packaged(&[TestMovie::new(vec![track(entry(*b"dvhe"), true)])]);
    assert_eq!(presented(&packaged), entry(*b"dvh1"));
    let text = packaged.plan.multivariant_playlist(&Urls);
    assert!(text.contains("CODECS=\"dvh1.05.06\""), "{text}");
    assert!(text.contains("VIDEO-RANGE=PQ"), "{text}");
}

#[test]
fn mp3_of_quicktime_is_presented_as_mp4a() {
    let packaged = packaged(&[TestMovie::new(vec![track(
        sound_entry(*b".mp3", 44_100, &[(*b"wave", b"junk")]),
        false,
    )])]);
    let entry = Bytes::from(presented(&packaged));
    assert_eq!(
        entry,
        sound_entry(*b"mp4a", 44_100, &[(*b"esds", &esds(0x6b, &[]))])
    );
    assert_eq!(read(entry, false).codec.rfc6381.as_deref(), Some("mp4a.6B"));
}

#[test]
fn every_frame_of_sound_is_a_sync_sample_but_usac() {
    let xhe = esds(0x40, &[0xf9, 0x46, 0x40]);
    for (record, is_all_sync) in [(esds(0x6b, &[]), true), (xhe, false)] {
        let mut track = track(sound_entry(*b"mp4a", 48_000, &[(*b"esds", &record)]), false);
        // The table of a muxer that lists the first frame alone.
        (1..50).for_each(|n| track.samples[n].3 = false);
        let packaged = packaged(&[TestMovie::new(vec![track])]);
        let samples = &packaged.segments("a1")[0];
        let sync: Vec<bool> = segment(samples).1.iter().map(|packet| packet.sync).collect();
        assert!(sync[0]);
        assert_eq!(sync[1..].iter().all(|sync| *sync), is_all_sync);
    }
}

#[test]
fn variants_name_codecs_channels_and_light() {
    let sound = sound_entry(*b"ec-3", 48_000, &[(*b"dec3", EAC3)]);
    let other = sound_entry(*b"Opus", 48_000, &[(*b"dOps", OPUS)]);
    let picture = picture_entry(*b"vp09", &[(*b"vpcC", VP9_HLG)]);
    let packaged = packaged(&[TestMovie::new(vec![
        track(picture, true),
        track(sound, false),
        track(other, false),
    ])]);
    let text = packaged.plan.multivariant_playlist(&Urls);
    for part in [
        "GROUP-ID=\"audio1\",NAME=\"Audio 1\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"6\"",
        "CODECS=\"vp09.02.31.10.01.09.18.09.00,ec-3\"",
        "CODECS=\"vp09.02.31.10.01.09.18.09.00,Opus\"",
        "FRAME-RATE=25.000,VIDEO-RANGE=HLG",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
