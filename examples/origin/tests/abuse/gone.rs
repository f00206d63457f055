//! Those who are gone without a word: no FIN, no reset, and the server's side stays open.
//!
//! Here they are connections that nobody reads, writes or closes any more. A machine that loses its power is less: its
//! kernel does not answer either, so that ours gives up one day. These kernels answer every probe.

use std::time::Instant;

use crate::{
    peers::{connect, connect_narrow, get, rest, say, slow_reader, status},
    siege::{PATIENCE, Setting, besiege_with, sized, within},
};

const PATIENT_FOR_SECONDS: Setting = Setting {
    args: &["--idle-timeout", "3s", "--stall-timeout", "3s"],
    open_files: None,
};

#[test]
fn half_open_connections_are_given_up() {
    besiege_with("half-open", PATIENT_FOR_SECONDS, async |target| {
        let before = target.origin.descriptors();
        let mut gone = Vec::new();
        for number in 0..sized(4000, 400) {
            let socket = match number % 3 {
                // In the middle of a film, while its bytes are on their way.
                0 => slow_reader(number, target.address()).await,
                // With more questions behind it.
                1 => {
                    let mut socket = connect_narrow(number, target.address()).await;
                    assert!(say(&mut socket, get("long.bin", "").repeat(3)).await);
                    socket
                }
                // Between two requests.
                _ => {
                    let mut socket = connect(number, target.address()).await;
                    assert!(say(&mut socket, get("film.bin", "Range: bytes=0-0\r\n")).await);
                    assert_eq!(status(&mut socket).await, Some(206));
                    socket
                }
            };
            gone.push(socket);
        }
        // The attackers' ends are open all the time.
        let begun = Instant::now();
        while target.origin.descriptors() > before + 4 {
            assert!(
                begun.elapsed() < PATIENCE,
                "{} descriptors, {before} before",
                target.origin.descriptors()
            );
            tokio::task::yield_now().await;
        }
        let mut last = gone.pop().unwrap();
        // What had reached it, then the end or the reset that says that nobody is there.
        within(PATIENCE, rest(&mut last)).await;
    });
}
