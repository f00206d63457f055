//! What is shared about viewers, in memory: the same suites as over Redis.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use flaskflix_core::{
    access::{Opening, Screens as _},
    id::ViewerId,
    testing::{self, clock::ManualClock, screens::playback},
    time::UnixTime,
};
use flaskflix_storage::memory::{MemoryRevocations, MemoryScreens, MemoryTokens};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(UnixTime::from_secs(1_800_000_000)))
}

#[tokio::test]
async fn revocations_in_memory_conform() {
    testing::revocations::conformance(&MemoryRevocations::new(clock())).await;
}

#[tokio::test]
async fn tokens_in_memory_conform() {
    let clock = clock();
    let pass = async || clock.advance(Duration::from_secs(2));
    testing::token_store::conformance(&MemoryTokens::new(clock.clone()), pass).await;
}

#[tokio::test]
async fn screens_in_memory_conform() {
    let clock = clock();
    let screens = MemoryScreens::new(NonZeroU32::new(2).unwrap(), clock.clone());
    testing::screens::conformance(&screens, async || clock.advance(Duration::from_secs(60))).await;
}

#[tokio::test]
async fn leases_last_as_long_as_they_are_said_to() {
    let (clock, anna) = (clock(), ViewerId::parse("anna").unwrap());
    let screens = MemoryScreens::new(NonZeroU32::MIN, clock.clone()).lease(Duration::from_secs(10));
    screens.open(&anna, &playback(1)).await.unwrap();
    clock.advance(Duration::from_secs(9));
    let full = screens.open(&anna, &playback(2)).await.unwrap();
    assert!(matches!(full, Opening::Full { .. }), "{full:?}");
    clock.advance(Duration::from_secs(1));
    assert_eq!(screens.open(&anna, &playback(2)).await.unwrap(), Opening::Opened);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_clients_exactly_4_get_a_screen_50_times() {
    for round in 0..50 {
        let screens = Arc::new(MemoryScreens::new(NonZeroU32::new(4).unwrap(), clock()));
        let anna = ViewerId::parse("anna").unwrap();
        let clients = (0..64).map(|number| {
            let (screens, anna) = (screens.clone(), anna.clone());
            tokio::spawn(async move { screens.open(&anna, &playback(number)).await.unwrap() })
        });
        let mut winners = 0;
        for client in clients.collect::<Vec<_>>() {
            winners += u32::from(client.await.unwrap() == Opening::Opened);
        }
        assert_eq!(winners, 4, "round {round}");
    }
}
