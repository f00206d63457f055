//! What signals do: stop, stop at once, read the keys and the certificate again.

use std::{io, path::PathBuf, process, sync::Arc};

use flaskflix_core::token::KeyRing;
use flaskflix_http::serve::Tls;
use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::secrets;

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
        tracing::info!("stopping: requests under way may end, a second signal ends at once");
        tokio::spawn(async move {
            self.next().await;
            process::exit(EXIT_AT_ONCE);
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
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) key_file: PathBuf,
    pub(crate) tls: Option<Tls>,
}

impl Renewable {
    /// Catches the signal from now on.
    pub(crate) fn renew_on_hangup(self) -> io::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                self.renew();
            }
        });
        Ok(())
    }

    fn renew(&self) {
        match secrets::read(&self.key_file) {
            Ok(fresh) => {
                self.keys.replace_with(fresh);
                tracing::info!(
                    signing = self.keys.signing_key().as_str(),
                    "the keys were read again"
                );
            }
            Err(error) => tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                "the keys stay as they were"
            ),
        }
        match self.tls.as_ref().map(Tls::reload) {
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                "the certificate stays as it was"
            ),
            None => {}
        }
    }
}

/// What shells report for a program ended by Ctrl-C.
const EXIT_AT_ONCE: i32 = 130;
