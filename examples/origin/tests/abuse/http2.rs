//! HTTP/2 frames by hand: streams that are reset as soon as they are opened, and windows that never open.
//!
//! More of this kind is in `flaskflix-http/tests`, where the frames of every flood are sent to the accept loop.

use std::{net::SocketAddr, time::Duration};

use tokio::{io::AsyncReadExt as _, net::TcpStream, time::interval};

use crate::{
    peers::{connect, rest, say},
    siege::{PATIENCE, besiege, sized, within},
};

/// Frame types of RFC 9113 section 6.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = len[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A GET of a title, whole: `END_STREAM` and `END_HEADERS`.
fn request(stream: u32, title: &str) -> Vec<u8> {
    asked(stream, &format!("/stream/{title}/video"), None)
}

/// A GET, with the value of `Range` if there is one.
fn asked(stream: u32, path: &str, range: Option<&str>) -> Vec<u8> {
    let literal = |name: &[u8], text: &str| {
        // A length that takes one byte.
        let len = u8::try_from(text.len()).ok().filter(|&len| len < 127).unwrap();
        [name, &[len], text.as_bytes()].concat()
    };
    // The names are in the static table of HPACK, and so are `:method: GET` and `:scheme: http`; `range` is number 50 = 15 + 35.
    let range = range.map(|range| literal(&[0x0f, 35], range));
    let fields = [
        vec![0x82, 0x86],
        literal(&[4], path),
        literal(&[1], "bad"),
        range.unwrap_or_default(),
    ];
    frame(HEADERS, 5, stream, &fields.concat())
}

async fn open(number: usize, target: SocketAddr, settings: &[u8]) -> TcpStream {
    let mut socket = connect(number, target).await;
    let preface = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &frame(SETTINGS, 0, 0, settings)[..],
    ]
    .concat();
    assert!(say(&mut socket, preface).await);
    socket
}

/// A connection that asks for a hundred films and takes none of their bytes.
pub(crate) async fn films_without_a_window(number: usize, target: SocketAddr) -> TcpStream {
    without_a_window(number, target, &[("/stream/long.bin/video", None)]).await
}

/// A connection that asks for each of these in turn, a hundred times in all, and takes none of their bytes.
pub(crate) async fn without_a_window(
    number: usize,
    target: SocketAddr,
    wanted: &[(&str, Option<&str>)],
) -> TcpStream {
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    let mut socket = open(number, target, &[0, 4, 0, 0, 0, 0]).await;
    let requests: Vec<u8> = (0..100)
        .zip(wanted.iter().cycle())
        .flat_map(|(n, (path, range))| asked(2 * n + 1, path, *range))
        .collect();
    assert!(say(&mut socket, requests).await);
    // The first frame says that it has heard them.
    next_frame(&mut socket).await;
    socket
}

/// The type of the next frame, and what it holds.
async fn next_frame(socket: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 9];
    within(PATIENCE, socket.read_exact(&mut head)).await.unwrap();
    let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(len).unwrap()];
    within(PATIENCE, socket.read_exact(&mut payload)).await.unwrap();
    (head[3], payload)
}

/// Reads as many response heads. All of them are 200 or 206.
pub(crate) async fn good_heads(socket: &mut TcpStream, count: usize) {
    let mut heads = 0;
    while heads < count {
        let (kind, payload) = next_frame(socket).await;
        if kind == HEADERS {
            // Numbers 8 and 10 of the static table.
            assert!(matches!(payload[0], 0x88 | 0x8a), "{payload:?}");
            heads += 1;
        }
    }
}

/// The error code of the last GOAWAY among frames.
fn goaway(mut bytes: &[u8]) -> Option<u32> {
    let mut found = None;
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        let len = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
        let Some(payload) = rest.get(..len) else { break };
        if *kind == GOAWAY {
            found = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        bytes = &rest[len..];
    }
    found
}

#[test]
fn rapid_resets_end_their_connection() {
    besiege("HTTP/2 rapid reset", async |target| {
        for number in 0..sized(200, 20) {
            let mut socket = open(number, target.address(), &[]).await;
            let cancel = 8_u32.to_be_bytes();
            for first in (0..5000).step_by(100) {
                let flood: Vec<u8> = (first..first + 100)
                    .flat_map(|n| {
                        [
                            request(2 * n + 1, "long.bin"),
                            frame(RST_STREAM, 0, 2 * n + 1, &cancel),
                        ]
                        .concat()
                    })
                    .collect();
                if !say(&mut socket, flood).await {
                    break;
                }
            }
            let said = goaway(&rest(&mut socket).await);
            // ENHANCE_YOUR_CALM; a reset of the connection may overtake it.
            assert!(matches!(said, None | Some(11)), "{said:?}");
        }
    });
}

#[test]
fn windows_that_never_open_cost_a_buffer_each() {
    besiege("HTTP/2 zero window", async |target| {
        let mut sockets = Vec::new();
        for number in 0..sized(100, 10) {
            sockets.push(films_without_a_window(number, target.address()).await);
        }
        let mut tick = interval(sized(Duration::from_secs(10), Duration::from_secs(2)));
        tick.tick().await;
        tick.tick().await;
    });
}
