//! Acknowledged, durable changes of progress per second in SQLite: group commit beside one transaction per change.
//!
//! `cargo bench -p flaskflix-storage --features sqlite --bench sqlite_progress [-- SECONDS]`
//!
//! 64 writers, 10,000 viewers, every change flushed to the disk before it is acknowledged. The runs take turns, so that a
//! disk that is busy otherwise is busy for all of them. Both stores are the same code: the naive one has batches of one.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and prints what it measured"
)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, ProgressStore, Report, Rules, SessionId},
    time::UnixMillis,
};
use flaskflix_storage::sql::{SqliteDatabase, SqliteOptions, SqliteProgress};
use futures_util::future::join_all;

const WRITERS: u64 = 64;
const VIEWERS: u64 = 10_000;
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(5);
    let each = Duration::from_secs(seconds);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let stores = [
        ("one_by_one", SqliteOptions::default().batch_changes(1)),
        ("batch_500_wait_0ms", SqliteOptions::default()),
        (
            "batch_500_wait_1ms",
            SqliteOptions::default().batch_wait(Duration::from_millis(1)),
        ),
        (
            "batch_500_wait_5ms",
            SqliteOptions::default().batch_wait(Duration::from_millis(5)),
        ),
    ];
    let mut totals = vec![Run::default(); stores.len()];
    for round in 0..ROUNDS {
        for (number, (name, options)) in stores.iter().enumerate() {
            let path = folder.path().join(format!("{name}_{round}.db"));
            totals
                .get_mut(number)
                .unwrap()
                .add(measure(&path, options.clone(), each).await);
        }
    }
    let naive = totals.first().unwrap().per_second();
    println!("{WRITERS} writers, {VIEWERS} viewers, {ROUNDS} rounds of {seconds} s each");
    println!(
        "{:<20} {:>10} {:>9} {:>9} {:>9} {:>8}",
        "store", "changes/s", "p50 ms", "p99 ms", "idle ms", "ratio"
    );
    for ((name, _), total) in stores.iter().zip(&mut totals) {
        let (rate, p50, p99) = (total.per_second(), total.percentile(0.5), total.percentile(0.99));
        let idle = total.idle.as_secs_f64() * 1000.0 / f64::from(u32::try_from(ROUNDS).unwrap());
        println!(
            "{name:<20} {rate:>10.0} {p50:>9.2} {p99:>9.2} {idle:>9.2} {:>8.1}",
            rate / naive
        );
    }
}

/// What some rounds have shown.
#[derive(Clone, Default)]
struct Run {
    waits: Vec<Duration>,
    took: Duration,
    /// What a change after idleness waited for, the median, summed over the rounds.
    idle: Duration,
}

impl Run {
    fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.took += other.took;
        self.idle += other.idle;
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

async fn measure(path: &Path, options: SqliteOptions, each: Duration) -> Run {
    let database = SqliteDatabase::open(path, options).await.unwrap();
    let progress = database.progress(Rules::default());
    let begin = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let progress = progress.clone();
        tokio::spawn(async move {
            let mut waits = Vec::new();
            // Every writer its own viewers, in an order that jumps about.
            for step in 0_u64.. {
                if begin.elapsed() >= each {
                    break;
                }
                let viewer = writer + WRITERS * (step.wrapping_mul(7919) % (VIEWERS / WRITERS));
                waits.push(change(&progress, viewer, step).await);
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
    let mut alone = Vec::new();
    for step in 0..50 {
        alone.push(change(&progress, VIEWERS, step).await);
    }
    alone.sort_unstable();
    database.close().await;
    Run {
        waits,
        took,
        idle: *alone.get(25).unwrap(),
    }
}

/// One change; how long it took to be acknowledged.
async fn change(progress: &SqliteProgress, viewer: u64, step: u64) -> Duration {
    let viewer = ViewerId::parse(&format!("viewer-{viewer}")).unwrap();
    let title = TitleId::parse("42").unwrap();
    let position = f64::from(u32::try_from(step % 7000).unwrap());
    let report = Report::new(position, Some(7200.0)).unwrap();
    let report = report.in_session(SessionId::parse("8f14e45fceea167a").unwrap(), step);
    let begin = Instant::now();
    let now = UnixMillis::from_millis(1_700_000_000_000 + step);
    progress
        .change(&viewer, &title, Change::Report(report), now)
        .await
        .unwrap();
    begin.elapsed()
}
