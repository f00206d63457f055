//! The PostgreSQL under the server: a private one, which is killed, too.

use std::{io, time::Duration};

use flaskflix_storage::testing::PrivatePostgres;
use tokio::{
    task::block_in_place,
    time::{Instant, timeout},
};

use crate::{args::CheckArgs, writer::Shared};

/// The database of a run, and what its deaths have shown.
#[derive(Debug)]
pub(crate) struct Database {
    postgres: PrivatePostgres,
    /// Of the database in it.
    name: String,
    kills: u32,
    of_server: u32,
    done: u32,
    returns: Returns,
}

/// How the server came back after its database had.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Returns {
    pub(crate) kills: u32,
    /// The longest time from the moment when the database accepted connections to the first acknowledgement.
    pub(crate) slowest: Duration,
    /// How often that took longer than [`LONGEST_RETURN`].
    pub(crate) late: usize,
}

impl Database {
    /// Starts one, when there is to be one.
    pub(crate) fn start(args: &CheckArgs) -> io::Result<Option<Self>> {
        if !args.postgres {
            return Ok(None);
        }
        let postgres = block_in_place(PrivatePostgres::start)?;
        let postgres = postgres.ok_or_else(|| io::Error::other("PostgreSQL is not installed"))?;
        Ok(Some(Self {
            name: postgres.create_database()?,
            postgres,
            kills: args.database_kills,
            of_server: args.kills,
            done: 0,
            returns: Returns::default(),
        }))
    }

    pub(crate) fn url(&self) -> String {
        self.postgres.url(&self.name)
    }

    pub(crate) const fn returns(&self) -> Returns {
        self.returns
    }

    /// How often to kill it in the life of this server, so that all kills are spread evenly over the lives of all servers.
    pub(crate) fn kills_in_life(&self, life: u32) -> u32 {
        let until = |life: u32| u64::from(life) * u64::from(self.kills) / u64::from(self.of_server.max(1));
        u32::try_from(until(life + 1) - until(life)).unwrap_or(0)
    }

    /// Kills it in the middle of reports: by turns with SIGKILL and as `pg_ctl stop -m immediate` does. Starts it again, and waits for the
    /// first acknowledgement.
    pub(crate) async fn kill(&mut self, shared: &Shared) -> io::Result<()> {
        let postgres = &mut self.postgres;
        let by_turns = self.done % 2;
        block_in_place(|| match by_turns {
            0 => postgres.kill(),
            _ => postgres.stop_immediately(),
        })?;
        block_in_place(|| postgres.restart())?;
        let back = Instant::now();
        let mut acknowledged = shared.acknowledged.subscribe();
        acknowledged.mark_unchanged();
        let first = timeout(PATIENCE, acknowledged.changed()).await;
        if !matches!(first, Ok(Ok(()))) {
            return Err(io::Error::other(
                "nothing is acknowledged after the database is back",
            ));
        }
        self.done += 1;
        let waited = back.elapsed();
        self.returns.kills = self.done;
        self.returns.slowest = self.returns.slowest.max(waited);
        self.returns.late += usize::from(waited > LONGEST_RETURN);
        Ok(())
    }
}

/// What is promised.
pub(crate) const LONGEST_RETURN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
