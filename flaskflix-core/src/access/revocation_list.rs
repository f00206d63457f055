//! Revocations as a value: the one rule of what they mean.

use std::{collections::HashMap, fmt};

use crate::{
    access::{LogInId, Revocation},
    id::ViewerId,
    time::{UnixMillis, UnixTime},
    token::Grant,
};

/// Revocations in memory, each until a moment: what implementations of [`Revocations`](crate::access::Revocations) ask.
///
/// # Cost
/// Three look-ups for a grant; about 100 bytes for a revocation that is still needed.
///
/// # Examples
/// ```
/// use flaskflix_core::{access::{Revocation, RevocationList}, id::{TitleId, ViewerId}, time::{UnixMillis, UnixTime}};
/// use flaskflix_core::token::{self, Claims, KeyRing};
/// let (keys, now) = (KeyRing::new("june", &[7; 32])?, UnixTime::from_secs(1_700_000_000));
/// let claims = Claims::new(TitleId::parse("film")?, ViewerId::parse("anna")?, now, token::DEFAULT_TTL);
/// let grant = token::verify(&keys, &token::mint(&keys, &claims, [1; 16])?, now)?;
///
/// let mut list = RevocationList::default();
/// assert!(!list.covers(&grant));
/// list.insert(Revocation::Token([1; 16]), UnixMillis::from(grant.expires()));
/// assert!(list.covers(&grant));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct RevocationList {
    tokens: HashMap<[u8; 16], UnixMillis>,
    viewers: HashMap<ViewerId, Cut>,
    log_ins: HashMap<(ViewerId, LogInId), UnixMillis>,
}

/// Until when the tokens of a viewer do not count.
struct Cut {
    issued_until: UnixTime,
    kept_until: UnixMillis,
}

impl RevocationList {
    /// Takes a revocation in. Of two for the same thing, what reaches further holds.
    pub fn insert(&mut self, revocation: Revocation, kept_until: UnixMillis) {
        match revocation {
            Revocation::Token(id) => {
                let kept = self.tokens.entry(id).or_insert(kept_until);
                *kept = kept_until.max(*kept);
            }
            Revocation::Viewer { viewer, issued_until } => {
                let cut = self.viewers.entry(viewer).or_insert(Cut {
                    issued_until,
                    kept_until,
                });
                cut.issued_until = issued_until.max(cut.issued_until);
                cut.kept_until = kept_until.max(cut.kept_until);
            }
            Revocation::LogIn { viewer, log_in } => {
                let kept = self.log_ins.entry((viewer, log_in)).or_insert(kept_until);
                *kept = kept_until.max(*kept);
            }
        }
    }

    /// Whether the token of this grant is revoked.
    #[must_use]
    pub fn covers(&self, grant: &Grant) -> bool {
        let is_cut = |cut: &Cut| grant.issued().is_none_or(|issued| issued <= cut.issued_until);
        self.tokens.contains_key(grant.token_id())
            || self.viewers.get(grant.viewer()).is_some_and(is_cut)
            || self.has_logged_out(grant)
    }

    fn has_logged_out(&self, grant: &Grant) -> bool {
        // The key of a look-up is a copy: spared where nobody has.
        let key = || (grant.viewer().clone(), LogInId::of_token(grant.token_id()));
        !self.log_ins.is_empty() && self.log_ins.contains_key(&key())
    }

    /// Forgets what need not be kept any more at `now`.
    pub fn sweep(&mut self, now: UnixMillis) {
        self.tokens.retain(|_, kept_until| *kept_until > now);
        self.viewers.retain(|_, cut| cut.kept_until > now);
        self.log_ins.retain(|_, kept_until| *kept_until > now);
    }

    /// How many revocations are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        [self.tokens.len(), self.viewers.len(), self.log_ins.len()]
            .iter()
            .fold(0, |sum, len| sum.saturating_add(*len))
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ids of viewers and tokens omitted.
        f.debug_struct("RevocationList")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
