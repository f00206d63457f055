//! What a connection costs that does nothing: the resident memory of the server, over thousands of them.

use std::{io, time::Duration};

use crate::{
    client::{Client, Waiting},
    connection::Ask,
    numbers::float,
    server::Server,
};

/// Connections that ask at once while they are opened; the others have asked before them and do nothing.
const AT_ONCE: usize = 50;

/// KiB of memory for each idle keep-alive connection that has asked once: so many are opened to a server that was just
/// started. What the kernel holds for a socket is the same for all servers and is not counted.
///
/// # Errors
/// When the server does not hold them all.
pub fn kib_each(server: &Server, ask: &Ask, connections: usize) -> io::Result<f64> {
    let open = || {
        let mut client = Client::connect(server.host, AT_ONCE, Waiting::Asleep)?;
        client.run(Duration::ZERO, None, &mut || ask.clone())?;
        io::Result::Ok(client)
    };
    // What a server allocates once, it has allocated after a few; they stay.
    let first: Vec<Client> = (0..WARM).map(|_| open()).collect::<io::Result<_>>()?;
    let before = server.memory_bytes()?;
    let rounds = connections.div_ceil(AT_ONCE);
    let idle: Vec<Client> = (0..rounds).map(|_| open()).collect::<io::Result<_>>()?;
    let more = server.memory_bytes()?.saturating_sub(before);
    drop((first, idle));
    let opened = u64::try_from(rounds.saturating_mul(AT_ONCE)).map_err(io::Error::other)?;
    Ok(float(more) / 1024.0 / float(opened))
}

const WARM: usize = 2;
