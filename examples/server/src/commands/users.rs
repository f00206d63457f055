//! `flaskflix-server user`.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::Subcommand;
use flaskflix_core::ErrorChain;
use zeroize::Zeroizing;

use super::prompt;
use crate::{
    accounts::{User, UserName, random_password},
    app::App,
};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum UserTask {
    /// Add an account; the password is asked for, or read from standard input
    Add {
        /// The name to log in with
        name: String,
        /// Let the account change the catalogue and the users
        #[arg(long)]
        admin: bool,
        /// Make a random password and print it
        #[arg(long)]
        generate: bool,
    },
    /// List the accounts
    List,
    /// Set another password, and log the user out everywhere
    Password {
        /// The name of the account
        name: String,
        /// Make a random password and print it
        #[arg(long)]
        generate: bool,
    },
    /// Remove an account, with its progress
    Remove {
        /// The name of the account
        name: String,
    },
}

pub(super) async fn run(task: UserTask, app: &App) -> Result<(), Box<dyn Error>> {
    let accounts = app.accounts();
    let mut out = io::stdout();
    match task {
        UserTask::Add {
            name,
            admin,
            generate,
        } => {
            // Before the password is asked for.
            let name = UserName::parse(&name)?;
            let password = password(generate)?;
            let user = if admin {
                accounts.register_admin(name.as_str(), &password).await?
            } else {
                accounts.register(name.as_str(), &password).await?
            };
            writeln!(out, "added {}", describe(&user))?;
            tell(generate, &password)?;
        }
        UserTask::List => {
            for user in accounts.list().await? {
                writeln!(out, "{}", describe(&user))?;
            }
        }
        UserTask::Password { name, generate } => {
            let user = find(app, &name).await?;
            let password = password(generate)?;
            accounts.set_password(user.id, &password).await?;
            end_streams(app, &user).await?;
            writeln!(
                out,
                "{} has another password and is logged out everywhere",
                user.name
            )?;
            tell(generate, &password)?;
        }
        UserTask::Remove { name } => {
            let user = find(app, &name).await?;
            accounts.remove(user.id).await?;
            end_streams(app, &user).await?;
            writeln!(out, "removed {}", describe(&user))?;
        }
    }
    Ok(())
}

/// Whoever knew the old password may have stream tokens, too. A server without Redis keeps revocations in its own memory, where
/// nobody else can put any.
async fn end_streams(app: &App, user: &User) -> Result<(), Box<dyn Error>> {
    if !app.viewers().is_shared {
        return Ok(());
    }
    let revoked = app.viewers().revoke_all_of(user.viewer()?, &**app.clock()).await;
    revoked.map_err(|error| {
        let why = ErrorChain(&error);
        format!("the account is changed, but its stream tokens are not revoked: {why}").into()
    })
}

async fn find(app: &App, name: &str) -> Result<User, Box<dyn Error>> {
    let user = app.accounts().named(name).await?;
    user.ok_or_else(|| format!("nobody is called {name}").into())
}

fn password(generate: bool) -> io::Result<Zeroizing<String>> {
    if generate {
        Ok(random_password())
    } else {
        prompt::password()
    }
}

fn tell(generate: bool, password: &str) -> io::Result<()> {
    if generate {
        writeln!(io::stdout(), "password: {password}")?;
    }
    Ok(())
}

fn describe(user: &User) -> String {
    let role = if user.is_admin { "administrator" } else { "viewer" };
    format!("{}\tu{}\t{role}\tsince {}", user.name, user.id, user.created_at)
}
