//! Films in fragments come out as if they had been progressive.

use flaskflix_core::{
    package::{PackageOptions, Warning},
    range::ByteRange,
    testing::mp4::{TestBase, TestFragments, TestMovie},
};
use proptest::prelude::*;

use super::{
    film::{audio, plan_files, video},
    segments::any_track,
};

fn options() -> PackageOptions {
    PackageOptions::default().target_duration(std::time::Duration::from_secs(1))
}

#[test]
fn a_film_that_was_cut_off_is_served_as_far_as_it_goes_with_a_warning() {
    let movie = TestMovie::new(vec![video(200, 50), audio(400, b"eng")]);
    let cut = TestFragments {
        samples: 50,
        ..TestFragments::default()
    };
    let whole = movie.build_fragmented(&cut);
    let warnings = |len: usize| {
        let packaged = plan_files(vec![whole.slice(..len)], &options()).unwrap();
        packaged.plan.warnings().to_vec()
    };
    assert_eq!(warnings(whole.len()), []);
    let [Warning::CutOff { asset, samples: 1 }] = &warnings(whole.len() - 1)[..] else {
        panic!("{:?}", warnings(whole.len() - 1))
    };
    let text =
        "a.mp4: the file was cut off inside its last fragment, 1 samples of it are lost and perhaps more";
    assert_eq!(
        (asset.as_str(), warnings(whole.len() - 1)[0].to_string().as_str()),
        ("a.mp4", text)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_of_a_film_in_fragments_are_those_of_the_progressive_film(
        tracks in prop::collection::vec(any_track(), 1..3),
        in_moov in prop_oneof![2 => Just(0_usize), 1 => 1..100_usize],
        samples in 1..50_usize, samples_per_run in 1..20_usize,
        base in prop::sample::select(vec![TestBase::Fragment, TestBase::Place, TestBase::Previous]),
        separate: bool, share: bool,
        part in (0_u64..5000, 1_u64..5000),
    ) {
        let movie = TestMovie::new(tracks);
        let cut = TestFragments { in_moov, samples, samples_per_run, base, separate, share, ..TestFragments::default() };
        let progressive = plan_files(vec![movie.build()], &options()).unwrap();
        let fragmented = plan_files(vec![movie.build_fragmented(&cut)], &options()).unwrap();
        prop_assert_eq!(progressive.plan.streams().len(), fragmented.plan.streams().len());
        for stream in progressive.plan.streams() {
            let id = stream.id();
            let (a, b) = (progressive.segments(id), fragmented.segments(id));
            prop_assert!(a == b, "{id}");
            // Any range of a segment is that slice of the whole.
            let stream = fragmented.plan.stream(id).unwrap();
            let object = fragmented.plan.segment(stream, 1).unwrap();
            let pieces = object.slice(ByteRange::from_len(part.0, part.1).unwrap()).collect();
            let slice = flaskflix_core::object::VirtualObject::new(pieces, object.info().etag.clone(), None);
            let whole = &b[0];
            let (start, end) = ((part.0 as usize).min(whole.len()), ((part.0 + part.1) as usize).min(whole.len()));
            prop_assert_eq!(&fragmented.bytes(id, &slice)[..], &whole[start..end]);
        }
    }
}
