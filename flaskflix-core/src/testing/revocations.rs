//! The conformance suite of [`Revocations`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::time::Duration;

use crate::{
    access::{LogInId, Revocation, Revocations},
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::{self, Claims, Grant, KeyRing},
};

/// Checks that the revocations keep the promises of [`Revocations`]: those that one store can keep alone. Nothing of the suite's
/// viewers, whose names begin with `conformance`, may be revoked before.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
pub async fn conformance(revocations: &dyn Revocations) {
    one_token_is_revoked_and_no_other(revocations).await;
    all_tokens_of_a_viewer_until_a_moment_are_revoked(revocations).await;
    what_reaches_further_holds(revocations).await;
    one_log_in_of_a_viewer_is_revoked_and_no_other(revocations).await;
}

/// A grant of a viewer, issued at a moment, with a token id of equal bytes. For tests of what several stores share.
///
/// # Panics
/// When the name is none of a viewer.
#[must_use]
pub fn grant(viewer: &str, issued: u64, token_id: u8) -> Grant {
    let made = || -> Result<Grant, Box<dyn std::error::Error>> {
        let keys = KeyRing::new("conformance", &[7; 32])?;
        let issued = UnixTime::from_secs(issued);
        let claims = Claims::new(
            TitleId::parse("film")?,
            ViewerId::parse(viewer)?,
            issued,
            Duration::from_hours(1),
        );
        let text = token::mint(&keys, &claims, [token_id; 16])?;
        Ok(token::verify(&keys, &text, issued)?)
    };
    match made() {
        Ok(grant) => grant,
        Err(error) => panic!("{error}"),
    }
}

async fn one_token_is_revoked_and_no_other(revocations: &dyn Revocations) {
    let (one, other) = (
        grant("conformance-anna", 100, 1),
        grant("conformance-anna", 100, 2),
    );
    assert!(
        !is_revoked(revocations, &one).await,
        "nothing_is_revoked_at_first"
    );
    revoke(revocations, Revocation::Token(*one.token_id())).await;
    for _ in 0..3 {
        assert!(
            is_revoked(revocations, &one).await,
            "revoked_at_once_for_the_revoker"
        );
        assert!(
            !is_revoked(revocations, &other).await,
            "no_other_token_is_revoked"
        );
    }
    // Twice is once.
    revoke(revocations, Revocation::Token(*one.token_id())).await;
    assert!(is_revoked(revocations, &one).await, "revoked_twice_is_revoked");
}

async fn all_tokens_of_a_viewer_until_a_moment_are_revoked(revocations: &dyn Revocations) {
    let of_bert = |issued, id| grant("conformance-bert", issued, id);
    revoke(revocations, cut("conformance-bert", 1000)).await;
    for (issued, want) in [(0, true), (999, true), (1000, true), (1001, false)] {
        let got = is_revoked(revocations, &of_bert(issued, 3)).await;
        assert_eq!(got, want, "tokens_until_a_moment_are_revoked: {issued}");
    }
    let carl = grant("conformance-carl", 999, 3);
    assert!(!is_revoked(revocations, &carl).await, "viewers_are_kept_apart");
}

async fn what_reaches_further_holds(revocations: &dyn Revocations) {
    for moment in [2000, 1500] {
        revoke(revocations, cut("conformance-dora", moment)).await;
    }
    let dora = grant("conformance-dora", 2000, 4);
    assert!(is_revoked(revocations, &dora).await, "what_reaches_further_holds");
}

async fn one_log_in_of_a_viewer_is_revoked_and_no_other(revocations: &dyn Revocations) {
    let ended = match ViewerId::parse("conformance-emil") {
        Ok(viewer) => Revocation::LogIn {
            viewer,
            log_in: LogInId::from_bytes([5; 4]),
        },
        Err(error) => panic!("{error}"),
    };
    revoke(revocations, ended).await;
    for (viewer, issued, token_id, want) in [
        ("conformance-emil", 100, 5, true),
        // Whenever it is minted: a request that was under way at log-out.
        ("conformance-emil", u64::from(u32::MAX), 5, true),
        ("conformance-emil", 100, 6, false),
        ("conformance-fred", 100, 5, false),
    ] {
        let got = is_revoked(revocations, &grant(viewer, issued, token_id)).await;
        assert_eq!(
            got, want,
            "one_log_in_is_revoked_and_no_other: {viewer}, {token_id}"
        );
    }
}

fn cut(viewer: &str, issued_until: u64) -> Revocation {
    match ViewerId::parse(viewer) {
        Ok(viewer) => Revocation::Viewer {
            viewer,
            issued_until: UnixTime::from_secs(issued_until),
        },
        Err(error) => panic!("{error}"),
    }
}

async fn revoke(revocations: &dyn Revocations, revocation: Revocation) {
    if let Err(error) = revocations.revoke(&revocation, Duration::from_hours(1)).await {
        panic!("revoke_answers: {error:?}");
    }
}

async fn is_revoked(revocations: &dyn Revocations, grant: &Grant) -> bool {
    match revocations.is_revoked(grant).await {
        Ok(revoked) => revoked,
        Err(error) => panic!("is_revoked_answers: {error:?}"),
    }
}
