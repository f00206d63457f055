//! The attackers' sockets: many, from many addresses of this machine.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use crate::siege::{PATIENCE, within};

/// One connection from `127.0.0.{2 + number % ADDRESSES}`: never from the good client's address.
pub(crate) async fn connect(number: usize, address: SocketAddr) -> TcpStream {
    let socket = from(number);
    within(PATIENCE, socket.connect(address)).await.unwrap()
}

/// A connection whose kernel takes few bytes that nobody reads.
pub(crate) async fn connect_narrow(number: usize, address: SocketAddr) -> TcpStream {
    let socket = from(number);
    socket.set_recv_buffer_size(4096).unwrap();
    within(PATIENCE, socket.connect(address)).await.unwrap()
}

/// A reader that has begun: what it costs, it costs from now on. One after the other, for this is no flood of connects.
pub(crate) async fn slow_reader(number: usize, address: SocketAddr) -> TcpStream {
    let mut socket = connect_narrow(number, address).await;
    assert!(say(&mut socket, get("long.bin", "")).await);
    within(PATIENCE, socket.read_exact(&mut [0; 512])).await.unwrap();
    socket
}

fn from(number: usize) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    let last = u8::try_from(2 + number % ADDRESSES).unwrap();
    socket
        .bind(SocketAddr::V4(SocketAddrV4::new(
            Ipv4Addr::new(127, 0, 0, last),
            0,
        )))
        .unwrap();
    socket
}

/// Reads until the connection ends, well or badly.
pub(crate) async fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end too, and what came before it counts.
    let _ = within(PATIENCE, socket.read_to_end(&mut bytes)).await;
    bytes
}

/// Sends what it can of these bytes: the server may close before it has heard everything.
pub(crate) async fn say(socket: &mut TcpStream, bytes: impl AsRef<[u8]>) -> bool {
    within(PATIENCE, socket.write_all(bytes.as_ref())).await.is_ok()
}

/// A GET for a title with more header lines.
pub(crate) fn get(title: &str, lines: &str) -> String {
    format!("GET /stream/{title}/video HTTP/1.1\r\nHost: bad\r\n{lines}\r\n")
}

/// The status of the answer that comes next, which is read to its end; `None` when the connection ends instead.
pub(crate) async fn status(socket: &mut TcpStream) -> Option<u16> {
    within(PATIENCE, async {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.ok()?);
        }
        let text = String::from_utf8_lossy(&head);
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        socket.read_exact(&mut body).await.ok()?;
        statuses(&head).first().copied()
    })
    .await
}

/// Status lines in what came: how many answers there were, when their bodies hold none.
pub(crate) fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    text.match_indices("HTTP/1.1 ")
        .map(|(at, _)| text[at + 9..at + 12].parse().unwrap())
        .collect()
}

const ADDRESSES: usize = 20;
