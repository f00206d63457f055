//! The service that would serve a film, asked without a network.

use std::{error::Error, pin::Pin, sync::Arc};

use bytes::Bytes;
use flaskflix_core::{id::TitleId, mp4::Limits, package::DirectIndex};
use flaskflix_http::{Body, Streamer, route};
use flaskflix_storage::{cache::IndexCache, memory::MemoryCatalog};
use http::{Method, Request, Response, StatusCode, header};
use http_body::Body as _;

use crate::film::Film;

/// One film, served to nobody but us.
#[derive(Debug)]
pub(super) struct Site {
    streamer: Streamer,
    title: TitleId,
}

/// What is known about a file before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) bytes: u64,
    /// Its entity tag.
    pub(super) tag: Option<String>,
}

/// The bytes of a file.
#[derive(Debug)]
pub(super) struct Chunks(Body);

impl Site {
    pub(super) fn of(film: &Film) -> Result<Self, Box<dyn Error>> {
        let catalog = MemoryCatalog::new();
        catalog.put((*film.title).clone());
        let indexes = IndexCache::new(INDEX_CACHE_BYTES, Arc::new(DirectIndex::new(Limits::default())));
        let streamer = Streamer::open_builder(Arc::new(catalog), Arc::new(film.files.clone()))
            .index_store(Arc::new(indexes))
            .build()?;
        Ok(Self {
            streamer,
            title: film.title.id.clone(),
        })
    }

    /// Length and tag of a file.
    pub(super) async fn head(&self, path: &str) -> Result<Head, Box<dyn Error>> {
        let response = self.ask(Method::HEAD, path).await?;
        expect_ok(path, &response)?;
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let bytes = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        Ok(Head {
            bytes: bytes.ok_or_else(|| format!("{path} has no length"))?,
            tag: text(header::ETAG).map(str::to_owned),
        })
    }

    /// A file.
    pub(super) async fn get(&self, path: &str) -> Result<Chunks, Box<dyn Error>> {
        let response = self.ask(Method::GET, path).await?;
        expect_ok(path, &response)?;
        Ok(Chunks(response.into_body()))
    }

    /// A playlist or another text; `None` when the film has none of this name.
    pub(super) async fn text(&self, path: &str) -> Result<Option<String>, Box<dyn Error>> {
        let response = self.ask(Method::GET, path).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        expect_ok(path, &response)?;
        let mut chunks = Chunks(response.into_body());
        let mut text = Vec::new();
        while let Some(chunk) = chunks.chunk().await? {
            text.extend_from_slice(&chunk);
        }
        Ok(Some(String::from_utf8(text)?))
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Response<Body>, Box<dyn Error>> {
        let title: String = route::encode_segment(self.title.as_str()).collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("/stream/{title}/{path}"))
            .body(())?;
        Ok(self.streamer.handle(request).await)
    }
}

impl Chunks {
    /// The next bytes; `None` at the end, which comes after exactly the announced length.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Box<dyn Error>> {
        loop {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut self.0).poll_frame(cx)).await;
            match frame.transpose()?.map(http_body::Frame::into_data) {
                None => return Ok(None),
                Some(Ok(bytes)) => return Ok(Some(bytes)),
                // Trailers, of which there are none.
                Some(Err(_)) => {}
            }
        }
    }
}

fn expect_ok(path: &str, response: &Response<Body>) -> Result<(), Box<dyn Error>> {
    match response.status() {
        StatusCode::OK => Ok(()),
        status => Err(format!("{path} cannot be made: {status}").into()),
    }
}

/// Room for the indexes of one film.
const INDEX_CACHE_BYTES: u64 = 1 << 30;
