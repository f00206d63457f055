//! The server that the viewers meet, started for the run: a FlaskFlix server, or a peer on the same film as static files.

use std::{
    fmt, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;
use serde::Serialize;
use tempfile::TempDir;

use super::{
    house::{House, Movie},
    scenario::Entry,
};
use crate::server::{Place, Sending, Server};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// `flaskflix-server`: accounts, log-ins, tokens, positions; packages as it serves.
    Server,
    /// `flaskflix-origin --open`: packages as it serves.
    Origin,
    /// nginx (sendfile) on the film as `flaskflix-origin package` wrote it.
    Nginx,
    /// tower-http's `ServeDir` on the same files.
    ServeDir,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Stage {
    /// Where it listens.
    pub host: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// How viewers get to the film.
    pub entry: Entry,
    _running: Running,
    _folder: TempDir,
}

#[derive(Debug)]
#[expect(dead_code, reason = "they are held to be dropped at the end")]
enum Running {
    House(House),
    Server(Server),
}

impl Stage {
    /// Starts one on the whole machine; programs are found in the folder `programs`.
    ///
    /// # Errors
    /// When a program is missing or ends, or the disk is full.
    pub fn open(against: Against, programs: &Path, movie: &Movie) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let place = Place::whole_machine();
        let origin = programs.join("flaskflix-origin");
        let (server, master) = match against {
            Against::Server => {
                let house = House::open(&programs.join("flaskflix-server"), movie)?;
                return Ok(Self {
                    host: house.host,
                    pid: house.pid(),
                    entry: Entry::Account { movie: house.movie },
                    _running: Running::House(house),
                    _folder: folder,
                });
            }
            Against::Origin => {
                let films = collect(movie, folder.path())?;
                let server = Server::flaskflix(&origin, &films, place)?;
                (server, "/stream/film/master.m3u8")
            }
            Against::Nginx => {
                let files = package(&origin, movie, folder.path())?;
                let private = folder.path().join("nginx");
                let server = Server::nginx(&files, &private, Sending::Sendfile, place)?;
                (server, "/film/master.m3u8")
            }
            Against::ServeDir => {
                let files = package(&origin, movie, folder.path())?;
                let server = Server::peer(&programs.join("serve-dir-peer"), &files, place)?;
                (server, "/film/master.m3u8")
            }
        };
        Ok(Self {
            host: server.host,
            pid: server.pid(),
            entry: Entry::Open {
                master: master.to_owned(),
            },
            _running: Running::Server(server),
            _folder: folder,
        })
    }
}

/// A folder of titles with one in it.
fn collect(movie: &Movie, folder: &Path) -> io::Result<PathBuf> {
    let Movie::Files(files) = movie else {
        return Err(io::Error::other("only flaskflix-server brings a demo film"));
    };
    let films = folder.join("films");
    let film = films.join("film");
    fs::create_dir_all(&film)?;
    for file in files {
        let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let link = film.join(name);
        // A hard link needs the same file system.
        if fs::hard_link(file, &link).is_err() {
            fs::copy(file, &link)?;
        }
    }
    Ok(films)
}

/// The same as static HLS.
fn package(origin: &Path, movie: &Movie, folder: &Path) -> io::Result<PathBuf> {
    let films = collect(movie, folder)?;
    let files = folder.join("static");
    fs::create_dir(&files)?;
    let mut command = Command::new(origin);
    command
        .arg("package")
        .arg(films.join("film"))
        .arg(files.join("film"));
    let output = command.output()?;
    if output.status.success() {
        Ok(files)
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!("flaskflix-origin package: {complaint}")))
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "flaskflix-server",
            Self::Origin => "flaskflix-origin",
            Self::Nginx => "nginx, static files",
            Self::ServeDir => "ServeDir, static files",
        })
    }
}
