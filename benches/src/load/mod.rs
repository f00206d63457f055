//! `flaskflix-load`: simulated viewers against a server, over loopback.
//!
//! | file | what it holds |
//! |---|---|
//! | [`scenario`], [`arrivals`] | what the viewers do: how many, when they come, on which lines, with which buffer |
//! | [`mod@line`], `exchange` | one keep-alive HTTP/1.1 connection |
//! | [`buffer`] | a player's buffer: when it plays, when it starves |
//! | [`film`] | playlists: the rendition that is watched |
//! | [`door`] | how a viewer gets in: account, log-in, token |
//! | [`seat`], [`viewer`] | one viewer's plans, and its life: playlists, segments, seeks, changes of quality, positions |
//! | [`tally`] | what all of them saw |
//! | [`watch`] | the server's memory, CPU and open files over time |
//! | [`crowd`] | all viewers, from the first account to the last byte |
//! | [`proof`] | the sampled bytes, asked for again, alone |
//! | [`house`], [`stage`] | a server of our own for the run, or a peer |
//! | [`measured`], [`soak`] | what a window showed; where a server breaks; whether memory grows |
//! | [`report`], `report_text`, `report_plot` | the JSON, the tables and the SVG |

pub mod arrivals;
pub mod buffer;
pub mod crowd;
pub mod door;
mod exchange;
pub mod film;
pub mod house;
pub mod line;
pub mod measured;
pub mod proof;
pub mod report;
mod report_plot;
mod report_text;
pub mod scenario;
pub mod seat;
pub mod soak;
pub mod stage;
pub mod tally;
pub mod viewer;
pub mod watch;
