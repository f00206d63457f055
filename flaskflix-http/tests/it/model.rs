//! Random `Range` headers against a model that is too simple to be wrong.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use flaskflix_core::{
    Bytes,
    catalog::{Delivery, Title},
    id::{AssetKey, TitleId},
};
use flaskflix_http::Streamer;
use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tower_service::Service as _;

use crate::{ranges::parts, scene::pattern};

/// A spec of a set, as RFC 9110 section 14.1.2 has them.
#[derive(Debug, Clone, Copy)]
enum Spec {
    FromTo(u64, u64),
    From(u64),
    Last(u64),
}

impl Spec {
    fn text(self) -> String {
        match self {
            Self::FromTo(first, last) => format!("{first}-{last}"),
            Self::From(first) => format!("{first}-"),
            Self::Last(len) => format!("-{len}"),
        }
    }

    /// The bytes that it asks for, one by one.
    fn bytes(self, len: u64) -> Range<u64> {
        match self {
            Self::FromTo(first, last) => first..len.min(last.saturating_add(1)),
            Self::From(first) => first..len,
            Self::Last(suffix) => len.saturating_sub(suffix)..len,
        }
    }
}

fn specs() -> impl Strategy<Value = Vec<Spec>> {
    let number = prop_oneof![4 => 0..600_u64, 1 => Just(u64::MAX)];
    let spec = (0..3_u8, number.clone(), number).prop_map(|(kind, a, b)| match kind {
        0 => Spec::FromTo(a, b),
        1 => Spec::From(a),
        _ => Spec::Last(a),
    });
    prop::collection::vec(spec, 1..6)
}

fn streamer(object: &[u8]) -> Streamer {
    let asset = AssetKey::parse("f.bin").unwrap();
    let source = MemorySource::new();
    source.put(asset.clone(), Bytes::copy_from_slice(object));
    let id = TitleId::parse("f").unwrap();
    let catalog: MemoryCatalog = [Title::new(id, "F", Delivery::File { asset })]
        .into_iter()
        .collect();
    Streamer::open_builder(Arc::new(catalog), Arc::new(source))
        .build()
        .unwrap()
}

/// The bytes that a 206 says it brings, checked against the object.
fn served(object: &[u8], content_range: Option<&str>, content_type: &str, body: &[u8]) -> BTreeSet<u64> {
    let parts = match content_range {
        Some(range) => vec![(range.to_owned(), body.to_vec())],
        None => parts(content_type, body),
    };
    let mut served = BTreeSet::new();
    for (range, bytes) in parts {
        let (range, len) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
        assert_eq!(len, object.len().to_string());
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        assert_eq!(bytes, &object[first..=last]);
        for offset in first..=last {
            assert!(served.insert(offset as u64), "byte {offset} comes twice");
        }
    }
    served
}

async fn check(len: usize, specs: &[Spec]) {
    let object = pattern(len);
    let header = format!(
        "bytes={}",
        specs.iter().map(|spec| spec.text()).collect::<Vec<_>>().join(",")
    );
    let request = http::Request::get("/stream/f/video")
        .header("Range", &header)
        .body(())
        .unwrap();
    let response = streamer(&object).call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let header_text = |name: &str| {
        head.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(
        header_text("content-length").unwrap(),
        body.len().to_string(),
        "{header}"
    );

    let reversed = specs
        .iter()
        .any(|spec| matches!(spec, Spec::FromTo(first, last) if first > last));
    let wanted: BTreeSet<u64> = specs.iter().flat_map(|spec| spec.bytes(len as u64)).collect();
    match head.status.as_u16() {
        200 => {
            assert_eq!(body, object, "{header}");
            // Ignored: not valid, an empty object, or so many bytes that the whole is cheaper.
            assert!(reversed || len == 0 || specs.len() > 1, "{header} on {len} bytes");
        }
        206 => {
            assert!(!reversed, "{header}");
            let content_type = header_text("content-type").unwrap();
            let served = served(
                &object,
                header_text("content-range").as_deref(),
                &content_type,
                &body,
            );
            assert_eq!(served, wanted, "{header} on {len} bytes");
        }
        416 => {
            assert!(
                !reversed && len > 0 && wanted.is_empty(),
                "{header} on {len} bytes"
            );
            assert_eq!(header_text("content-range").unwrap(), format!("bytes */{len}"));
        }
        other => panic!("{other} for {header}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_range_header_gets_the_bytes_of_the_model(len in prop_oneof![Just(0_usize), Just(1), 0..500_usize], specs in specs()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(len, &specs));
    }
}
