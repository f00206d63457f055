//! The sample table: the columns of an `stbl` box (ISO 14496-12 section 8.6 and 8.7), left as they are in the
//! file, with sparse checkpoints of their running sums.
//!
//! One scan validates each column against the others, so that no later lookup can fail. A lookup is a binary
//! search among the checkpoints and a walk of at most one stride; an iteration carries a cursor per column.

mod chunks;
mod composition;
mod outline;
mod rows;
mod runs;
mod sample_table;
mod samples;
mod sizes;
mod sync;
mod times;

pub use sample_table::SampleTable;
pub use samples::Samples;
pub use sync::SyncSamples;

pub(crate) use outline::Outline;

pub(super) use sample_table::SampleTableBoxes;
