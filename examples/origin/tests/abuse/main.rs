//! Attacks on the program as it is started: a real process whose memory and descriptors are its own.
//!
//! Beside every attack stands a good client that must not notice it ([`viewer`]), and after it the process must be as
//! it was ([`siege`]). `FLASKFLIX_ABUSE=full` takes the sizes of docs/SECURITY.md and the bare bounds; without it the
//! sizes are such that the suite ends within a minute and a half, and a busy machine is allowed for.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails in a test fails the test, and what was measured is what the suite is for"
)]

mod changing;
mod descriptors;
mod drain;
mod floods;
mod gone;
mod http2;
mod limits;
mod peers;
mod process;
mod siege;
mod slow;
mod smuggling;
mod viewer;
