//! `bench-compare`: FlaskFlix and its peers on the same files in one run, for `docs/BENCHMARKS.md`.
//!
//! | file | what it holds |
//! |---|---|
//! | [`entrants`] | the servers, started anew when asked |
//! | [`rows`] | what is compared: a cost of each server in each round, and the targets |
//! | [`idle`] | what a connection costs that does nothing |
//! | [`tables`] | the rows as Markdown and as SVG |
//! | [`document`] | the generated parts of a page, between markers |

pub mod document;
pub mod entrants;
pub mod idle;
pub mod rows;
pub mod tables;
