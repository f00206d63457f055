use std::collections::{BTreeMap, BTreeSet};

use http::Request;

use super::scene::Scene;

/// What one name has: its kind, and its samples with their labels.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    has_help: bool,
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads the text format, strictly: HELP and TYPE once and before the samples, samples of a family together, no sample
/// twice, names and labels well formed, histograms whole and cumulative.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut current = String::new();
    assert!(text.ends_with('\n'), "the last line has no end");
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty(), "{line}");
            let family = families.entry(name.to_owned()).or_default();
            assert!(family.samples.is_empty() && !family.has_help, "{line}");
            family.has_help = true;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            let family = families.entry(name.to_owned()).or_default();
            assert!(family.samples.is_empty() && family.kind.is_empty(), "{line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            kind.clone_into(&mut family.kind);
            name.clone_into(&mut current);
        } else {
            assert!(
                seen.insert(line.rsplit_once(' ').unwrap().0.to_owned()),
                "twice: {line}"
            );
            let (name, labels, value) = sample(line);
            let suffix = name
                .strip_prefix(&current)
                .unwrap_or_else(|| panic!("{line} after {current}"));
            let family = families.get_mut(&current).unwrap();
            let allowed: &[&str] = match family.kind.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            assert!(allowed.contains(&suffix), "{line}");
            assert!(
                family.kind != "counter" || (name.ends_with("_total") && value >= 0.0),
                "{line}"
            );
            family.samples.push((suffix.to_owned(), labels, value));
        }
    }
    families
        .values()
        .filter(|family| family.kind == "histogram")
        .for_each(check_histogram);
    families
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (head, value) = line.rsplit_once(' ').unwrap();
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let (name, labels) = head.split_once('{').unwrap_or((head, "}"));
    let word = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
    };
    assert!(
        !name.is_empty() && word(name) && !name.as_bytes()[0].is_ascii_digit(),
        "{line}"
    );
    let labels = labels.strip_suffix('}').unwrap();
    let labels = labels.split_terminator(',').map(|label| {
        let (key, value) = label.split_once("=\"").unwrap();
        assert!(word(key), "{line}");
        (key.to_owned(), value.strip_suffix('"').unwrap().to_owned())
    });
    (name.to_owned(), labels.collect(), value)
}

fn check_histogram(family: &Family) {
    let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (suffix, labels, value) in &family.samples {
        let mut others = labels.clone();
        let bound = others.remove("le");
        let others = format!("{others:?}");
        match (suffix.as_str(), bound) {
            ("_bucket", Some(bound)) => buckets
                .entry(others)
                .or_default()
                .push((bound.parse().unwrap(), *value)),
            ("_count", None) => drop(counts.insert(others, *value)),
            ("_sum", None) => assert!(*value >= 0.0),
            other => panic!("{other:?}"),
        }
    }
    for (labels, buckets) in buckets {
        assert!(buckets.is_sorted(), "{labels}: {buckets:?}");
        let (bound, all) = *buckets.last().unwrap();
        assert!(bound.is_infinite() && counts[&labels] == all, "{labels}");
    }
}

#[tokio::test]
async fn what_happened_is_counted_in_a_format_that_a_strict_reader_takes() {
    let scene = Scene::open().await;
    let cookie = scene.log_in().await;
    let token = scene
        .ask(Request::get("/stream/1/token").header("cookie", cookie), "")
        .await;
    let url = token.json()["stream_url"].as_str().unwrap().to_owned();
    assert_eq!(scene.get(&url).await.status, 200);
    scene.get("/no/such/page").await;
    let reply = scene.get("/metrics").await;
    assert_eq!(
        reply.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let families = parse(&reply.text);
    for (name, kind) in [
        ("flaskflix_http_requests_total", "counter"),
        ("flaskflix_http_request_seconds", "histogram"),
        ("flaskflix_http_response_bytes_total", "counter"),
        ("flaskflix_tokens_minted_total", "counter"),
        ("flaskflix_index_cache_total", "counter"),
        ("flaskflix_db_queries_total", "counter"),
        ("process_resident_memory_bytes", "gauge"),
        ("process_open_fds", "gauge"),
        ("process_start_time_seconds", "gauge"),
        ("process_cpu_seconds_total", "counter"),
        ("flaskflix_build_info", "gauge"),
    ] {
        let family = families
            .get(name)
            .unwrap_or_else(|| panic!("{name}:\n{}", reply.text));
        assert_eq!(family.kind, kind, "{name}");
        assert!(family.has_help, "{name} has no help");
    }
    let requests = &families["flaskflix_http_requests_total"].samples;
    let count = |route: &str, status: &str| {
        let hit = requests
            .iter()
            .find(|(_, labels, _)| labels["route"] == route && labels["status"] == status);
        hit.map_or(0.0, |(_, _, count)| *count)
    };
    for (route, status) in [
        ("master", "200"),
        ("token", "200"),
        ("page", "303"),
        ("page", "404"),
    ] {
        assert!(count(route, status) >= 1.0, "{route} {status}:\n{}", reply.text);
    }
    let secret = url.split('/').nth(4).unwrap();
    assert!(!reply.text.contains(secret), "a token is a label");
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_the_token() {
    let scene = Scene::with(|settings| settings.metrics_token = Some("s3cret-token".to_owned())).await;
    let from = async |peer: &str, header: Option<(&str, &str)>| {
        let mut request = Request::get("/metrics");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        scene.ask_from(peer, request, "").await.status.as_u16()
    };
    assert_eq!(from("127.0.0.1:9", None).await, 200);
    assert_eq!(from("[::1]:9", None).await, 200);
    assert_eq!(from("203.0.113.9:9", None).await, 401);
    // A proxy on this machine that nobody named must not let the world in.
    assert_eq!(
        from("127.0.0.1:9", Some(("x-forwarded-for", "203.0.113.9"))).await,
        401
    );
    assert_eq!(
        from("127.0.0.1:9", Some(("x-forwarded-for", "127.0.0.1"))).await,
        401
    );
    assert_eq!(
        from("203.0.113.9:9", Some(("authorization", "Bearer s3cret-token"))).await,
        200
    );
    assert_eq!(
        from("203.0.113.9:9", Some(("authorization", "Bearer s3cret"))).await,
        401
    );
    assert_eq!(
        from("203.0.113.9:9", Some(("authorization", "Bearer "))).await,
        401
    );
}
