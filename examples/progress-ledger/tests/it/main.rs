//! The checker finds nothing where nothing is wrong, and finds what is wrong.

#[cfg(test)]
mod verdicts;
