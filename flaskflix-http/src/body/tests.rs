use std::{collections::VecDeque, io, vec};

use flaskflix_core::{
    encrypt::{Checkpoints, ContentKey},
    object::VirtualObject,
    range::ByteRange,
    source::{ByteStream, ObjectInfo},
    validator::EntityTag,
};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::*;

/// A source that plays back what a test wrote down, whatever it is asked for.
#[derive(Debug)]
struct Scripted {
    info: ObjectInfo,
    script: std::sync::Mutex<VecDeque<Script>>,
}

type Script = Vec<Result<Bytes, SourceError>>;

struct Playback(vec::IntoIter<Result<Bytes, SourceError>>);

impl futures_core::Stream for Playback {
    type Item = Result<Bytes, SourceError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}

impl SourceObject for Scripted {
    fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn read(self: Arc<Self>, _: Vec<ByteRange>) -> ByteStream {
        let script = self
            .script
            .lock()
            .unwrap()
            .pop_front()
            .expect("one script for each read");
        Box::pin(Playback(script.into_iter()))
    }
}

fn body(pieces: Vec<Piece>, scripts: Vec<Script>) -> Body {
    let object = Scripted {
        info: ObjectInfo {
            len: 100,
            etag: EntityTag::strong("x").unwrap(),
            last_modified: None,
        },
        script: std::sync::Mutex::new(scripts.into()),
    };
    Body::from_pieces(Some(Arc::new(object)), pieces)
}

fn source(start: u64, end: u64) -> Piece {
    Piece::Source(ByteRange::new(start, end).unwrap())
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// What arrived, and whether the body ended well.
async fn drain(mut body: Body) -> (Vec<u8>, Result<(), BodyError>) {
    let mut got = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => got.extend_from_slice(&frame.into_data().unwrap()),
            Err(error) => return (got, Err(error)),
        }
    }
    (got, Ok(()))
}

#[tokio::test]
async fn pieces_arrive_in_order_and_the_hint_stays_exact() {
    let mut body = body(
        vec![
            Piece::Bytes(text("head ")),
            source(0, 2),
            source(5, 9),
            Piece::Bytes(text(" tail")),
        ],
        // Two neighbouring ranges are one read.
        vec![vec![Ok(text("ab")), Ok(text("cd")), Ok(text("ef"))]],
    );
    let mut left = 16;
    let mut got = Vec::new();
    assert_eq!(body.size_hint().exact(), Some(left));
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        left -= data.len() as u64;
        assert_eq!(body.size_hint().exact(), Some(left));
        got.extend_from_slice(&data);
    }
    assert_eq!(got, b"head abcdef tail");
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_source_that_ends_early_is_an_error() {
    let (got, end) = drain(body(vec![source(0, 6)], vec![vec![Ok(text("abc"))]])).await;
    assert_eq!(got, b"abc");
    assert!(matches!(end, Err(BodyError::Short { missing_bytes: 3 })));
}

#[tokio::test]
async fn a_source_that_gives_too_much_never_completes_the_body() {
    for script in [vec![Ok(text("abcdefg"))], vec![Ok(text("abcdef")), Ok(text("g"))]] {
        let (got, end) = drain(body(vec![source(0, 6)], vec![script])).await;
        assert_eq!(got, b"");
        assert!(matches!(end, Err(BodyError::Long)));
    }
}

#[tokio::test]
async fn a_change_noticed_after_the_last_byte_still_cuts_the_body() {
    let script = vec![Ok(text("abc")), Ok(text("def")), Err(SourceError::Changed)];
    let (got, end) = drain(body(vec![source(0, 6)], vec![script])).await;
    assert_eq!(got, b"abc");
    assert!(matches!(end, Err(BodyError::Source(SourceError::Changed))));
}

#[tokio::test]
async fn nothing_follows_an_error() {
    let mut body = body(
        vec![source(0, 6), Piece::Bytes(text("tail"))],
        vec![vec![Err(SourceError::Io(io::Error::other("disk")))]],
    );
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
    assert_eq!(
        body.size_hint().exact(),
        Some(10),
        "an aborted body is not at its end"
    );
    assert!(!body.is_end_stream());
}

#[tokio::test]
async fn bytes_and_nothing() {
    assert_eq!(drain(Body::from(text("abc"))).await.0, b"abc");
    assert_eq!(drain(Body::from(Bytes::new())).await.0, b"");
    assert!(Body::empty().is_end_stream());
    assert!(body(vec![], vec![]).is_end_stream());
}

/// 6 clear bytes of the source, encrypted: one block.
fn encrypted(script: Script) -> Body {
    let (key, etag) = (ContentKey::new([7; 16]), EntityTag::strong("x").unwrap());
    let checkpoints = Arc::new(Checkpoints::new(key.iv(&etag), 6));
    let object = VirtualObject::new(vec![source(0, 6)], etag, None).encrypted(&key, checkpoints);
    body(object.pieces().to_vec(), vec![script])
}

#[tokio::test]
async fn an_encrypted_body_is_whole_blocks_and_knows_its_length() {
    let body = encrypted(vec![Ok(text("abc")), Ok(text("def"))]);
    assert_eq!(body.size_hint().exact(), Some(16));
    let (got, end) = drain(body).await;
    assert!(end.is_ok());
    assert_eq!(got.len(), 16);
    assert_ne!(&got[..6], b"abcdef");
}

#[tokio::test]
async fn an_encrypted_body_is_never_padded_after_an_error() {
    let short = vec![Ok(text("abc"))];
    let changed = vec![Ok(text("abcdef")), Err(SourceError::Changed)];
    let long = vec![Ok(text("abcdefg"))];
    for script in [short, changed, long] {
        let (got, end) = drain(encrypted(script)).await;
        assert_eq!(got, b"");
        assert!(end.is_err());
    }
}
