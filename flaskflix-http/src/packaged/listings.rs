//! Playlists and the DASH description of a packaged title: what tells of a whole film without its media.

use std::sync::Arc;

use flaskflix_core::{catalog::Title, id::TitleId};
use http::HeaderMap;

use super::{Packaged, presentations::Planned};
use crate::{
    playlist::Playlist,
    response::Content,
    route::Target,
    status::{Missing, Refusal},
};

impl Packaged {
    /// A listing of a title, none of whose files has changed.
    pub(super) async fn listing(
        &self,
        title: &Arc<Title>,
        target: &Target,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let planned = self.presentations.checked(title).await?;
        if matches!(target, Target::Master | Target::Dash) {
            planned.announce_first_segments(self.presentations.source());
        }
        Ok(listing(&planned, target)?.content(headers))
    }

    /// A listing of a title that was looked at a moment ago: its entry in the catalogue, its key and its files, which are not asked
    /// again. `None` when it was not, and for everything that is no listing.
    pub(crate) fn recent(&self, title: &TitleId, target: &Target, headers: &HeaderMap) -> Option<Content> {
        if !is_listing(target) {
            return None;
        }
        let planned = self.presentations.recently_checked(title)?;
        Some(listing(&planned, target).ok()?.content(headers))
    }
}

/// Whether a target is answered by [`Packaged::listing`].
const fn is_listing(target: &Target) -> bool {
    matches!(
        target,
        Target::Master | Target::Playlist { .. } | Target::KeyFrames { .. } | Target::Dash
    )
}

fn listing<'a>(planned: &'a Planned, target: &Target) -> Result<&'a Playlist, Missing> {
    match target {
        Target::Master => Ok(planned.master()),
        Target::Playlist { stream } => planned.media(stream.as_str()).ok_or(Missing::Stream),
        Target::KeyFrames { stream } => planned.key_frames(stream.as_str()).ok_or(Missing::Stream),
        // DASH knows no encryption of whole segments with a key in the open.
        Target::Dash if planned.presentation.key().is_none() => Ok(planned.dash()),
        Target::Dash => Err(Missing::Dash),
        _ => Err(Missing::Stream),
    }
}
