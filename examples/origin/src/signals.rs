//! What signals do: stop, stop at once, read the keys and the certificate again.

use std::{io, path::PathBuf, process, sync::Arc};

use flaskflix_core::token::KeyRing;
use flaskflix_http::serve::Tls;
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

/// What SIGHUP reads again. A file that cannot be used changes nothing.
#[derive(Debug)]
pub(crate) struct Renewable {
    pub(crate) keys: Option<(Arc<KeyRing>, PathBuf)>,
    pub(crate) tls: Option<Tls>,
}

impl Renewable {
    /// Catches the signal from now on, if there is something to read.
    pub(crate) fn renew_on_hangup(self) -> io::Result<()> {
        if self.keys.is_none() && self.tls.is_none() {
            return Ok(());
        }
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                self.renew();
            }
        });
        Ok(())
    }

    fn renew(&self) {
        if let Some((ring, path)) = &self.keys {
            match keys::read(path) {
                Ok(fresh) => ring.replace_with(fresh),
                Err(error) => tracing::error!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "the keys stay as they were"
                ),
            }
        }
        if let Some(Err(error)) = self.tls.as_ref().map(Tls::reload) {
            tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                "the certificate stays as it was"
            );
        }
    }
}

/// What shells report for a program ended by Ctrl-C.
pub(crate) const EXIT_AFTER_SIGNAL: u8 = 130;
