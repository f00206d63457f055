//! Serves a folder of films.
fn main() {}
