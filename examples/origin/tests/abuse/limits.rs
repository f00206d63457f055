//! The machine says no more memory.

use std::time::Duration;

use rustix::process::Resource;

use crate::{
    peers::slow_reader,
    siege::{besiege, sized},
};

#[test]
fn a_cap_on_memory_holds_slow_readers() {
    besiege("memory cap", async |target| {
        let count = sized(1000, 500);
        // What is mapped, twice the 256 MiB of the buffers, and 64 KiB for each connection.
        if target.first_wave() {
            let most_kib = target.origin.memory().mapped_kib + (512 << 10) + count as u64 * 64;
            target.origin.limit(Resource::As, most_kib << 10);
        }
        let mut sockets = Vec::new();
        for number in 0..count {
            sockets.push(slow_reader(number, target.address()).await);
        }
        let mut tick = tokio::time::interval(sized(Duration::from_secs(20), Duration::from_secs(1)));
        tick.tick().await;
        tick.tick().await;
    });
}
