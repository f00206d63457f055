//! What can be asked for.

use std::{
    error::Error,
    io::{self, Write as _},
    sync::Arc,
};

use clap::Subcommand;
use flaskflix_core::time::SystemClock;

use super::{movies, tokens, users};
use crate::{app::App, settings::Settings};

/// A sub-command.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
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
}

/// Does it.
pub(crate) async fn run(task: Task, settings: Settings) -> Result<(), Box<dyn Error>> {
    let is_file = settings.database_url.url().is_none();
    if !matches!(task, Task::Migrate) && is_file && !settings.data.join("flaskflix.db").exists() {
        let data = settings.data.display();
        return Err(format!(
            "there is no database in {data}: name the folder with --data, or make it with `flaskflix-server migrate`"
        )
        .into());
    }
    let app = App::open(settings, Arc::new(SystemClock)).await?;
    let done = match task {
        Task::Migrate => {
            let place = app.settings().database_place();
            writeln!(io::stdout(), "{place} is up to date").map_err(Into::into)
        }
        Task::User(task) => users::run(task, &app).await,
        Task::Movie(task) => movies::run(task, &app).await,
        Task::Token(args) => tokens::print(&args, &app).await,
    };
    app.database().close().await;
    done
}
