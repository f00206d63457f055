//! Key frames of a packaged title: the I-frame playlist and each key frame as a segment of its own.

use std::sync::Arc;

use flaskflix_core::{
    catalog::Title,
    package::{Presentation, StreamPlan},
};
use http::HeaderMap;

use super::Packaged;
use crate::{
    media_type::MediaType,
    response::Content,
    route::StreamName,
    status::{Missing, Refusal},
};

impl Packaged {
    /// The I-frame playlist of a video stream.
    pub(super) async fn key_frames(
        &self,
        title: &Arc<Title>,
        stream: &StreamName,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let planned = self.presentations.checked(title).await?;
        let playlist = planned.key_frames(stream.as_str()).ok_or(Missing::Stream)?;
        Ok(playlist.content(headers))
    }

    /// One key frame of a video stream.
    pub(super) async fn key_frame(
        &self,
        title: &Arc<Title>,
        stream: &StreamName,
        number: u32,
    ) -> Result<Content, Refusal> {
        let make = |plan: &Presentation, stream: &StreamPlan| {
            let clear = plan.key_frame(stream, number)?;
            Some(self.sealed(plan, clear))
        };
        self.of_stream(title, stream, MediaType::SEGMENT, make).await
    }
}
