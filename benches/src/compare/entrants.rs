//! The servers.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    server::{Place, Sending, Server},
    tls::Identity,
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// `flaskflix-origin`.
    Origin,
    /// `flaskflix-origin`, leaving TCP as the machine has it, as the others do.
    OriginPaced,
    /// nginx, sending one way or another.
    Nginx(Sending),
    /// tower-http's `ServeDir`.
    ServeDir,
    /// actix-files.
    Actix,
    /// http-serve under hyper.
    HttpServe,
}

/// Everyone, ours first.
pub const ALL: [Who; 7] = [
    Who::Origin,
    Who::OriginPaced,
    Who::Nginx(Sending::Sendfile),
    Who::Nginx(Sending::Copy),
    Who::ServeDir,
    Who::Actix,
    Who::HttpServe,
];

/// Where the programs and the films are.
#[derive(Debug, Clone)]
pub struct Hall {
    /// The folder of the programs of this workspace.
    pub programs: PathBuf,
    /// The folder of `benches/peers`' programs.
    pub peers: PathBuf,
    /// The folder that all serve.
    pub root: PathBuf,
    /// For files of servers, one folder each.
    pub private: PathBuf,
    /// The CPU of the servers.
    pub cpu: usize,
}

impl Hall {
    /// `flaskflix-origin`.
    #[must_use]
    pub fn origin(&self) -> PathBuf {
        self.programs.join("flaskflix-origin")
    }

    /// The CPU of the servers, for one worker.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place::pinned(self.cpu)
    }
}

impl Who {
    /// Whether it is measured over TLS, too.
    #[must_use]
    pub const fn speaks_tls(self) -> bool {
        matches!(self, Self::Origin | Self::Nginx(Sending::Sendfile))
    }

    /// What the tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "flaskflix-origin",
            Self::OriginPaced => PACED,
            Self::Nginx(Sending::Sendfile) => NGINX,
            Self::Nginx(Sending::SendfileNopush) => "nginx, tcp_nopush on",
            Self::Nginx(Sending::Copy) => "nginx, sendfile off",
            Self::ServeDir => SERVE_DIR,
            Self::Actix => "actix-files",
            Self::HttpServe => "http-serve",
        }
    }

    /// The path of a file in the folder that is served.
    #[must_use]
    pub fn path(self, file: &str) -> String {
        match self {
            Self::Origin | Self::OriginPaced => format!("/stream/{file}/video"),
            _ => format!("/{file}"),
        }
    }

    /// Starts it anew.
    ///
    /// # Errors
    /// When it is not there or ends.
    pub fn start(self, hall: &Hall) -> io::Result<Server> {
        let (root, place) = (hall.root.as_path(), hall.place());
        let peer = |folder: &Path, name: &str| Server::peer(&folder.join(name), root, place);
        match self {
            Self::Origin => Server::flaskflix(&hall.origin(), root, place),
            Self::OriginPaced => Server::flaskflix_paced(&hall.origin(), root, place),
            Self::Nginx(sending) => {
                let private = hall.private.join(format!("{sending:?}"));
                Server::nginx(root, &private, sending, place)
            }
            Self::ServeDir => peer(&hall.programs, "serve-dir-peer"),
            Self::Actix => peer(&hall.peers, "actix-files-peer"),
            Self::HttpServe => peer(&hall.peers, "http-serve-peer"),
        }
    }
}

impl Who {
    /// Starts it anew, with TLS.
    ///
    /// # Errors
    /// When it is not there or ends, and when it speaks none.
    pub fn start_tls(self, hall: &Hall, identity: &Identity) -> io::Result<Server> {
        let (root, place) = (hall.root.as_path(), hall.place());
        match self {
            Self::Origin => Server::flaskflix_tls(&hall.origin(), root, identity, place),
            Self::Nginx(_) => Server::nginx_tls(root, &hall.private.join("tls"), identity, place),
            Self::OriginPaced | Self::ServeDir | Self::Actix | Self::HttpServe => {
                Err(io::ErrorKind::Unsupported.into())
            }
        }
    }
}

/// Ours with the machine's TCP.
pub const PACED: &str = "flaskflix-origin, paced";

/// nginx as it comes: sendfile on, `tcp_nopush` off.
pub const NGINX: &str = "nginx";

/// tower-http's.
pub const SERVE_DIR: &str = "ServeDir";
