//! Acknowledged, durable changes of progress per second in PostgreSQL: group commit beside one statement per request.
//!
//! `cargo bench -p flaskflix-storage --features postgres --bench postgres_progress [-- SECONDS]`
//!
//! 64 writers, 10,000 viewers, a private server with `fsync` and `synchronous_commit` on. The naive store is what an
//! application writes first: 64 connections, one `INSERT ... ON CONFLICT ... WHERE newer` per request. It decides nothing else:
//! no sessions, no rules. The runs take turns, so that a disk that is busy otherwise is busy for all of them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and prints what it measured"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, ProgressStore, Report, Rules, SessionId},
    time::UnixMillis,
};
use flaskflix_storage::{
    sql::{PostgresDatabase, PostgresOptions, PostgresProgress},
    testing::PrivatePostgres,
};
use futures_util::future::join_all;
use sqlx::{PgPool, postgres::PgPoolOptions};

const WRITERS: u64 = 64;
const VIEWERS: u64 = 10_000;
const ROUNDS: usize = 3;

/// What is measured.
#[derive(Debug, Clone)]
enum Store {
    Naive(PgPool),
    Batches(Box<PostgresProgress>),
}

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(5);
    let each = Duration::from_secs(seconds);
    let Some(server) = PrivatePostgres::start().unwrap() else {
        return;
    };
    let stores = [
        ("one_statement_each", None),
        ("batches_1_writer", Some(PostgresOptions::default().writers(1))),
        ("batches_2_writers", Some(PostgresOptions::default())),
        ("batches_4_writers", Some(PostgresOptions::default().writers(4))),
    ];
    let mut totals = vec![Run::default(); stores.len()];
    for _ in 0..ROUNDS {
        for ((_, options), total) in stores.iter().zip(&mut totals) {
            total.add(measure(&server, options.clone(), each).await);
        }
    }
    let naive = totals.first().unwrap().per_second();
    println!("{WRITERS} writers, {VIEWERS} viewers, {ROUNDS} rounds of {seconds} s each");
    println!(
        "{:<20} {:>10} {:>9} {:>9} {:>8}",
        "store", "changes/s", "p50 ms", "p99 ms", "ratio"
    );
    for ((name, _), total) in stores.iter().zip(&mut totals) {
        let (rate, p50, p99) = (total.per_second(), total.percentile(0.5), total.percentile(0.99));
        println!(
            "{name:<20} {rate:>10.0} {p50:>9.2} {p99:>9.2} {:>8.1}",
            rate / naive
        );
    }
}

/// What some rounds have shown.
#[derive(Clone, Default)]
struct Run {
    waits: Vec<Duration>,
    took: Duration,
}

impl Run {
    fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.took += other.took;
    }

    fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.waits.len()).unwrap()) / self.took.as_secs_f64()
    }

    /// In milliseconds.
    fn percentile(&mut self, share: f64) -> f64 {
        self.waits.sort_unstable();
        let last = f64::from(u32::try_from(self.waits.len().saturating_sub(1)).unwrap());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length that fits into 32 bits"
        )]
        let place = (last * share) as usize;
        self.waits.get(place).unwrap().as_secs_f64() * 1000.0
    }
}

async fn measure(server: &PrivatePostgres, options: Option<PostgresOptions>, each: Duration) -> Run {
    let url = server.url(&server.create_database().unwrap());
    let database = PostgresDatabase::open(&url, options.clone().unwrap_or_default())
        .await
        .unwrap();
    let store = match options {
        Some(_) => Store::Batches(Box::new(database.progress(Rules::default()))),
        None => Store::Naive(naive(&url).await),
    };
    let begin = Instant::now();
    let store = Arc::new(store);
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut waits = Vec::new();
            // Every writer its own viewers, in an order that jumps about.
            for step in 0_u64.. {
                if begin.elapsed() >= each {
                    break;
                }
                let viewer = writer + WRITERS * (step.wrapping_mul(7919) % (VIEWERS / WRITERS));
                let asked = Instant::now();
                store.change(&format!("viewer-{viewer}"), step).await;
                waits.push(asked.elapsed());
            }
            waits
        })
    });
    let waits: Vec<_> = join_all(writers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    let took = begin.elapsed();
    if let Store::Naive(pool) = &*store {
        pool.close().await;
    }
    database.close().await;
    Run { waits, took }
}

/// As many connections as writers.
async fn naive(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(u32::try_from(WRITERS).unwrap())
        .min_connections(u32::try_from(WRITERS).unwrap())
        .test_before_acquire(false)
        .connect(url)
        .await
        .unwrap()
}

impl Store {
    async fn change(&self, viewer: &str, step: u64) {
        let now = UnixMillis::from_millis(1_700_000_000_000 + step);
        let secs = u32::try_from(step % 7000).unwrap();
        match self {
            Self::Batches(progress) => {
                let report = Report::new(f64::from(secs), Some(7200.0)).unwrap();
                let report = report.in_session(SessionId::parse("8f14e45fceea167a").unwrap(), step);
                let viewer = ViewerId::parse(viewer).unwrap();
                let title = TitleId::parse("42").unwrap();
                let changed = progress
                    .change(&viewer, &title, Change::Report(report), now)
                    .await;
                changed.unwrap();
            }
            Self::Naive(pool) => {
                sqlx::query(
                    "INSERT INTO watch_progress AS stored (viewer, title, position_ms, duration_ms, finished, activity_at, \
                     plays, sessions, row_at) VALUES ($1, '42', $2, 7200000, FALSE, $3, 0, '', $3) \
                     ON CONFLICT (viewer, title) DO UPDATE SET position_ms = excluded.position_ms, \
                     activity_at = excluded.activity_at, row_at = excluded.row_at \
                     WHERE stored.activity_at <= excluded.activity_at",
                )
                .bind(viewer)
                .bind(i64::from(secs) * 1000)
                .bind(i64::try_from(now.as_millis()).unwrap())
                .execute(pool)
                .await
                .unwrap();
            }
        }
    }
}
