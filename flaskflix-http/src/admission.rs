//! From the text of a token to a grant that counts: signed or opaque, not revoked, its screen not ended.

use std::{borrow::Cow, sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Lease, Playback, Revocations, ScreenId, Screens},
    time::UnixTime,
    token::{Grant, OpaqueToken, TokenSigner, TokenStore, Verifier},
};

use crate::{decision, status::Refusal};

/// Everything that is asked about a token. Whatever is not set costs nothing.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) signer: Arc<dyn TokenSigner>,
    pub(crate) verifier: Verifier,
    pub(crate) shared: SharedState,
}

/// What may be shared with other nodes.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedState {
    pub(crate) tokens: Option<Arc<dyn TokenStore>>,
    pub(crate) revocations: Option<Arc<dyn Revocations>>,
    pub(crate) screens: Option<Arc<dyn Screens>>,
}

impl Admission {
    /// The grant of a token.
    ///
    /// # Errors
    /// [`Refusal::NoGrant`] for one that does not verify, is not known or is revoked; [`Refusal::Busy`] when that cannot be told.
    pub(crate) async fn grant(&self, text: &str, now: UnixTime) -> Result<Grant, Refusal> {
        let refused = Refusal::NoGrant { presented: true };
        let Some(signed) = self.signed(text).await? else {
            return Err(refused);
        };
        let grant = self
            .verifier
            .verify(&*self.signer, &signed, now)
            .map_err(|_| refused.clone())?;
        if let Some(revocations) = &self.shared.revocations {
            let asked = revocations.is_revoked(&grant);
            let is_revoked = decision::within("revocation", TIMEOUT, asked).await;
            if is_revoked.ok_or(Refusal::Busy)? {
                return Err(refused);
            }
        }
        Ok(grant)
    }

    /// Renews the screen of a grant.
    ///
    /// # Errors
    /// [`Refusal::ScreenEnded`]; [`Refusal::Busy`] when that cannot be told.
    pub(crate) async fn screen(&self, grant: &Grant, now: UnixTime) -> Result<(), Refusal> {
        let Some(screens) = &self.shared.screens else {
            return Ok(());
        };
        let playback = Playback {
            screen: ScreenId::of_token(grant.token_id()),
            title: grant.title().clone(),
            lifetime: Duration::from_secs(grant.expires().as_secs().saturating_sub(now.as_secs())),
        };
        let renewed = screens.renew(grant.viewer(), &playback);
        match decision::within("screen", TIMEOUT, renewed).await {
            Some(Lease::Held) => Ok(()),
            Some(Lease::Ended) => Err(Refusal::ScreenEnded),
            None => Err(Refusal::Busy),
        }
    }

    /// The signed token that a text stands for: itself, or what the store knows.
    async fn signed<'a>(&self, text: &'a str) -> Result<Option<Cow<'a, str>>, Refusal> {
        let (Some(tokens), Some(opaque)) = (&self.shared.tokens, OpaqueToken::parse(text)) else {
            return Ok(Some(Cow::Borrowed(text)));
        };
        let found = decision::within("token store", TIMEOUT, tokens.get(&opaque.key())).await;
        Ok(found.ok_or(Refusal::Busy)?.map(Cow::Owned))
    }
}

/// How long each of them may take. Those of this project take far less; it bounds what an embedder brings.
const TIMEOUT: Duration = Duration::from_secs(2);
