//! Whatever comes in, what goes out is a response.

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::Full;
use proptest::prelude::*;

use super::scene::{Api, Said, named};

fn say(named_viewer: bool, method: &str, target: &str, header: &[u8], body: Vec<u8>) -> Option<Said> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .body(Full::<Bytes>::from(body))
        .ok()?;
    if let Ok(value) = HeaderValue::from_bytes(header) {
        for name in [
            "authorization",
            "sec-fetch-site",
            "x-forwarded-for",
            "content-type",
        ] {
            request.headers_mut().insert(name, value.clone());
        }
    }
    if named_viewer {
        request.extensions_mut().insert(named("anna"));
    }
    Some(runtime.block_on(Api::with(flaskflix_http::viewer::ViewerApiBuilder::cross_site).send(request)))
}

/// JSON, and what is nearly JSON.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "\"[ -~]{0,80}\"",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[[[[{}]]]]".to_owned()),
    ];
    let name = "(current_time|total_duration|session|seq|event|token|watched|dismissed|[a-z]{0,3})";
    let object = prop::collection::vec((name, value), 0..6).prop_map(|fields| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    prop_oneof![
        4 => object,
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => (1..3000_usize).prop_map(|depth| "[".repeat(depth).into_bytes()),
    ]
}

proptest! {
    #[test]
    fn any_body_is_answered_or_refused(
        known in any::<bool>(),
        method in "(POST|PUT)",
        header in prop::collection::vec(any::<u8>(), 0..40),
        body in bodies(),
    ) {
        let said = say(known, &method, "/stream/1/progress", &header, body).expect("a request");
        prop_assert!(matches!(said.status, 200 | 400 | 401), "{:?}", said);
        if said.status == 200 {
            let json = said.json();
            let (at, of) = (json["current_time"].as_f64().unwrap(), json["total_duration"].as_f64().unwrap());
            prop_assert!(at >= 0.0 && (of == 0.0 || at <= of), "{}", json);
        }
    }

    #[test]
    fn any_query_is_answered_or_refused(
        known in any::<bool>(),
        row in any::<bool>(),
        query in "((limit|cursor|token|%6cimit|x)?=?[0-9a-z%+&=-]{0,12}&?){0,5}",
    ) {
        let path = if row { "/continue-watching" } else { "/stream/1/progress" };
        let said = say(known, "GET", &format!("{path}?{query}"), b"", Vec::new()).expect("a request");
        prop_assert!(matches!(said.status, 200 | 400 | 401), "{:?}", said);
        prop_assert_eq!(said.status == 401, !known);
    }
}
