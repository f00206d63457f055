//! How the server is told who asks, and whether it remembers those who logged in.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{HeaderValue, header::HeaderName};

use crate::client::{Badge, Client};

/// What the viewers show to the server.
#[derive(Debug)]
pub(crate) enum Badges {
    /// Their names, in the header [`VIEWER`].
    Headers,
    /// The sessions of their log-ins.
    Sessions(Mutex<Sessions>),
}

/// Sessions that the server gave. A log-in is an acknowledged write, too: its session survives every kill.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    badges: BTreeMap<String, Badge>,
    signed_out: Vec<String>,
}

impl Badges {
    /// What this viewer shows.
    pub(crate) fn of(&self, viewer: &str) -> Badge {
        match self {
            Self::Headers => HeaderValue::try_from(viewer)
                .map(|name| Badge::from_iter([(VIEWER, name)]))
                .unwrap_or_default(),
            Self::Sessions(sessions) => lock(sessions).badges.get(viewer).cloned().unwrap_or_default(),
        }
    }

    /// Asks a server that was just started whether it knows everybody who logged in before; the others log in.
    pub(crate) async fn present(
        &self,
        server: SocketAddr,
        viewers: impl Iterator<Item = String>,
    ) -> io::Result<()> {
        let Self::Sessions(sessions) = self else {
            return Ok(());
        };
        for viewer in viewers {
            let badge = self.of(&viewer);
            let logged_in = !badge.is_empty();
            if logged_in && Client::connect(server, badge).await?.is_known().await? {
                continue;
            }
            if logged_in {
                lock(sessions).signed_out.push(viewer.clone());
            }
            self.log_in(server, &viewer).await?;
        }
        Ok(())
    }

    /// Gives a viewer another session, where there are any.
    pub(crate) async fn log_in(&self, server: SocketAddr, viewer: &str) -> io::Result<()> {
        let Self::Sessions(sessions) = self else {
            return Ok(());
        };
        let mut visitor = Client::connect(server, Badge::new()).await?;
        let badge = visitor.log_in(viewer, PASSWORD).await?;
        lock(sessions).badges.insert(viewer.to_owned(), badge);
        Ok(())
    }

    /// The viewers whose session was gone after a kill, once for each time.
    pub(crate) fn signed_out(&self) -> Vec<String> {
        match self {
            Self::Headers => Vec::new(),
            Self::Sessions(sessions) => lock(sessions).signed_out.clone(),
        }
    }
}

fn lock(sessions: &Mutex<Sessions>) -> MutexGuard<'_, Sessions> {
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The header that names the viewer.
pub(crate) const VIEWER: HeaderName = HeaderName::from_static("x-viewer");
/// Everybody's. The accounts live as long as a run, on loopback.
pub(crate) const PASSWORD: &str = "written-in-the-ledger";
