//! The program: see the library of this package.

use std::process::ExitCode;

/// glibc keeps much of the memory that it was given back (docs/OPERATIONS.md#memory).
#[cfg(all(target_os = "linux", feature = "jemalloc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    flaskflix_server::run()
}
