//! `flaskflix-server`: the example OTT server. Log in, browse, watch, leave, come back where you were.
//!
//! The program is [`run`]. Tests and the load generator use [`App`] and [`router`] in their own process.
//!
//! | module | what it holds |
//! |---|---|
//! | `args`, `settings` | the command line; flags, variables, file and defaults |
//! | `serve`, `signals`, `logging` | from the start to the end of the serving process |
//! | `data_folder`, `secrets`, `first_run` | what lies on the disk, and how it gets there |
//! | `commands` | the sub-commands |
//! | `backup` | everything that cannot be made again, in a folder and back |
//! | `app` | the state that handlers share, and the whole router |
//! | `accounts` | users, passwords, sessions |
//! | `database` | SQLite or PostgreSQL, and the server's own tables in it |
//! | `catalog` | the movies as the library sees them |
//! | `last_known` | titles while the database is away |
//! | `media` | where the films are: a folder, or an object store |
//! | `indexes` | what was read of films, for the next start |
//! | `inspection` | what a movie's streams hold, and whether they can be played |
//! | `web` | pages and forms |
//! | `ops` | health, metrics, the OpenAPI document, the request log |

mod accounts;
mod app;
mod args;
mod backup;
mod cache;
mod catalog;
mod commands;
mod data_folder;
mod database;
mod first_run;
mod indexes;
mod inspection;
mod last_known;
mod logging;
mod media;
mod ops;
mod program;
mod secrets;
mod serve;
mod settings;
mod signals;
mod viewers;
mod web;

pub use accounts::{AccountError, Accounts, User};
pub use app::{App, StartError, router};
pub use database::{Database, Postgres};
pub use media::Media;
pub use program::run;
pub use settings::{Settings, SettingsError};
pub use web::service;
