//! The DASH description, read by a small XML reader that knows nothing of the writer.

use std::{collections::BTreeMap, time::Duration};

use flaskflix_core::{
    package::{Material, PackageOptions, Presentation},
    testing::mp4::{TestCodec, TestMovie, TestTrack, picture_entry},
};

use super::{
    demux::segment,
    film::{Packaged, Urls, audio, packaged, plan, video},
};

/// An element: its name, its attributes, what is in it, and its text.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Self>,
    text: String,
}

impl Element {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn only(&self, name: &'static str) -> &Self {
        let mut found = self.all(name);
        let only = found
            .next()
            .unwrap_or_else(|| panic!("no {name} in {}", self.name));
        assert!(found.next().is_none(), "one {name} in {}", self.name);
        only
    }

    fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    fn number(&self, attribute: &str) -> u64 {
        self.get(attribute)
            .unwrap_or_else(|| panic!("no {attribute} in {}", self.name))
            .parse()
            .unwrap()
    }
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "{text}");
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Reads a document; panics where it is not well-formed.
fn read(document: &str) -> Element {
    let body = document
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .expect("a declaration");
    let mut open = vec![Element::default()];
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("an end of the tag");
        if let Some(name) = tag.strip_prefix('/') {
            let ended = open.pop().unwrap();
            assert_eq!(ended.name, name);
            open.last_mut().unwrap().children.push(ended);
        } else {
            let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut element = Element {
                name: name.to_owned(),
                text: unescaped(text.trim()),
                ..Element::default()
            };
            while let Some((attribute, after)) = rest.split_once("=\"") {
                let (value, after) = after.split_once('"').unwrap();
                let before = element
                    .attributes
                    .insert(attribute.trim().to_owned(), unescaped(value));
                assert_eq!(before, None, "{attribute} twice");
                rest = after;
            }
            assert_eq!(rest.trim(), "");
            if empty {
                open.last_mut().unwrap().children.push(element);
            } else {
                open.push(element);
            }
        }
    }
    let mut root = open.pop().unwrap();
    assert!(open.is_empty());
    root.children.pop().unwrap()
}

fn description(packaged: &Packaged) -> Element {
    read(&packaged.plan.dash_manifest(&Urls))
}

fn sets(mpd: &Element) -> Vec<&Element> {
    mpd.only("Period").all("AdaptationSet").collect()
}

/// Start of the first segment, durations of all, both in ticks, of a list.
fn timeline(template: &Element) -> (u64, Vec<u64>) {
    let entries: Vec<&Element> = template.only("SegmentTimeline").all("S").collect();
    let repeats = |entry: &Element| entry.get("r").map_or(1, |r| 1 + r.parse::<usize>().unwrap());
    let durations = entries
        .iter()
        .flat_map(|entry| std::iter::repeat_n(entry.number("d"), repeats(entry)));
    (entries[0].number("t"), durations.collect())
}

fn ladder() -> Packaged {
    let small = TestTrack {
        samples: video(751, 50)
            .samples
            .iter()
            .map(|s| (s.0 / 4, s.1, s.2, s.3))
            .collect(),
        ..video(1, 1)
    };
    let named = || TestTrack {
        name: "Director's \"cut\" <&>".to_owned(),
        ..audio(1408, b"deu")
    };
    packaged(&[
        TestMovie::new(vec![video(751, 50), audio(1408, b"eng"), named()]),
        TestMovie::new(vec![small]),
    ])
}

#[test]
fn pictures_are_one_set_and_every_sound_is_a_set_of_its_own() {
    let title = ladder();
    let mpd = description(&title);
    assert_eq!(mpd.get("profiles"), Some("urn:mpeg:dash:profile:isoff-live:2011"));
    assert_eq!(mpd.get("type"), Some("static"));
    let [pictures, english, german] = sets(&mpd)[..] else {
        panic!("{mpd:?}")
    };
    let ids = |set: &Element| {
        let all = set.all("Representation");
        all.map(|one| (one.get("id").unwrap().to_owned(), one.number("bandwidth")))
            .collect::<Vec<_>>()
    };
    let peak = |id: &str| (id.to_owned(), title.plan.stream(id).unwrap().peak_bandwidth());
    assert_eq!(ids(pictures), [peak("v1"), peak("v2")]);
    assert_eq!((ids(english), ids(german)), (vec![peak("a1")], vec![peak("a2")]));
    assert_eq!(pictures.get("par"), Some("16:9"));
    for one in pictures.all("Representation") {
        let of = |attribute| one.get(attribute).unwrap_or_default();
        assert_eq!((of("width"), of("height"), of("sar")), ("640", "360", "1:1"));
        assert_eq!((of("codecs"), of("frameRate")), ("avc1.64001f", "25"));
    }
    for (set, language, label, role) in [
        (english, "en", "English", "main"),
        (german, "de", "Director's \"cut\" <&>", "alternate"),
    ] {
        assert_eq!(
            (set.get("lang"), set.get("mimeType")),
            (Some(language), Some("audio/mp4"))
        );
        assert_eq!(set.only("Label").text, label);
        assert_eq!(set.only("Role").get("value"), Some(role));
        let channels = set.only("AudioChannelConfiguration");
        assert_eq!(channels.get("value"), Some("2"));
        assert_eq!(set.only("Representation").get("audioSamplingRate"), Some("48000"));
    }
}

#[test]
fn the_timeline_is_that_of_the_media_playlists() {
    let title = ladder();
    let mpd = description(&title);
    for set in sets(&mpd) {
        for one in set.all("Representation") {
            let id = one.get("id").unwrap();
            let stream = title.plan.stream(id).unwrap();
            let template = set.only("SegmentTemplate");
            let timescale = template.number("timescale");
            let (start, durations) = timeline(template);
            assert_eq!(start, template.number("presentationTimeOffset"), "{id}");
            assert_eq!(start, stream.lead().ticks() as u64, "{id}");
            assert_eq!(durations.len(), stream.segment_count() as usize, "{id}");
            let (mut ticks, mut micros) = (0, 0);
            for (duration, extinf) in durations.iter().zip(stream.durations()) {
                (ticks, micros) = (ticks + duration, micros + extinf);
                let dash = (ticks * 2_000_000 + timescale) / (2 * timescale);
                assert_eq!(dash, micros, "{id}");
            }
            // Segments are presented when the list says: none of them earlier.
            let first = title.plan.segment(stream, 2).unwrap();
            let packets = segment(&title.bytes(id, &first)).1;
            let earliest = packets.iter().map(|packet| packet.pts).min();
            assert_eq!(earliest, Some((start + durations[0]) as i64), "{id}");
        }
    }
}

#[test]
fn equal_durations_share_an_entry_and_equal_lists_are_written_once() {
    let film = [
        TestMovie::new(vec![video(1500, 50)]),
        TestMovie::new(vec![video(1500, 50)]),
    ];
    let options = PackageOptions::default().first_segments([]);
    let text = plan(&film, &options).unwrap().plan.dash_manifest(&Urls);
    let mpd = read(&text);
    let template = sets(&mpd)[0].only("SegmentTemplate");
    assert_eq!(
        template.get("initialization"),
        Some("$RepresentationID$/init.mp4")
    );
    assert_eq!(template.get("media"), Some("$RepresentationID$/$Number$.m4s"));
    let entries: Vec<_> = template.only("SegmentTimeline").all("S").collect();
    // Ten segments; the pictures end two frames after their decode times do.
    assert_eq!(entries.len(), 2, "{text}");
    assert_eq!((entries[0].number("d"), entries[0].number("r")), (6 * 12_800, 8));
    assert_eq!(
        (entries[1].number("d"), entries[1].get("r")),
        (6 * 12_800 + 1024, None)
    );
}

#[test]
fn renditions_with_other_clocks_have_lists_of_their_own() {
    let fast = TestTrack {
        timescale: 25_600,
        edit: Some((2048, 0)),
        samples: video(751, 50)
            .samples
            .iter()
            .map(|s| (s.0, 2 * s.1, 2 * s.2, s.3))
            .collect(),
        ..video(1, 1)
    };
    let title = packaged(&[TestMovie::new(vec![video(751, 50)]), TestMovie::new(vec![fast])]);
    let mpd = description(&title);
    let [set] = sets(&mpd)[..] else { panic!("{mpd:?}") };
    assert_eq!(set.all("SegmentTemplate").count(), 0);
    let scales: Vec<u64> = set
        .all("Representation")
        .map(|one| one.only("SegmentTemplate").number("timescale"))
        .collect();
    assert_eq!(scales.iter().sum::<u64>(), 12_800 + 25_600);
}

#[test]
fn access_points_are_said_to_be_what_they_are() {
    let sap = |track: TestTrack| {
        let mpd = description(&packaged(&[TestMovie::new(vec![track])]));
        sets(&mpd)[0].get("startWithSAP").map(str::to_owned)
    };
    assert_eq!(sap(video(751, 50)).as_deref(), Some("1"));
    assert_eq!(sap(super::starts::open_groups()).as_deref(), Some("3"));
    let mut late = video(751, 50);
    late.samples[0].3 = false;
    assert_eq!(sap(late), None);
}

#[test]
fn colour_is_told_when_it_is_not_sdr_and_binds_when_there_is_another_set() {
    let coloured = |transfer: u16| {
        let [high, low] = transfer.to_be_bytes();
        let colr = [b"nclx\0\x09".as_slice(), &[high, low], b"\0\x09\0"].concat();
        let entry = picture_entry(*b"av01", &[(*b"av1C", b"\x81\x04\x4c\0"), (*b"colr", &colr)]);
        TestMovie::new(vec![TestTrack {
            sample_entry: Some(entry),
            ..video(751, 50)
        }])
    };
    let properties = |films: &[TestMovie], name: &'static str| {
        let mpd = description(&packaged(films));
        let all = sets(&mpd)
            .into_iter()
            .flat_map(|set| set.all(name).collect::<Vec<_>>());
        all.map(|found| {
            let scheme = found.get("schemeIdUri").unwrap();
            let what = scheme.strip_prefix("urn:mpeg:mpegB:cicp:").unwrap();
            format!("{what}={}", found.get("value").unwrap())
        })
        .collect::<Vec<_>>()
    };
    let pq = [
        "ColourPrimaries=9",
        "TransferCharacteristics=16",
        "MatrixCoefficients=9",
    ];
    let alone = [coloured(16)];
    assert_eq!(properties(&alone, "SupplementalProperty"), pq);
    assert!(properties(&alone, "EssentialProperty").is_empty());
    let beside = [coloured(16), TestMovie::new(vec![video(751, 50)])];
    assert_eq!(properties(&beside, "EssentialProperty"), pq);
    assert!(properties(&[coloured(1)], "SupplementalProperty").is_empty());
}

#[test]
fn who_waits_the_min_buffer_time_never_runs_dry_and_less_does_not_do() {
    // The key frames grow, so that the dearest start is not the first; samples of no bytes are not written, and cost nothing.
    let samples = (0..750_u32).map(|n| {
        let sync = n.is_multiple_of(50);
        let bytes = match n {
            _ if sync => 20_000 + 100 * n,
            _ if n.is_multiple_of(3) => 0,
            _ => 500 + n % 700,
        };
        (bytes, 512, 0, sync)
    });
    let film = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples.collect())]);
    let title = packaged(&[film]);
    let rate = title.plan.stream("v1").unwrap().peak_bandwidth() as f64;
    let segments = title.segments("v1");
    let mut needed = 0.0_f64;
    for first in 0..segments.len() {
        let (mut bits, mut begin) = (0.0, None);
        for bytes in &segments[first..] {
            let packets = segment(bytes).1;
            let media: usize = packets.iter().map(|packet| packet.data.len()).sum();
            bits += 8.0 * (bytes.len() - media) as f64;
            for packet in packets {
                bits += 8.0 * packet.data.len() as f64;
                let due = packet.dts as f64 / 12_800.0;
                let begin = *begin.get_or_insert(due);
                needed = needed.max(bits / rate - (due - begin));
            }
        }
    }
    let told = description(&title);
    let told = told.get("minBufferTime").unwrap();
    let told: f64 = told
        .strip_prefix("PT")
        .unwrap()
        .strip_suffix('S')
        .unwrap()
        .parse()
        .unwrap();
    assert!((needed..needed + 2e-6).contains(&told), "{told} for {needed}");
}

#[test]
fn the_name_stands_in_the_description_and_the_length_is_the_titles() {
    let inputs = packaged(&[TestMovie::new(vec![video(250, 50), audio(20 * 47, b"eng")])]);
    let material = Material::new(inputs.plan.inputs().to_vec()).name("Tom & \"Jerry\" <1>");
    let plan = Presentation::plan(material, &PackageOptions::default()).unwrap();
    let mpd = read(&plan.dash_manifest(&Urls));
    assert_eq!(
        mpd.only("ProgramInformation").only("Title").text,
        "Tom & \"Jerry\" <1>"
    );
    let seconds: f64 = mpd
        .get("mediaPresentationDuration")
        .and_then(|text| text.strip_prefix("PT")?.strip_suffix('S')?.parse().ok())
        .unwrap();
    assert_eq!(Duration::from_secs_f64(seconds), plan.duration());
}
