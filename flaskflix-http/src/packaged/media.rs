//! Media of a packaged title: init segments, media segments, the progressive file.

use std::sync::Arc;

use flaskflix_core::{
    catalog::{Delivery, Title},
    object::VirtualObject,
    package::{Presentation, StreamPlan},
};

use super::{Packaged, presentations::version};
use crate::{
    media_type::MediaType,
    response::Content,
    route::StreamName,
    status::{Missing, Refusal},
};

impl Packaged {
    /// The init segment of a stream.
    pub(super) async fn init(&self, title: &Arc<Title>, stream: &StreamName) -> Result<Content, Refusal> {
        let make = |plan: &Presentation, stream: &StreamPlan| Some(plan.init_segment(stream));
        self.of_stream(title, stream, MediaType::MP4, make).await
    }

    /// One media segment of a stream.
    pub(super) async fn segment(
        &self,
        title: &Arc<Title>,
        stream: &StreamName,
        number: u32,
    ) -> Result<Content, Refusal> {
        let make = |plan: &Presentation, stream: &StreamPlan| {
            let clear = plan.segment(stream, number)?;
            Some(self.sealed(plan, clear))
        };
        self.of_stream(title, stream, MediaType::SEGMENT, make).await
    }

    /// The file that `video` serves: the only one without looking into it, the best of several.
    ///
    /// It is clear: an encrypted title has none, unless the embedder says so.
    pub(super) async fn progressive(&self, title: &Arc<Title>) -> Result<Content, Refusal> {
        if !self.clear_video && self.presentations.key(title).await?.is_some() {
            return Err(Missing::ClearVideo.into());
        }
        let content = self.best_file(title).await?;
        // Where clear films of encrypted titles are handed out, nobody else does it: which titles those are was not asked.
        let file = content.file.filter(|_| !self.clear_video);
        Ok(Content { file, ..content })
    }

    async fn best_file(&self, title: &Arc<Title>) -> Result<Content, Refusal> {
        if let Delivery::Packaged { renditions, .. } = &title.delivery
            && let [only] = renditions.as_slice()
        {
            return super::file(self.presentations.source(), &only.asset).await;
        }
        let (planned, source) = self
            .presentations
            .opened(title, |plan| {
                plan.progressive().map(version).ok_or(Missing::Stream)
            })
            .await?;
        let asset = &planned.presentation.progressive().ok_or(Missing::Stream)?.asset;
        let media_type = MediaType::of_extension(asset.extension());
        let content = Content::new(VirtualObject::whole(source.info()), media_type);
        Ok(content.with_source(source).of_file(asset))
    }

    /// What `make` makes of a stream, over the stream's file.
    pub(super) async fn of_stream(
        &self,
        title: &Arc<Title>,
        stream: &StreamName,
        media_type: MediaType,
        make: impl Fn(&Presentation, &StreamPlan) -> Option<VirtualObject> + Send + Sync,
    ) -> Result<Content, Refusal> {
        let (planned, source) = self
            .presentations
            .opened(title, |plan| {
                let stream = media_stream(plan, stream).ok_or(Missing::Stream)?;
                plan.input(stream).map(version).ok_or(Missing::Stream)
            })
            .await?;
        let presentation = &planned.presentation;
        let stream = media_stream(presentation, stream).ok_or(Missing::Stream)?;
        let object = make(presentation, stream).ok_or(Missing::Segment)?;
        let content = Content::new(object, media_type).with_source(source);
        #[cfg(all(unix, feature = "serve"))]
        let content = Content {
            segment_of: presentation
                .input(stream)
                .filter(|_| media_type == MediaType::SEGMENT)
                .map(|input| input.asset.clone()),
            ..content
        };
        Ok(content)
    }
}

/// A stream of picture or sound: subtitles have no media segments.
fn media_stream<'a>(plan: &'a Presentation, stream: &StreamName) -> Option<&'a StreamPlan> {
    plan.stream(stream.as_str()).filter(|stream| !stream.is_text())
}
