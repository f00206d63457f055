//! The machine's clock is set while people watch: tokens are judged by what it shows now, and nothing else is.
//!
//! How long anybody may be silent is measured by another clock, which nobody can set (`std::time::Instant`).

use std::time::Duration;

use flaskflix_core::time::UnixTime;
use flaskflix_http::serve::Server;

use crate::{
    client::{Client, request},
    scene::{NOW, Scene, film, pattern, token},
};

const DAY: u64 = 24 * 3600;
const YEAR: u64 = 365 * DAY;
/// For so long a token of the scene is valid.
const HOUR: u64 = 3600;
/// More than the buffers of two sockets hold.
const BIG: usize = 24 << 20;
const STEP: usize = 1 << 20;

/// What the clock shows in turn, and whether a token of [`NOW`] holds then.
const JUMPS: [(u64, bool); 11] = [
    (NOW.as_secs() + DAY, false),
    (NOW.as_secs() + HOUR / 2, true),
    (NOW.as_secs() + YEAR, false),
    (NOW.as_secs(), true),
    // Before it was made, which it does not forbid: it holds until it expires.
    (NOW.as_secs() - DAY, true),
    (NOW.as_secs() + 60, true),
    (NOW.as_secs() - YEAR, true),
    (0, true),
    (u64::MAX, false),
    (253_402_300_800, false), // the year 10000
    (NOW.as_secs() + HOUR - 120, true),
];

async fn scene(server: Server) -> Scene {
    let files: [(&str, &[u8]); 2] = [("big.bin", &pattern(BIG)), ("f.mp4", &film(1))];
    Scene::with(&files, |builder| builder, server).await
}

#[tokio::test]
async fn tokens_are_judged_by_the_time_that_it_is_now_and_running_streams_go_on() {
    // A jump of a year is no silence of a second.
    let server = Server::new()
        .header_timeout(Duration::from_secs(60))
        .idle_timeout(Duration::from_secs(60))
        .stall_timeout(Duration::from_secs(60));
    let scene = scene(server).await;
    let (big, packaged) = (token("big.bin"), token("f.mp4"));
    let whole = request("GET", &format!("/stream/big.bin/video?token={big}"), &[]);
    let mut streams: Vec<Client> = Vec::new();
    for _ in 0..4 {
        let mut stream = scene.client().await;
        stream.send(&whole).await;
        assert_eq!(stream.head().await.status, 200);
        streams.push(stream);
    }
    let targets = [
        format!("/stream/f.mp4/t/{packaged}/master.m3u8"),
        format!("/stream/f.mp4/t/{packaged}/v1/index.m3u8"),
        format!("/stream/f.mp4/t/{packaged}/v1/1.m4s"),
        format!("/stream/f.mp4/t/{packaged}/video"),
    ];
    let mut half = scene.client().await;
    half.send(&whole[..20]).await;
    // One connection for all of it: it is there before the first jump and after the last.
    let mut kept = scene.client().await;
    let wanted = pattern(BIG);
    for (step, (secs, holds)) in JUMPS.into_iter().enumerate() {
        scene.clock.set(UnixTime::from_secs(secs));
        for target in &targets {
            let status = kept.ask("GET", target, &[]).await.status;
            assert_eq!(status, if holds { 200 } else { 401 }, "{target} at {secs}");
        }
        for stream in &mut streams {
            let part = stream.body(STEP).await;
            assert!(part == wanted[step * STEP..][..STEP], "at {secs}");
        }
    }
    for mut stream in streams {
        let read = JUMPS.len() * STEP;
        assert!(stream.body(BIG - read).await == wanted[read..]);
    }
    half.send(&whole[20..]).await;
    assert_eq!(half.head().await.status, 200, "a head that took years");
}

#[tokio::test]
async fn a_clock_that_stands_still_or_runs_back_keeps_no_connection_open() {
    let short = Duration::from_millis(200);
    let server = Server::new().header_timeout(short).idle_timeout(short);
    let scene = scene(server).await;
    let target = format!("/stream/big.bin/video?token={}", token("big.bin"));
    let mut silent = scene.client().await;
    let mut idle = scene.client().await;
    assert_eq!(idle.ask("HEAD", &target, &[]).await.status, 200);
    scene.clock.set(UnixTime::from_secs(0));
    // They end, with what was on its way; a client that waits for ever fails.
    assert_eq!(silent.rest().await, b"");
    assert_eq!(idle.rest().await, b"");
}
