//! The first run: an administrator, a demo film, and with `--demo` a demo viewer.
//!
//! Every step looks whether it is done and can be repeated: a run that is killed in the middle is finished by the next.

use std::{
    fs,
    io::{self, Write},
};

use flaskflix_storage::sql::{MovieData, MovieQuery};

use crate::{
    accounts::random_password,
    app::{App, StartError},
    data_folder::write_whole,
    database::Statement,
};

/// Does what has not been done. What is to be kept is written to `out`.
///
/// # Errors
/// [`StartError`] names the step.
pub(crate) async fn prepare(app: &App, out: &mut (dyn Write + Send)) -> Result<(), StartError> {
    // Of several servers that share a database and begin at once, one shows a password.
    let _alone = app
        .database()
        .alone(LOCK)
        .await
        .map_err(|cause| StartError::new("begin the first run", cause))?;
    add_administrator(app, out)
        .await
        .map_err(|cause| StartError::new("make the administrator's account", cause))?;
    add_demo_film(app)
        .await
        .map_err(|cause| StartError::new("add the demo film", cause))?;
    if app.settings().demo {
        app.accounts()
            .ensure_demo()
            .await
            .map_err(|cause| StartError::new("make the demo viewer's account", cause))?;
    }
    Ok(())
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn add_administrator(app: &App, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    if app.accounts().count_admins().await? > 0 {
        return Ok(());
    }
    if let Some(password) = &app.settings().admin_password {
        if WELL_KNOWN_PASSWORDS.contains(&password.to_ascii_lowercase().as_str())
            && !app.settings().is_local()
        {
            return Err(
                "admin_password is one that everybody tries first: choose another, or leave it out".into(),
            );
        }
        app.accounts().register_admin(ADMIN_NAME, password).await?;
        return Ok(());
    }
    let password = random_password();
    // Shown before it is stored: a kill in between costs nothing, the next run shows another. The other way round it would
    // cost the only way in.
    writeln!(
        out,
        "FlaskFlix keeps its data in {}\n\n  administrator  {ADMIN_NAME}\n  password       {}\n\n\
         The password is shown this once. `flaskflix-server user password {ADMIN_NAME}` sets another.\n",
        app.settings().data.display(),
        password.as_str(),
    )?;
    out.flush()?;
    app.accounts().register_admin(ADMIN_NAME, &password).await?;
    Ok(())
}

async fn add_demo_film(app: &App) -> Result<(), Failure> {
    // Nobody's bucket is written to.
    if app.settings().media_url.is_some() || is_done(app, DEMO_FILM).await? {
        return Ok(());
    }
    match write_demo_film(app) {
        Ok(()) => {}
        // A media folder of the user's own may be read-only, and that is a good idea.
        Err(error) if app.settings().media.is_some() => {
            tracing::warn!(%error, "the media folder cannot be written to: there is no demo film");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let movie = demo_movie();
    let query = MovieQuery {
        search: Some(movie.title.clone()),
        limit: 10,
        offset: 0,
    };
    let known = app.movies().list(&query).await?;
    // A run that was killed here has added it already.
    if !known
        .iter()
        .any(|known| known.quality_variants == movie.quality_variants)
    {
        app.movies().insert(&movie, app.clock().now_millis()).await?;
    }
    mark_done(app, DEMO_FILM).await?;
    Ok(())
}

fn write_demo_film(app: &App) -> io::Result<()> {
    let folder = app.settings().media().join("demo");
    fs::create_dir_all(&folder)?;
    for (name, bytes) in DEMO_FILES {
        let path = folder.join(name);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if fs::metadata(&path).is_ok_and(|there| there.len() == length) {
            continue;
        }
        write_whole(&path, bytes, 0o644)?;
    }
    Ok(())
}

fn demo_movie() -> MovieData {
    MovieData {
        title: "The FlaskFlix Demo".to_owned(),
        description:
            "One minute of moving pictures and sound in three qualities, cut into segments while you watch."
                .to_owned(),
        genre: "Demo".to_owned(),
        quality_variants: Some("360p:demo/360p.mp4,720p:demo/720p.mp4,1080p:demo/1080p.mp4".to_owned()),
        duration_seconds: Some(60),
        ..MovieData::default()
    }
}

async fn is_done(app: &App, step: &str) -> Result<bool, sqlx::Error> {
    let done = Statement::new("SELECT count(*) FROM first_run WHERE step = $1").bind(step);
    Ok(app.database().count(done).await? > 0)
}

async fn mark_done(app: &App, step: &str) -> Result<(), sqlx::Error> {
    let done = Statement::new("INSERT INTO first_run (step) VALUES ($1) ON CONFLICT DO NOTHING").bind(step);
    app.database().execute(done).await?;
    Ok(())
}

/// The advisory lock: the letters `ffserve1`, as a number.
const LOCK: i64 = i64::from_be_bytes(*b"ffserve1");

const ADMIN_NAME: &str = "admin";
const DEMO_FILM: &str = "demo film";

/// The first guesses of every robot, as far as they are long enough to be a password here.
const WELL_KNOWN_PASSWORDS: &[&str] = &[
    "password",
    "password1",
    "passw0rd",
    "changeme",
    "flaskflix",
    "12345678",
    "123456789",
    "1234567890",
    "adminadmin",
    "administrator",
    "qwertyui",
    "letmein1",
    "demo-demo",
];

/// The film is part of the program, so that a single file is all that somebody needs to try it.
const DEMO_FILES: [(&str, &[u8]); 3] = [
    ("360p.mp4", include_bytes!("../../demo/media/demo/360p.mp4")),
    ("720p.mp4", include_bytes!("../../demo/media/demo/720p.mp4")),
    ("1080p.mp4", include_bytes!("../../demo/media/demo/1080p.mp4")),
];
