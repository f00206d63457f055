//! Which database it is, opened.

use std::sync::Arc;

use flaskflix_core::progress::{ProgressStore, Rules};
use flaskflix_storage::sql::{
    MovieStore, PostgresDatabase, PostgresOptions, PostgresProgress, SqlError, SqliteDatabase, SqliteOptions,
    SqliteProgress,
};
use metrics::{Unit, describe_gauge, gauge};

use super::{Postgres, migrations};
use crate::{app::StartError, data_folder::DataFolder, settings::Settings};

/// The database of the settings: a handle, cheap to clone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Database {
    /// One file in the data folder. For one server.
    Sqlite(SqliteDatabase),
    /// `database_url`. May be shared by several servers.
    Postgres(Postgres),
}

/// The queue in which changes of progress wait to be written.
#[derive(Debug, Clone)]
pub(crate) enum Queue {
    Sqlite(SqliteProgress),
    Postgres(Box<PostgresProgress>),
}

impl Database {
    /// Opens it and brings its tables up to date: the library's, then the server's own.
    ///
    /// # Errors
    /// [`StartError`] names the place, without a password, and what is wrong with it.
    pub(crate) async fn open(settings: &Settings, folder: &DataFolder) -> Result<Self, StartError> {
        let doing = || format!("open the database {}", settings.database_place());
        let opened = match settings.database_url.url() {
            None => SqliteDatabase::open(folder.database(), SqliteOptions::default())
                .await
                .map(Self::Sqlite),
            Some(url) => PostgresDatabase::open(url, postgres_options(settings))
                .await
                .map(|database| {
                    let pooler = settings.database_pooler;
                    Self::Postgres(Postgres { database, pooler })
                }),
        };
        let database = opened.map_err(|cause| StartError::new(doing(), cause))?;
        migrations::run(&database)
            .await
            .map_err(|cause| StartError::new(doing(), cause))?;
        Ok(database)
    }

    /// Makes the connections that requests will need, so that none waits for one.
    pub(crate) async fn warm(&self) {
        if let Self::Postgres(postgres) = self {
            postgres.database.warm().await;
        }
    }

    /// The movies: the catalogue and its editing.
    pub(crate) fn movies(&self) -> Arc<dyn MovieStore> {
        match self {
            Self::Sqlite(database) => Arc::new(database.movies()),
            Self::Postgres(postgres) => Arc::new(postgres.database.movies()),
        }
    }

    /// The progress of viewers. Starts the task that writes: once.
    pub(crate) fn progress(&self, rules: Rules) -> Queue {
        match self {
            Self::Sqlite(database) => Queue::Sqlite(database.progress(rules)),
            Self::Postgres(postgres) => Queue::Postgres(Box::new(postgres.database.progress(rules))),
        }
    }

    /// Whether it answers: for readiness probes.
    ///
    /// # Errors
    /// [`SqlError`] when it does not.
    pub async fn check(&self) -> Result<(), SqlError> {
        match self {
            Self::Sqlite(database) => database.check().await,
            Self::Postgres(postgres) => postgres.database.check().await,
        }
    }

    /// Writes what waits, and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(postgres) => postgres.database.close().await,
        }
    }

    /// Tells the metrics which database it is and how many connections are open and idle.
    pub(crate) fn count_connections(&self) {
        let (open, idle) = match self {
            Self::Sqlite(database) => (database.reader().size(), database.reader().num_idle()),
            Self::Postgres(postgres) => {
                let pool = postgres.database.pool();
                (pool.size(), pool.num_idle())
            }
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(open);
        let engine = self.engine();
        gauge!(CONNECTIONS, "engine" => engine, "state" => "idle").set(f64::from(idle));
        gauge!(CONNECTIONS, "engine" => engine, "state" => "used").set(f64::from(open.saturating_sub(idle)));
    }

    /// What metrics and backups call it.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

impl Queue {
    pub(crate) fn store(&self) -> Arc<dyn ProgressStore> {
        match self {
            Self::Sqlite(queue) => Arc::new(queue.clone()),
            Self::Postgres(queue) => Arc::new(PostgresProgress::clone(queue)),
        }
    }

    /// Changes that fit into it now.
    pub(crate) fn free_places(&self) -> usize {
        match self {
            Self::Sqlite(queue) => queue.free_places(),
            Self::Postgres(queue) => queue.free_places(),
        }
    }
}

/// Gives the metric of this file its help text.
pub(crate) fn describe() {
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "Connections to the database that answer requests."
    );
}

fn postgres_options(settings: &Settings) -> PostgresOptions {
    let connections = u32::try_from(settings.database_connections).unwrap_or(u32::MAX);
    PostgresOptions::default()
        .connections(connections)
        .transaction_pooler(settings.database_pooler)
        .application_name("flaskflix-server")
}

const CONNECTIONS: &str = "flaskflix_db_connections";
