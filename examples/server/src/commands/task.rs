//! What can be asked for.

use std::{
    error::Error,
    io::{self, Write as _},
    sync::Arc,
};

use clap::Subcommand;
use flaskflix_core::time::SystemClock;

use super::{movies, tokens, users};
use crate::{app::App, backup, settings::Settings};

/// A sub-command.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    #[command(flatten)]
    Within(Within),
    /// Save the database, the keys and the posters, and note the films with their hashes
    Backup(backup::BackupArgs),
    /// Put a backup into a new data folder and an empty database, and compare the films
    Restore(backup::RestoreArgs),
}

/// What is done within a server: with its keys and folders, which are made when they are missing.
#[derive(Debug, Subcommand)]
pub(crate) enum Within {
    /// Make the data folder and bring the database up to date
    Migrate,
    /// Accounts: add, list, password, remove
    #[command(subcommand)]
    User(users::UserTask),
    /// Movies: add, list, remove
    #[command(subcommand)]
    Movie(movies::MovieTask),
    /// Print the URL of a movie's stream for one viewer, with a token
    Token(tokens::TokenArgs),
    /// End all stream tokens of a viewer at once, on all nodes that share a Redis
    Revoke(tokens::RevokeArgs),
}

/// Does it.
pub(crate) async fn run(task: Task, settings: Settings) -> Result<(), Box<dyn Error>> {
    let makes_database = matches!(task, Task::Within(Within::Migrate) | Task::Restore(_));
    let is_file = settings.database_url.url().is_none();
    if !makes_database && is_file && !settings.data.join("flaskflix.db").exists() {
        let data = settings.data.display();
        return Err(format!(
            "there is no database in {data}: name the folder with --data, or make it with `flaskflix-server migrate`"
        )
        .into());
    }
    let done = match task {
        Task::Within(task) => return run_within(task, settings).await,
        Task::Backup(args) => backup::save(&args, &settings).await,
        Task::Restore(args) => backup::restore(&args, &settings).await,
    };
    done.map_err(|error| -> Box<dyn Error> { error })
}

async fn run_within(task: Within, settings: Settings) -> Result<(), Box<dyn Error>> {
    let app = App::open(settings, Arc::new(SystemClock)).await?;
    let done = match task {
        Within::Migrate => {
            let place = app.settings().database_place();
            writeln!(io::stdout(), "{place} is up to date").map_err(Into::into)
        }
        Within::User(task) => users::run(task, &app).await,
        Within::Movie(task) => movies::run(task, &app).await,
        Within::Token(args) => tokens::print(&args, &app).await,
        Within::Revoke(args) => tokens::revoke(&args, &app).await,
    };
    app.database().close().await;
    done
}
