//! DASH: the description of a packaged title, over the segments that HLS has too.

use std::sync::Arc;

use flaskflix_core::catalog::Title;
use http::HeaderMap;

use super::Packaged;
use crate::{
    response::Content,
    status::{Missing, Refusal},
};

impl Packaged {
    /// The DASH description of a title. An encrypted title has none: DASH knows no encryption of whole segments with a key in the open.
    pub(super) async fn dash(&self, title: &Arc<Title>, headers: &HeaderMap) -> Result<Content, Refusal> {
        let planned = self.presentations.checked(title).await?;
        if planned.presentation.key().is_some() {
            return Err(Missing::Dash.into());
        }
        Ok(planned.dash().content(headers))
    }
}
