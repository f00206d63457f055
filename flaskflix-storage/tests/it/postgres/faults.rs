//! A server that is killed, stopped, and silent.

use std::time::{Duration, Instant};

use flaskflix_core::progress::{ProgressError, ProgressStore};
use flaskflix_storage::{
    sql::{MovieStore, PostgresDatabase, PostgresOptions, PostgresProgress, SqlError},
    testing::PrivatePostgres,
};

use super::{at, eventually, numbered, rules, stored, title, viewer};

/// How long a call may take: the limit that is set, and something for a busy machine.
const LIMIT: Duration = Duration::from_secs(1);
const BOUND: Duration = Duration::from_secs(6);

struct Scene {
    server: PrivatePostgres,
    database: PostgresDatabase,
    progress: PostgresProgress,
}

impl Scene {
    async fn new() -> Option<Self> {
        let server = PrivatePostgres::start().unwrap()?;
        let url = server.url(&server.create_database().unwrap());
        let options = PostgresOptions::default()
            .connect_timeout(LIMIT)
            .answer_timeout(LIMIT);
        let database = PostgresDatabase::open(&url, options).await.unwrap();
        let progress = database.progress(rules());
        Some(Self {
            server,
            database,
            progress,
        })
    }

    async fn report(&self, seq: u64) -> Result<(), ProgressError> {
        let change = numbered(100 + u32::try_from(seq % 1000).unwrap(), "s", seq);
        self.progress
            .change(&viewer("anna"), &title("1"), change, at(seq))
            .await
            .map(drop)
    }

    /// Everything that is asked for fails, in time, and says why.
    async fn everything_fails_in_time(&self) {
        let begin = Instant::now();
        let refused = self.report(u64::MAX - 1).await.unwrap_err();
        assert!(matches!(refused, ProgressError::Unavailable(_)), "{refused:?}");
        assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
        let begin = Instant::now();
        let error = self.database.movies().count(None).await.unwrap_err();
        assert!(matches!(error, SqlError::Away(_)), "{error:?}");
        let error = self.database.check().await.unwrap_err();
        assert!(matches!(error, SqlError::Away(_)), "{error:?}");
        assert!(begin.elapsed() < 2 * BOUND, "{:?}", begin.elapsed());
    }

    /// The server is back: so are we, within five seconds.
    async fn is_back(&self, seq: u64) {
        let back = Instant::now();
        eventually("an acknowledged report", async || self.report(seq).await.is_ok()).await;
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
        eventually("an answer", async || self.database.check().await.is_ok()).await;
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_or_stopped_loses_nothing_and_is_found_again() {
    let Some(mut scene) = Scene::new().await else {
        return;
    };
    for (round, stop) in [PrivatePostgres::kill, PrivatePostgres::stop_immediately]
        .into_iter()
        .enumerate()
    {
        let first = 1 + 1000 * u64::try_from(round).unwrap();
        let mut last = first;
        for seq in first..first + 50 {
            scene.report(seq).await.unwrap();
            last = seq;
        }
        stop(&mut scene.server).unwrap();
        scene.everything_fails_in_time().await;
        scene.server.restart().unwrap();
        eventually("an answer", async || scene.database.check().await.is_ok()).await;
        let kept = stored(&scene.progress, "s").await;
        assert_eq!(kept, last, "the last acknowledged one, and none that was refused");
        scene.is_back(last + 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_given_up_in_time_and_found_again() {
    let Some(scene) = Scene::new().await else { return };
    scene.report(1).await.unwrap();
    scene.database.check().await.unwrap();
    scene.server.suspend().unwrap();
    // Twice: with the connections that it had, and with those that the kernel takes for it.
    for _ in 0..2 {
        scene.everything_fails_in_time().await;
    }
    // More readers than there are connections.
    let begin = Instant::now();
    let movies = scene.database.movies();
    let counts = futures_util::future::join_all((0..40).map(|_| movies.count(None)));
    assert!(counts.await.iter().all(Result::is_err));
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    scene.server.resume().unwrap();
    scene.is_back(2).await;
    // The one that was refused while the server was silent may have been written: nobody knew.
    assert!(stored(&scene.progress, "s").await >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_in_the_queue_is_told_when_the_server_is_away() {
    let Some(scene) = Scene::new().await else { return };
    scene.report(1).await.unwrap();
    scene.server.suspend().unwrap();
    let begin = Instant::now();
    let waiting = (0..3000).map(|number| {
        let (progress, viewer) = (&scene.progress, viewer(&format!("v{number}")));
        async move {
            let change = numbered(100, "s", 1);
            progress.change(&viewer, &title("1"), change, at(1)).await
        }
    });
    let answers = futures_util::future::join_all(waiting).await;
    assert!(answers.iter().all(Result::is_err));
    // Six batches' worth, and one batch's time.
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    scene.server.resume().unwrap();
    scene.is_back(2).await;
}
