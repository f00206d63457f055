//! Subtitles and chapters of a packaged title.

use std::sync::Arc;

use bytes::Bytes;
use flaskflix_core::{
    catalog::Title,
    object::{Piece, VirtualObject},
    package::{Presentation, StreamPlan, TextPart},
    range::ByteRange,
    source::{SourceError, SourceObject, read_ranges_to_bytes},
    text::{Chapter, chapters_json, chapters_vtt},
};
use http::HeaderMap;

use super::{
    Packaged,
    presentations::{Planned, Version, version},
};
use crate::{
    encoding,
    media_type::MediaType,
    response::{Coding, Content},
    route::StreamName,
    status::{Missing, Refusal},
};

impl Packaged {
    /// A segment of subtitles, or all of them.
    pub(super) async fn text(
        &self,
        title: &Arc<Title>,
        stream: &StreamName,
        part: TextPart,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let (planned, object) = self
            .presentations
            .opened(title, |plan| text_file(plan, text_stream(plan, stream)?))
            .await?;
        let plan = &planned.presentation;
        let read = plan
            .text(text_stream(plan, stream)?, part)
            .ok_or(Missing::Segment)?;
        let media = read_from(&object, read.ranges()).await?;
        Ok(content(read.render(&media), MediaType::VTT, headers))
    }

    /// The title's chapters, as HLS players take them.
    pub(super) async fn chapters_json(
        &self,
        title: &Arc<Title>,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let (planned, chapters) = self.chapters(title).await?;
        let object = chapters_object(&planned, chapters_json(&chapters), "-cj");
        Ok(content(object, MediaType::JSON, headers))
    }

    /// The title's chapters as a `WebVTT` track.
    pub(super) async fn chapters_vtt(
        &self,
        title: &Arc<Title>,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let (planned, chapters) = self.chapters(title).await?;
        let object = chapters_object(&planned, chapters_vtt(&chapters), "-cv");
        Ok(content(object, MediaType::VTT, headers))
    }

    async fn chapters(&self, title: &Arc<Title>) -> Result<(Arc<Planned>, Vec<Chapter>), Refusal> {
        let (planned, object) = self
            .presentations
            .opened(title, |plan| {
                let read = plan.chapters().ok_or(Missing::Chapters)?;
                Ok(version(read.input()))
            })
            .await?;
        let read = planned.presentation.chapters().ok_or(Missing::Chapters)?;
        let media = read_from(&object, read.ranges()).await?;
        let chapters = read.chapters(&media);
        Ok((planned, chapters))
    }
}

fn text_stream<'a>(plan: &'a Presentation, stream: &StreamName) -> Result<&'a StreamPlan, Missing> {
    plan.stream(stream.as_str())
        .filter(|stream| stream.is_text())
        .ok_or(Missing::Stream)
}

/// The file that a stream of text comes from: the film, or one beside it.
fn text_file<'a>(plan: &'a Presentation, stream: &StreamPlan) -> Result<Version<'a>, Missing> {
    let beside = || {
        let input = plan.subtitle_input(stream)?;
        Some((&input.file.asset, input.info.as_ref()?))
    };
    plan.input(stream)
        .map(version)
        .or_else(beside)
        .ok_or(Missing::Stream)
}

/// Reads the samples of a text: at most [`MAX_FILE_BYTES`](flaskflix_core::text::MAX_FILE_BYTES), for larger tracks are
/// left out of the plan.
async fn read_from(object: &Arc<dyn SourceObject>, ranges: &[ByteRange]) -> Result<Bytes, Refusal> {
    let read = read_ranges_to_bytes(object, ranges.to_vec()).await;
    read.map_err(|error: SourceError| Refusal::from(&error))
}

fn chapters_object(planned: &Planned, text: String, suffix: &str) -> VirtualObject {
    let plan = &planned.presentation;
    VirtualObject::new(
        vec![Piece::Bytes(Bytes::from(text))],
        plan.etag().with_suffix(suffix),
        plan.last_modified(),
    )
}

/// A text in the coding that the client takes. It is made for this request, so it is compressed only when that is asked for,
/// and when it is quick.
fn content(text: VirtualObject, media_type: MediaType, headers: &HeaderMap) -> Content {
    let compressed = match text.pieces() {
        [Piece::Bytes(bytes)] if bytes.len() <= MAX_GZIP_BYTES && encoding::accepts_gzip(headers) => {
            encoding::gzip(bytes)
        }
        _ => None,
    };
    match compressed {
        Some(bytes) => {
            let info = text.info();
            let etag = info.etag.with_suffix("-gz");
            let object = VirtualObject::new(vec![Piece::Bytes(bytes)], etag, info.last_modified);
            Content::new(object, media_type).with_coding(Coding::Gzip)
        }
        None => Content::new(text, media_type).with_coding(Coding::Identity),
    }
}

/// About 15 ms of work. Subtitles of a whole film have half of it.
const MAX_GZIP_BYTES: usize = 512 << 10;
