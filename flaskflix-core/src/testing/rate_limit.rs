//! The conformance suite of [`RateLimit`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::{net::Ipv4Addr, time::Duration};

use crate::{
    access::{Action, Quota, Rate, RateLimit, Rates, Subject},
    id::ViewerId,
    testing::together::{Work, join_all},
};

/// The quotas that [`conformance`] wants to find: 5 tokens in an hour for a viewer, 3 for an address, 2 changes of progress.
#[must_use]
pub fn rates() -> Rates {
    let hour = Duration::from_hours(1);
    let mut rates = Rates::unlimited();
    rates.mint_per_viewer = Some(Rate::new(5, hour));
    rates.mint_per_address = Some(Rate::new(3, hour));
    rates.progress_per_viewer = Some(Rate::new(2, hour));
    rates
}

/// Checks that the limit keeps the promises of [`RateLimit`]. It counts with [`rates`] and has seen none of the suite's subjects,
/// whose names begin with `conformance`.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
pub async fn conformance(limit: &dyn RateLimit) {
    quota_is_used_up_at_once_and_then_exceeded(limit).await;
    subjects_and_actions_are_independent(limit).await;
    concurrent_requests_share_one_quota(limit).await;
}

async fn quota_is_used_up_at_once_and_then_exceeded(limit: &dyn RateLimit) {
    let anna = viewer("conformance-anna");
    for n in 0..5 {
        let taken = take(limit, Action::Mint, &anna).await;
        assert_eq!(taken, Quota::Within, "quota_is_used_up: {n}");
    }
    for n in 0..3 {
        // One comes back every 12 minutes; a request that is refused is not counted.
        match take(limit, Action::Mint, &anna).await {
            Quota::Exceeded { retry_after } => {
                let minutes = retry_after.as_secs_f64() / 60.0;
                assert!(
                    (11.0..=12.01).contains(&minutes),
                    "refused_is_not_counted: {retry_after:?}"
                );
            }
            Quota::Within => panic!("quota_is_exceeded: {n}"),
        }
    }
}

async fn subjects_and_actions_are_independent(limit: &dyn RateLimit) {
    let (anna, bert) = (viewer("conformance-anna"), viewer("conformance-bert"));
    let address = Subject::address(Ipv4Addr::new(192, 0, 2, 77).into());
    for (action, subject, count) in [
        (Action::Mint, &bert, 5),
        (Action::Progress, &anna, 2),
        (Action::Mint, &address, 3),
    ] {
        for n in 0..count {
            let taken = take(limit, action, subject).await;
            assert_eq!(taken, Quota::Within, "subjects_and_actions_are_independent: {n}");
        }
        let over = take(limit, action, subject).await;
        assert!(
            matches!(over, Quota::Exceeded { .. }),
            "every_quota_is_its_own: {action:?}"
        );
    }
    // What has no quota is not limited.
    for _ in 0..20 {
        assert_eq!(
            take(limit, Action::Progress, &address).await,
            Quota::Within,
            "no_quota_is_no_limit"
        );
    }
}

async fn concurrent_requests_share_one_quota(limit: &dyn RateLimit) {
    let carl = viewer("conformance-carl");
    let within = std::sync::atomic::AtomicU32::new(0);
    let (subject, count) = (&carl, &within);
    let work = (0..40).map(|_| {
        Box::pin(async move {
            if take(limit, Action::Mint, subject).await == Quota::Within {
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }) as Work<'_>
    });
    join_all(work.collect()).await;
    assert_eq!(within.into_inner(), 5, "concurrent_requests_share_one_quota");
}

async fn take(limit: &dyn RateLimit, action: Action, subject: &Subject) -> Quota {
    match limit.take(action, subject).await {
        Ok(quota) => quota,
        Err(error) => panic!("take_answers: {error:?}"),
    }
}

fn viewer(name: &str) -> Subject {
    match ViewerId::parse(name) {
        Ok(viewer) => Subject::Viewer(viewer),
        Err(error) => panic!("{error}"),
    }
}
