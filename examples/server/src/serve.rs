//! The serving process, from the lock on its data to its end.

use std::{
    error::Error,
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use flaskflix_core::time::SystemClock;
use flaskflix_http::serve::{Server, Tls};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval},
};

use crate::{
    app::{App, StartError},
    data_folder::DataFolder,
    first_run, ops,
    settings::Settings,
    signals::{self, Renewable},
    web::service,
};

/// Serves until SIGTERM or Ctrl-C, then lets requests end, writes what waits, and returns. The listener is one that was opened
/// before us, if any.
pub(crate) async fn run(
    settings: Settings,
    inherited: Option<std::net::TcpListener>,
) -> Result<(), Box<dyn Error>> {
    // Before anything can be waited for: a signal that comes early is not lost.
    let stop = signals::Stop::listen()?;
    let folder = DataFolder::open(&settings.data)?;
    let _lock = folder.lock()?;
    // Before the first run: a port that is taken, or a wrong certificate, must not cost the password that is shown once.
    let tls = settings
        .tls_files()
        .map(|(chain, key)| Tls::from_pem_files(chain, key))
        .transpose()?;
    let listener = match inherited {
        Some(listener) => TcpListener::from_std(listener),
        None => TcpListener::bind(settings.listen).await,
    };
    let listener =
        listener.map_err(|cause| StartError::new(format!("listen on {}", settings.listen), cause))?;
    ops::count()?;
    let app = App::open(settings, Arc::new(SystemClock)).await?;
    let renewable = Renewable {
        keys: Arc::clone(app.keys()),
        key_file: folder.key_file(),
        tls: tls.clone(),
    };
    renewable.renew_on_hangup()?;
    first_run::prepare(&app, &mut io::stdout()).await?;
    app.database().warm().await;

    let mut server = limited(app.settings());
    let address = listener.local_addr()?;
    writeln!(
        io::stdout(),
        "listening on {}/",
        public_url(app.settings(), address)
    )?;
    let sweeper = tokio::spawn(sweep_sessions(app.clone()));
    let upkeep = tokio::spawn(ops::keep_up());
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    let drained = server
        .serve_direct_until(listener, service(app.clone()), stop.first())
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

/// A server with the limits of the settings.
fn limited(settings: &Settings) -> Server {
    let proxies = settings.trusted_proxies.as_proxies();
    Server::new()
        .max_connections(settings.max_connections)
        .when_full(settings.when_full)
        .max_connections_per_address(settings.max_connections_per_address)
        .uncounted_addresses(move |address| proxies.trusts(address))
        .max_requests(settings.max_requests)
        .idle_timeout(settings.idle_timeout)
        .stall_timeout(settings.stall_timeout)
        .within_open_files()
        .drain_deadline(settings.drain)
        .zero_copy(settings.zero_copy)
        .pace_loopback(settings.pace_loopback)
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
    format!("{}://{address}", settings.scheme())
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
