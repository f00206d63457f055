//! What people call the codecs that are not packaged (the registry of
//! [sample entries](https://mp4ra.org/registered-types/sampleentries), and `QuickTime`'s own).

use crate::mp4::FourCc;

/// The name of the codec of a sample entry, when it is one that files in the wild have.
pub(super) fn of(entry: FourCc) -> Option<&'static str> {
    let (_, name) = NAMES.iter().find(|(entries, _)| entries.contains(&&entry.0))?;
    Some(name)
}

/// The name of the codec of an object type (ISO 14496-1 table 5, and [its registry](https://mp4ra.org/registered-types/object-types)).
pub(super) const fn of_object_type(indication: u8) -> Option<&'static str> {
    Some(match indication {
        0x20 => "MPEG-4 part 2",
        0x60..=0x65 => "MPEG-2 video",
        0x6a => "MPEG-1 video",
        0xa5 => "AC-3",
        0xa6 => "E-AC-3",
        0xa9..=0xac => "DTS",
        0xad => "Opus",
        0xdd => "Vorbis",
        0xe1 => "QCELP",
        _ => return None,
    })
}

#[rustfmt::skip]
const NAMES: [(&[&[u8; 4]], &str); 19] = [
    (&[b"sowt", b"twos", b"raw ", b"lpcm", b"ipcm", b"fpcm", b"in24", b"in32", b"fl32", b"fl64"], "PCM"),
    (&[b"ulaw", b"alaw"],                                                       "G.711"),
    (&[b"ima4", b"ms\0\x02", b"ms\0\x11"],                                  "ADPCM"),
    (&[b"samr", b"sawb", b"sawp"],                                              "AMR"),
    (&[b"ac-4"],                                                                "AC-4"),
    (&[b"dtsc", b"dtse", b"dtsh", b"dtsl", b"dtsx", b"dtsy"],                   "DTS"),
    (&[b"mlpa"],                                                                "Dolby TrueHD"),
    (&[b"mha1", b"mha2", b"mhm1", b"mhm2"],                                     "MPEG-H 3D Audio"),
    (&[b"mp4v"],                                                                "MPEG-4 part 2"),
    (&[b"h263", b"H263", b"s263"],                                              "H.263"),
    (&[b"vvc1", b"vvi1"],                                                       "H.266, VVC"),
    (&[b"evc1"],                                                                "EVC"),
    (&[b"lvc1"],                                                                "LCEVC"),
    (&[b"vp08"],                                                                "VP8"),
    (&[b"apco", b"apcs", b"apcn", b"apch", b"ap4h", b"ap4x", b"aprn", b"aprh"], "ProRes"),
    (&[b"AVdn", b"AVdh"],                                                       "DNxHD"),
    (&[b"jpeg", b"mjpa", b"mjpb", b"mjpg"],                                     "Motion JPEG"),
    (&[b"SVQ1", b"SVQ3"],                                                       "Sorenson Video"),
    (&[b"m2v1", b"xdv2", b"hdv2"],                                              "MPEG-2"),
];
