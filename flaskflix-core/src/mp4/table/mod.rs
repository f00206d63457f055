//! The sample table: the columns of `stbl` with sparse checkpoints.

mod sample_table;

pub use sample_table::{SampleTable, Samples};
