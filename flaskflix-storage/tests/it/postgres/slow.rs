//! A server whose connections take longer to be made than anybody waits: a machine that is too busy.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use flaskflix_core::progress::ProgressStore;
use flaskflix_storage::sql::{MovieStore, PostgresDatabase, PostgresOptions, SqlError};
use futures_util::future::join_all;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::{at, eventually, numbered, place, rules, title, viewer};

const PATIENCE: Duration = Duration::from_millis(200);
/// Longer than anybody waits, and less than a connection may take.
const DELAY: Duration = Duration::from_millis(500);

/// Stands before the server.
#[derive(Debug, Default)]
struct Door {
    is_slow: AtomicBool,
    /// Connections that were begun.
    begun: AtomicU32,
}

impl Door {
    /// Opens it; gives where it is.
    async fn open(self: Arc<Self>, server: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                self.begun.fetch_add(1, Ordering::Relaxed);
                let delay = if self.is_slow.load(Ordering::Relaxed) {
                    DELAY
                } else {
                    Duration::ZERO
                };
                tokio::spawn(async move {
                    sleep(delay).await;
                    let mut server = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        address
    }
}

/// Where the server of this URL listens.
fn address_of(url: &str) -> SocketAddr {
    let (_, after) = url.split_once('@').unwrap();
    let (address, _) = after.split_once('/').unwrap();
    address.parse().unwrap()
}

/// A database behind such a door, with one writer and four connections for readers.
async fn behind_a_door() -> Option<(Arc<Door>, PostgresDatabase)> {
    let (url, door) = (place()?, Arc::new(Door::default()));
    let server = address_of(&url);
    let address = Arc::clone(&door).open(server).await;
    let url = url.replace(&server.to_string(), &address.to_string());
    let options = PostgresOptions::default()
        .connections(4)
        .writers(1)
        .connect_timeout(PATIENCE);
    let database = PostgresDatabase::open(&url, options).await.unwrap();
    Some((door, database))
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_nobody_waited_for_are_there_for_the_next() {
    let Some((door, database)) = behind_a_door().await else {
        return;
    };
    let before = door.begun.load(Ordering::Relaxed);
    door.is_slow.store(true, Ordering::Relaxed);
    let movies = database.movies();
    let counts = join_all((0..20).map(|_| movies.count(None))).await;
    for error in counts.into_iter().map(Result::unwrap_err) {
        assert!(matches!(error, SqlError::Away(_)), "{error:?}");
    }
    eventually("an answer", async || movies.count(None).await.is_ok()).await;
    let begun = door.begun.load(Ordering::Relaxed) - before;
    assert!(begun <= 4, "{begun} connections were begun for 4 places");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_warmed_up_needs_no_new_connection() {
    let Some((door, database)) = behind_a_door().await else {
        return;
    };
    database.warm().await;
    let before = door.begun.load(Ordering::Relaxed);
    door.is_slow.store(true, Ordering::Relaxed);
    let movies = database.movies();
    let counts = join_all((0..20).map(|_| movies.count(None))).await;
    assert!(counts.iter().all(Result::is_ok), "{counts:?}");
    assert_eq!(door.begun.load(Ordering::Relaxed), before);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_waits_again_for_the_connection_that_is_being_made() {
    let Some((door, database)) = behind_a_door().await else {
        return;
    };
    let before = door.begun.load(Ordering::Relaxed);
    door.is_slow.store(true, Ordering::Relaxed);
    let progress = database.progress(rules());
    let (anna, film) = (viewer("anna"), title("1"));
    let report = async |seq| {
        progress
            .change(&anna, &film, numbered(100, "s", seq), at(seq))
            .await
    };
    report(1).await.unwrap_err();
    eventually("an acknowledgement", async || report(2).await.is_ok()).await;
    let begun = door.begun.load(Ordering::Relaxed) - before;
    // The other one notes the rules.
    assert!(begun <= 2, "{begun} connections were begun for one writer");
    database.close().await;
}
