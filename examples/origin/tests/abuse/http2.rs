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
    let literal =
        |index: u8, text: &str| [&[index, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let path = literal(4, &format!("/stream/{title}/video"));
    // `:method: GET` and `:scheme: http` are in the static table of HPACK.
    frame(
        HEADERS,
        5,
        stream,
        &[&[0x82, 0x86], &path[..], &literal(1, "bad")].concat(),
    )
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
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    let mut socket = open(number, target, &[0, 4, 0, 0, 0, 0]).await;
    let requests: Vec<u8> = (0..100).flat_map(|n| request(2 * n + 1, "long.bin")).collect();
    assert!(say(&mut socket, requests).await);
    // The first frames say that it has heard them.
    within(PATIENCE, socket.read_exact(&mut [0; 9])).await.unwrap();
    socket
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
