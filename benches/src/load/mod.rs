//! `flaskflix-load`: simulated viewers against a running `flaskflix-server`, over loopback.
//!
//! | file | what it holds |
//! |---|---|
//! | [`scenario`] | what the viewers do: how many, for how long, with which buffer |
//! | [`mod@line`] | one keep-alive HTTP/1.1 connection |
//! | [`buffer`] | a player's buffer: when it plays, when it starves |
//! | [`film`] | playlists: the rendition that is watched |
//! | [`viewer`] | one viewer's life: log in, token, playlists, segments, progress |
//! | [`tally`] | what all of them saw |
//! | [`watch`] | the server's memory, CPU and open files over time |
//! | [`crowd`] | all viewers, from the first account to the last byte |
//! | [`proof`] | the sampled bytes, asked for again, alone |
//! | [`house`] | a server of our own for the run |
//! | [`report`] | the table and the JSON |

pub mod buffer;
pub mod crowd;
pub mod film;
pub mod house;
pub mod line;
pub mod proof;
pub mod report;
pub mod scenario;
pub mod tally;
pub mod viewer;
pub mod watch;
