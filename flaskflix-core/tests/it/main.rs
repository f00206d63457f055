//! Integration tests of the core: one binary, one module per subject.

// `cfg(test)` tells clippy that helpers beside the tests are test code, too.
#[cfg(test)]
mod mp4;
#[cfg(test)]
mod token;
#[cfg(test)]
mod token_interop;
