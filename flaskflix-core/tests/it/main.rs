//! Integration tests of the core: one binary, one module per subject.

// `cfg(test)` tells clippy that helpers beside the tests are test code, too.
#[cfg(test)]
mod first_bytes;
#[cfg(test)]
mod mp4;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the tests' numbers are small"
)]
mod package;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod token;
#[cfg(test)]
mod token_interop;
