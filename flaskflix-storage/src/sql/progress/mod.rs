//! What the progress of viewers has in common in both databases: group commit.
//!
//! | file | what it holds |
//! |---|---|
//! | `queue` | what is asked for goes into a bounded queue |
//! | `writer` | the task that takes from the queue, a batch at a time, and answers |
//! | `batch` | one batch: the entries concerned, and what the rules make of them |
//! | `row` | an entry as a row of `watch_progress` |
//! | `places` | the places in the "continue watching" row that other rules move |

pub(super) mod batch;
pub(super) mod places;
pub(super) mod queue;
pub(super) mod row;
pub(super) mod writer;
