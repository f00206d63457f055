//! Key frames of a packaged title, each as a segment of its own.

use std::sync::Arc;

use flaskflix_core::{
    catalog::Title,
    package::{Presentation, StreamPlan},
};

use super::Packaged;
use crate::{media_type::MediaType, response::Content, route::StreamName, status::Refusal};

impl Packaged {
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
