//! The serving process, from the lock on its data to its end.

use std::{
    error::Error,
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use flaskflix_core::time::SystemClock;
use flaskflix_http::serve::Server;
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval},
};

use crate::{
    app::{App, StartError, router},
    data_folder::DataFolder,
    first_run, ops,
    settings::Settings,
    signals,
};

/// Serves until SIGTERM or Ctrl-C, then lets requests end, writes what waits, and returns.
pub(crate) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    // Before anything can be waited for: a signal that comes early is not lost.
    let stop = signals::Stop::listen()?;
    let folder = DataFolder::open(&settings.data)?;
    let _lock = folder.lock()?;
    // Before the first run: a port that is taken must not cost the password that is shown once.
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|cause| StartError::new(format!("listen on {}", settings.listen), cause))?;
    ops::count()?;
    let app = App::open(settings, Arc::new(SystemClock)).await?;
    signals::reload_keys_on_hangup(Arc::clone(app.keys()), folder.key_file())?;
    first_run::prepare(&app, &mut io::stdout()).await?;
    app.database().warm().await;

    let address = listener.local_addr()?;
    writeln!(
        io::stdout(),
        "listening on {}/",
        public_url(app.settings(), address)
    )?;
    let sweeper = tokio::spawn(sweep_sessions(app.clone()));
    let upkeep = tokio::spawn(ops::keep_up());
    let settings = app.settings();
    let proxies = settings.trusted_proxies.as_proxies();
    let drained = Server::new()
        .max_connections(settings.max_connections)
        .max_connections_per_address(settings.max_connections_per_address)
        .uncounted_addresses(move |address| proxies.trusts(address))
        .drain_deadline(settings.drain)
        .serve_until(listener, router(app.clone()), stop.first())
        .await;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "cut at the end of the drain");
    }
    sweeper.abort();
    upkeep.abort();
    app.database().close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What to click on: the public address, else the one that is listened on, with a host that browsers can reach.
fn public_url(settings: &Settings, mut address: std::net::SocketAddr) -> String {
    if let Some(url) = &settings.base_url {
        return url.to_string();
    }
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

/// Deletes expired sessions now and then. They are refused without it: this is for the disk.
async fn sweep_sessions(app: App) {
    let mut ticks = interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match app.sessions().delete_expired().await {
            Ok(0) => {}
            Ok(sessions) => tracing::debug!(sessions, "expired sessions were deleted"),
            Err(error) => tracing::warn!(%error, "expired sessions cannot be deleted now"),
        }
    }
}

const SWEEP_INTERVAL: Duration = Duration::from_secs(60 * 60);
