//! The program: see the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    flaskflix_server::run()
}
