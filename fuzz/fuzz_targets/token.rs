//! Any text as a token, and any change of a good token, in its text or in its bytes: only the minted text verifies.
//!
//! Input: the first byte's parity says where pairs of (place, new byte) strike a good token: even: its text, odd:
//! its bytes. The rest is also tried as a token of its own.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flaskflix_core::{
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::{Claims, DEFAULT_TTL, KeyRing, mint, verify},
};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new("fuzz", &[7; 32]).unwrap());
static GOOD: LazyLock<String> = LazyLock::new(|| {
    let (title, viewer) = (
        TitleId::parse("film.mp4").unwrap(),
        ViewerId::parse("anna").unwrap(),
    );
    mint(&*KEYS, &Claims::new(title, viewer, NOW, DEFAULT_TTL), [3; 16]).unwrap()
});
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else {
        return;
    };
    let in_text = mode % 2 == 0;
    let mut bytes = if in_text {
        GOOD.clone().into_bytes()
    } else {
        BASE64_URL_SAFE_NO_PAD.decode(&*GOOD).unwrap()
    };
    for strike in rest.chunks_exact(2) {
        let place = usize::from(strike[0]) % bytes.len();
        bytes[place] = strike[1];
    }
    let changed = if in_text {
        bytes
    } else {
        BASE64_URL_SAFE_NO_PAD.encode(bytes).into_bytes()
    };
    for text in [changed.as_slice(), rest]
        .into_iter()
        .filter_map(|text| std::str::from_utf8(text).ok())
    {
        let verdict = verify(&*KEYS, text, NOW);
        assert_eq!(verdict.is_ok(), text == GOOD.as_str(), "{text:?}: {verdict:?}");
    }
});
