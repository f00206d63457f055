//! What a token costs: the promise is a verification in about a microsecond.
#![expect(clippy::unwrap_used, reason = "a bench may stop when its fixture is wrong")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flaskflix_core::{
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::{self, Claims, KeyRing, TokenError, TokenSigner as _},
};

fn bench(criterion: &mut Criterion) {
    let keys = KeyRing::new("2026-06", &[7; 32]).unwrap();
    let others = KeyRing::new("2026-06", &[8; 32]).unwrap();
    let now = UnixTime::from_secs(1_700_000_000);
    let title = TitleId::parse("big_buck_bunny_1080p.mp4").unwrap();
    let viewer = ViewerId::parse("4f3c2b1a-0000-4000-8000-123456789abc").unwrap();
    let claims = Claims::new(title, viewer, now, token::DEFAULT_TTL);
    let text = token::mint(&keys, &claims, [1; 16]).unwrap();
    let forged = token::mint(&others, &claims, [1; 16]).unwrap();
    assert!(token::verify(&keys, &text, now).is_ok());
    assert_eq!(token::verify(&keys, &forged, now), Err(TokenError::BadSignature));

    let mut group = criterion.benchmark_group("token");
    group.bench_function(format!("verify_{}_bytes", text.len()), |bencher| {
        bencher.iter(|| token::verify(&keys, black_box(&text), now));
    });
    group.bench_function(format!("refuse_forged_{}_bytes", forged.len()), |bencher| {
        bencher.iter(|| token::verify(&keys, black_box(&forged), now));
    });
    group.bench_function("hmac_alone_190_bytes", |bencher| {
        bencher.iter(|| keys.sign(black_box(&[0x5a; 190])));
    });
    group.bench_function("mint", |bencher| {
        bencher.iter(|| token::mint(&keys, black_box(&claims), [1; 16]));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
