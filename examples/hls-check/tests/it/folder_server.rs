//! The smallest web server that serves a folder: one GET a connection.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

/// A server that runs until the test ends.
pub(crate) struct FolderServer {
    base: String,
}

impl FolderServer {
    pub(crate) fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let folder = folder.to_owned();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let folder: PathBuf = folder.clone();
                thread::spawn(move || answer(socket, &folder));
            }
        });
        Self { base }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }
}

/// A client that hangs up is its own concern.
fn answer(mut socket: TcpStream, folder: &Path) -> Option<()> {
    let mut lines = BufReader::new(socket.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    lines.map_while(Result::ok).find(|line| line.is_empty())?;
    let name = request.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let (status, body) = match fs::read(folder.join(name)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).ok()?;
    socket.write_all(&body).ok()
}
