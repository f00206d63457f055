//! Shared parts of the measuring programs: a load client, servers as child processes, numbers and tables.
//!
//! | room | what it does |
//! |---|---|
//! | [`client`], [`connection`], [`head`] | many keep-alive HTTP/1.1 connections on one pinned thread |
//! | [`tls`] | the same over TLS |
//! | [`server`], [`cpu`] | FlaskFlix and its peers, one worker each, pinned; the CPU time they use |
//! | [`film`], [`dice`] | the files that are served, and pseudo-random numbers |
//! | [`numbers`] | medians, spreads, paired ratios |
//! | [`contest`], [`range_table`] | the range benchmark: interleaved rounds, its Markdown table |
//! | [`segments`], [`segment_table`] | the segment benchmark: first byte and CPU of media segments beside ranges of the same size |
//! | [`first_time`] | what the first request for a film costs, and the memory of a film that is known |
//! | [`load`] | `flaskflix-load`: simulated viewers against a whole server |
//! | [`plot`] | SVG |
//! | [`compare`] | `bench-compare`: everything against every peer in one run |
//! | [`machine`] | what it was measured on |
//!
//! How to run them: `benches/README.md`.

pub mod client;
pub mod compare;
pub mod connection;
pub mod contest;
pub mod cpu;
pub mod dice;
pub mod film;
pub mod first_time;
pub mod head;
pub mod load;
pub mod machine;
pub mod numbers;
pub mod plot;
pub mod range_table;
pub mod segment_table;
pub mod segments;
pub mod server;
pub mod tls;
