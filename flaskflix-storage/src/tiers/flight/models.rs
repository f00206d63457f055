//! Models of a flight.

use shuttle::{future, thread};

use super::*;
use crate::sync::models::explore;

/// Reads the block from its start to its end, part by part.
fn read(flight: &Flight) -> Result<Vec<u8>, Fault> {
    let mut read = Vec::new();
    while read.len() < 4 {
        let (_, part) = future::block_on(flight.bytes(read.len(), 4))?;
        assert!(!part.is_empty());
        read.extend_from_slice(&part);
    }
    Ok(read)
}

fn reader(flight: &Arc<Flight>) -> thread::JoinHandle<Result<Vec<u8>, Fault>> {
    let flight = Arc::clone(flight);
    thread::spawn(move || read(&flight))
}

#[test]
fn every_reader_gets_every_byte_of_a_block_that_lands() {
    explore(|| {
        let flight = Arc::new(Flight::new());
        let readers = [reader(&flight), reader(&flight)];
        let waiter = thread::spawn({
            let flight = Arc::clone(&flight);
            move || {
                future::block_on(flight.settled()).unwrap();
                assert_eq!(flight.landed().unwrap().1, "film");
            }
        });
        flight.begin(4);
        flight.push(b"fi");
        flight.push(b"lm");
        assert_eq!(flight.land(Tier::Cold), "film");
        flight.settle();
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), b"film");
        }
        waiter.join().unwrap();
    });
}

#[test]
fn everybody_learns_that_a_flight_failed() {
    explore(|| {
        let flight = Arc::new(Flight::new());
        let readers = [reader(&flight), reader(&flight)];
        let waiter = thread::spawn({
            let flight = Arc::clone(&flight);
            move || future::block_on(flight.settled())
        });
        flight.begin(4);
        flight.push(b"fi");
        flight.fail(Fault::Busy);
        flight.settle();
        for reader in readers {
            assert!(matches!(reader.join().unwrap(), Err(Fault::Busy)));
        }
        assert!(matches!(waiter.join().unwrap(), Err(Fault::Busy)));
    });
}

#[test]
fn a_reader_that_leaves_takes_no_wake_up_with_it() {
    explore(|| {
        let flight = Arc::new(Flight::new());
        let leaver = future::spawn({
            let flight = Arc::clone(&flight);
            async move {
                let _ = flight.bytes(0, 4).await;
            }
        });
        let stays = reader(&flight);
        let lands = thread::spawn({
            let flight = Arc::clone(&flight);
            move || {
                flight.push(b"film");
                flight.land(Tier::Cold);
            }
        });
        leaver.abort();
        let _ = future::block_on(leaver);
        assert_eq!(stays.join().unwrap().unwrap(), b"film");
        lands.join().unwrap();
    });
}
