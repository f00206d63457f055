//! The edge over a real socket: one binary, one module for each concern.
//!
//! The client is our own and byte-exact: what a library would repair or hide, these tests see.

// `cfg(test)` tells clippy that helpers beside the tests are test code, too.
#[cfg(test)]
mod access;
#[cfg(test)]
mod announced;
#[cfg(test)]
mod caching;
#[cfg(test)]
mod changing;
#[cfg(test)]
mod client;
#[cfg(test)]
mod clock_jumps;
#[cfg(test)]
mod cold_heads;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod defended;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod hot_segments;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod offload;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod overload;
#[cfg(test)]
mod packaged;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod ranges;
#[cfg(test)]
mod rechecking;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod text;
#[cfg(test)]
#[cfg(feature = "tls")]
mod tls;
#[cfg(test)]
mod viewer;
#[cfg(test)]
mod zero_copy;
