//! `flaskflix-server token` and `flaskflix-server revoke`.

use std::{
    error::Error,
    io::{self, Write as _},
    time::Duration,
};

use clap::Args;
use flaskflix_core::{
    catalog::{Delivery, StreamKind},
    id::ViewerId,
    token::{self, Claims},
};

use crate::{app::App, settings::Value as _};

/// Which token to mint.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// The number of the movie, as `movie list` shows it
    #[arg(long, value_name = "ID")]
    movie: i64,
    /// Who watches: the name of an account
    #[arg(long, value_name = "NAME")]
    viewer: String,
    /// How long it lasts: 90s, 15m, 4h, 7d [default: as the server mints them]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    ttl: Option<Duration>,
}

/// Whose tokens to end.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// Who watches: the name of an account
    #[arg(long, value_name = "NAME")]
    viewer: String,
}

/// Ends what a viewer got until now. Without Redis no running server would learn of it.
pub(super) async fn revoke(args: &RevokeArgs, app: &App) -> Result<(), Box<dyn Error>> {
    if !app.viewers().is_shared {
        return Err(
            "without redis_url a server keeps revocations in its own memory: change the viewer's password"
                .into(),
        );
    }
    let user = app.accounts().named(&args.viewer).await?;
    let user = user.ok_or_else(|| format!("nobody is called {}", args.viewer))?;
    app.viewers()
        .revoke_all_of(user.viewer()?, &**app.clock())
        .await?;
    writeln!(io::stdout(), "the stream tokens of {} are revoked", user.name)?;
    Ok(())
}

fn parse_time(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| format!("not {}", Duration::ALLOWED))
}

pub(super) async fn print(args: &TokenArgs, app: &App) -> Result<(), Box<dyn Error>> {
    let movie = app.movies().movie(args.movie).await?;
    let movie = movie.ok_or_else(|| format!("there is no movie {}", args.movie))?;
    let delivery = movie.delivery()?;
    if let Delivery::External { url, .. } = &delivery {
        writeln!(io::stdout(), "{url}")?;
        return Ok(());
    }
    let user = app.accounts().named(&args.viewer).await?;
    let user = user.ok_or_else(|| format!("nobody is called {}", args.viewer))?;
    let viewer: ViewerId = user.viewer()?;
    let ttl = args.ttl.unwrap_or(app.settings().token_ttl);
    let claims = Claims::new(movie.title_id(), viewer, app.clock().now(), ttl);
    let token = token::mint(&**app.keys(), &claims, rand::random())?;
    let name = match delivery.kind() {
        StreamKind::Hls => "master.m3u8",
        StreamKind::Mp4 => "video",
    };
    let base = app.settings().public_url();
    writeln!(io::stdout(), "{base}/stream/{}/t/{token}/{name}", movie.id)?;
    Ok(())
}
