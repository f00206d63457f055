//! The peer: actix-files, as its documentation shows it.

use std::{env, io, io::Write, time::Duration};

use actix_files::Files;
use actix_web::{App, HttpServer, rt::System};

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: actix-files-peer FOLDER [WORKERS]");
    let root = env::args().nth(1).ok_or_else(usage)?;
    let workers = env::args().nth(2).map_or(Ok(1), |workers| workers.parse());
    let workers = workers.map_err(|_| usage())?;
    System::new().block_on(async {
        let server = HttpServer::new(move || App::new().service(Files::new("/", &root)))
            .workers(workers)
            // Its default of 5 s would close the idle connections that are measured.
            .keep_alive(Duration::from_secs(600))
            .bind("127.0.0.1:0")?;
        for address in server.addrs() {
            writeln!(io::stdout(), "listening on http://{address}/")?;
        }
        server.run().await
    })
}
