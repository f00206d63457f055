//! What signals do: stop, stop at once, read the keys again.

use std::{io, path::PathBuf, process, sync::Arc};

use flaskflix_core::token::KeyRing;
use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::keys;

/// SIGTERM and SIGINT (Ctrl-C).
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Catches the signals from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first signal. The second one, while responses under way end, ends the process at once.
    pub(crate) async fn first(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            process::exit(EXIT_AFTER_SIGNAL.into());
        });
    }

    async fn next(&mut self) {
        select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Lets SIGHUP read the key file again; a file that cannot be read changes nothing.
pub(crate) fn reload_keys_on_hangup(ring: Arc<KeyRing>, path: PathBuf) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match keys::read(&path) {
                Ok(fresh) => ring.replace_with(fresh),
                Err(error) => tracing::error!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "the keys stay as they were"
                ),
            }
        }
    });
    Ok(())
}

/// What shells report for a program ended by Ctrl-C.
pub(crate) const EXIT_AFTER_SIGNAL: u8 = 130;
