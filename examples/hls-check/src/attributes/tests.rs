use super::*;
use crate::probe::{Facts, TimeBase};

fn track(kind: Kind, facts: Facts) -> Track {
    let packet = |dts| Packet {
        pts: Some(dts),
        dts: Some(dts),
        duration: None,
        size: 1,
        hash: [0; 32],
        key: true,
    };
    Track {
        label: "t".to_owned(),
        kind,
        codec: "h264".to_owned(),
        language: "eng".to_owned(),
        time_base: TimeBase { num: 1, den: 30_000 },
        facts,
        outside: [0, 0],
        packets: [0, 1001, 2002, 5005].map(packet).to_vec(),
    }
}

fn picture() -> Track {
    let facts = Facts {
        size: Some((160, 90)),
        pixel_aspect: (4, 3),
        is_turned: true,
        transfer: "smpte2084".to_owned(),
        ..Facts::default()
    };
    track(Kind::Video, facts)
}

/// All faults but those of CODECS, which need an init segment.
fn faults_of(master: &str, carried: &Carried<'_>) -> Vec<String> {
    let master = Multivariant::parse(&format!("#EXTM3U\n{master}")).unwrap();
    let mut faults = faults(&master, &[], carried, &[]);
    faults.retain(|fault| !fault.contains("CODECS") && !fault.contains("init segment"));
    faults
}

#[test]
fn pictures_are_told_as_they_are_shown() {
    let source = picture();
    let carried = Carried::from([("v", &source)]);
    let of = |list: &str| faults_of(&format!("#EXT-X-STREAM-INF:BANDWIDTH=1,{list}\nv\n"), &carried);
    assert_eq!(of("RESOLUTION=90x213,FRAME-RATE=29.970,VIDEO-RANGE=PQ"), [""; 0]);
    #[rustfmt::skip]
    let table = [
        ("RESOLUTION=213x90,FRAME-RATE=29.970,VIDEO-RANGE=PQ", "RESOLUTION is 213x90, the source shows 90x213"),
        ("FRAME-RATE=29.970,VIDEO-RANGE=PQ",                   "RESOLUTION is missing"),
        ("RESOLUTION=90x213,FRAME-RATE=25.000,VIDEO-RANGE=PQ", "FRAME-RATE is 25.000"),
        ("RESOLUTION=90x213,FRAME-RATE=29.97,VIDEO-RANGE=PQ",  "has not three decimals"),
        ("RESOLUTION=90x213,FRAME-RATE=29.970",                "VIDEO-RANGE is SDR, the source is PQ"),
    ];
    for (list, fault) in table {
        let faults = of(list);
        assert!(
            faults.len() == 1 && faults[0].contains(fault),
            "{list}: {faults:?}"
        );
    }
}

#[test]
fn sound_is_told_by_language_channels_and_one_default() {
    let facts = Facts {
        channels: 6,
        ..Facts::default()
    };
    let source = track(Kind::Audio, facts);
    let carried = Carried::from([("a", &source)]);
    let of = |list: &str| {
        let media = format!("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",URI=\"a\",{list}");
        faults_of(&format!("{media}\n#EXT-X-STREAM-INF:BANDWIDTH=1\nx\n"), &carried)
    };
    assert_eq!(
        of("NAME=\"n\",LANGUAGE=\"en\",CHANNELS=\"6/JOC\",DEFAULT=YES"),
        [""; 0]
    );
    #[rustfmt::skip]
    let table = [
        ("NAME=\"n\",LANGUAGE=\"eng\",CHANNELS=\"6\",DEFAULT=YES", "LANGUAGE is eng"),
        ("NAME=\"n\",CHANNELS=\"6\",DEFAULT=YES",                  "LANGUAGE is und"),
        ("NAME=\"n\",LANGUAGE=\"en\",CHANNELS=\"2\",DEFAULT=YES",  "CHANNELS is 2, the source has 6"),
        ("NAME=\"n\",LANGUAGE=\"en\",CHANNELS=\"6\",DEFAULT=NO",   "0 renditions with DEFAULT=YES"),
        ("LANGUAGE=\"en\",CHANNELS=\"6\",DEFAULT=YES",             "a NAME twice, or none"),
    ];
    for (list, fault) in table {
        let faults = of(list);
        assert!(
            faults.len() == 1 && faults[0].contains(fault),
            "{list}: {faults:?}"
        );
    }
}
