//! Any path: what parses has one canonical path, which parses to the same route.
#![no_main]

use flaskflix_http::route::Route;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    let Some(route) = Route::parse(path) else { return };
    let canonical = route.path();
    assert_eq!(
        Route::parse(&canonical).as_ref(),
        Some(&route),
        "{path:?} became {canonical:?}"
    );
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte);
    assert!(canonical.bytes().all(unreserved), "{canonical:?}");
    let title = route.title().as_str();
    assert!(
        !title.contains('/') && title != ".." && title != ".",
        "{path:?} names {title:?}"
    );
});
